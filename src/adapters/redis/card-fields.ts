/** What the state of every card holds for its delivery, whatever it is about. */
import type { CardPost } from '../../ports/rollout-store.ts';
import { decodeLine } from './state-codec.ts';

/** In the order in which readPost() takes them. */
export const POST_FIELDS = ['rev', 'cardRev', 'postedRev', 'channel', 'ts', 'posting'] as const;

/** @param lines as the store keeps them */
export const readPost = (
  id: string,
  [rev, cardRev, postedRev, channel, ts, posting]: readonly (string | null | undefined)[],
  lines: readonly string[],
): CardPost => ({
  id,
  rev: Number(rev ?? 0),
  cardRev: Number(cardRev ?? 0),
  postedRev: Number(postedRev ?? 0),
  channel: channel ?? '',
  ts: ts || null,
  isPosting: posting === '1',
  lines: lines.map(decodeLine),
});
