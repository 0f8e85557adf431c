import type { Decision } from '../decision.ts';
import { askOf, cause, close, event } from '../moves.ts';
import type { Rollout } from '../rollout.ts';

/** A rollback before approval withdraws the request. Whoever asked for it hears so, where somebody else did it. */
export function withdrawn(rollout: Rollout, when: string, now: number): Decision | null {
  const undo = askOf(rollout, 'rollback');
  if (!undo) return null;
  const text = `Withdrawn by ${undo.by.name ?? undo.by.id} ${when}${undo.reason ? `: ${undo.reason}` : ''}`;
  const mention = undo.by.id === rollout.requester.id ? 'none' : 'requester';
  return close(
    rollout,
    'withdrawn',
    cause('withdrawn', text, now, undo.by),
    event('withdrawn', now, text, { by: undo.by, mention }),
  );
}
