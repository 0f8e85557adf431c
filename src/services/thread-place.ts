/** What a message's thread stands for: below a card it is the card's rollout. */
import type { Target } from '../core/target.ts';
import { waitAtMost } from '../lib/answer-in-time.ts';
import { isDabbawalaError } from '../lib/errors.ts';
import type { Log } from '../lib/log.ts';
import type { Chat } from '../ports/chat.ts';
import { rolloutIdOfCard } from './card-id.ts';
import type { Services } from './services.ts';

export type ThreadPlace =
  /** Not below a card: the channel's defaults hold. */
  | { readonly kind: 'none' }
  | { readonly kind: 'card'; readonly target: Target }
  /** It could not be looked up: nothing may be assumed, not even the channel's service. */
  | { readonly kind: 'unknown' };

export interface ThreadPorts {
  readonly chat: Pick<Chat, 'dedupIdAt'>;
  readonly services: Pick<Services, 'load' | 'placeOnRoute'>;
  readonly log: Log;
  /** Default 1.5 s: a rollback that names its service does not wait longer for a thread. */
  readonly patienceMs?: number;
}

const PATIENCE_MS = 1500;

export async function threadPlace(
  ports: ThreadPorts,
  channel: string,
  threadTs: string | null,
): Promise<ThreadPlace> {
  if (threadTs === null) return { kind: 'none' };
  const asked = look(ports, channel, threadTs).catch((error: unknown): ThreadPlace => {
    ports.log.warn({ channel, threadTs, why: String(error) }, 'a thread could not be looked up');
    return { kind: 'unknown' };
  });
  const first = await waitAtMost(asked, ports.patienceMs ?? PATIENCE_MS);
  return first.kind === 'ready' ? first.value : { kind: 'unknown' };
}

/** A block id is anybody's to write: a card counts only in the channel that its rollout belongs to. */
async function look({ chat, services }: ThreadPorts, channel: string, ts: string): Promise<ThreadPlace> {
  const rolloutId = rolloutIdOfCard((await chat.dedupIdAt(channel, ts)) ?? '');
  if (rolloutId === null) return { kind: 'none' };
  const card = await services.load(rolloutId).then(
    ({ rollout }) => rollout,
    async (error: unknown) => {
      // While the store is away the route still says whose rollout it is: a rollback must not hang on the name.
      const place = isDabbawalaError(error, 'store_unavailable')
        ? await services.placeOnRoute(rolloutId)
        : null;
      if (!place) throw error;
      return place;
    },
  );
  return card.channel === channel ? { kind: 'card', target: card.target } : { kind: 'none' };
}
