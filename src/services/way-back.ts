import { event } from '../core/rollout/moves.ts';
import { supersededWords } from '../core/rollout/phases/waiting-turn.ts';
import { hasEnded, type Rollout } from '../core/rollout/rollout.ts';
import { type ChangePorts, changeRollout } from './change-rollout.ts';
import type { MentionList } from './record.ts';

export type WayBackPorts = Omit<ChangePorts, 'config'> & { readonly onCall: MentionList };

/**
 * Asks the rollout that this one supersedes to go back, in the name of whoever asked for this one. Idempotent: the ask
 * is written once, and what a person says to that rollout afterwards stands.
 */
export async function askWayBack({ onCall, ...ports }: WayBackPorts, successor: Rollout): Promise<void> {
  const { supersedes, requester: person, origin, id } = successor;
  if (!supersedes) return;
  const change = { ...ports, config: { slack: { onCall } } };
  await changeRollout(change, { person, origin }, supersedes.rolloutId, (rollout, now) => {
    if (hasEnded(rollout) || rollout.supersededBy === id) return null;
    const reason = supersededWords(successor);
    const ask = { kind: 'rollback' as const, by: person, at: now, reason };
    return {
      next: {
        ...rollout,
        supersededBy: id,
        asks: [...rollout.asks.filter(({ kind }) => kind !== 'rollback'), ask],
      },
      events: [
        event('ask', now, `${person.name ?? person.id} asked for a rollback: ${reason}`, {
          by: person,
          inThread: false,
          data: { ask: 'rollback', successor: id },
        }),
      ],
    };
  });
}
