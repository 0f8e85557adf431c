/**
 * A rollout that was asked for instead of a running one: that one goes back to its stable first, then this one takes the
 * claim and is planned like any other. It waits as a stored rollout, so that no process's death loses it.
 */
import type { Person } from '../../target.ts';
import type { Decision, Observed, TurnSeen } from '../decision.ts';
import { askOf, cause, close, event, wait } from '../moves.ts';
import { type ClosedOutcome, hasEnded, type Rollout } from '../rollout.ts';

/** Longer than any way back that nobody has to help. */
export const TURN_WAIT_MS = 15 * 60_000;

const nameOf = (person: Person): string => person.name ?? person.id;

/** `payment-gateway v2.3.1`. */
const whom = ({ target, supersedes }: Rollout): string =>
  `${target.service} ${supersedes?.version ?? 'the other rollout'}`;

export const waitingWords = (rollout: Rollout): string => `Waiting for ${whom(rollout)} to be rolled back`;

/** null: it waits for nobody. */
export function waitForTurn(rollout: Rollout, { turn, now }: Observed): Decision | null {
  if (!rollout.supersedes) return null;
  if (turn?.kind === 'seen' && turn.value.claimedBy === rollout.id) return null;
  const decision = turn?.kind === 'seen' ? step(rollout, turn.value, now) : wait(rollout);
  const isOver = hasEnded(decision.next) || decision.effects.some(({ kind }) => kind === 'take-claim');
  if (isOver || now < rollout.supersedes.until) return decision;
  const minutes = Math.round((rollout.supersedes.until - rollout.createdAt) / 60_000);
  return end(rollout, 'expired', `${whom(rollout)} was not rolled back within ${minutes} min`, now);
}

function step(rollout: Rollout, { predecessor, claimedBy }: TurnSeen, now: number): Decision {
  if (predecessor && !hasEnded(predecessor)) return waitFor(rollout, predecessor, now);
  if (predecessor?.phase === 'failed')
    return end(rollout, 'refused', `${whom(rollout)} ended as failed: ${predecessor.cause.text}`, now);
  if (claimedBy !== null && claimedBy !== rollout.supersedes?.rolloutId)
    return end(rollout, 'refused', `Another rollout (${claimedBy}) began before this one could`, now);
  return wait(rollout, claimedBy === null ? [{ kind: 'take-claim' }] : []);
}

function waitFor(rollout: Rollout, predecessor: Rollout, now: number): Decision {
  if (predecessor.supersededBy !== rollout.id) return wait(rollout, [{ kind: 'ask-way-back' }]);
  const isGoingBack = predecessor.phase === 'draining' || askOf(predecessor, 'rollback') !== undefined;
  if (!isGoingBack)
    return end(rollout, 'refused', `${whom(rollout)} was told to go on: ${predecessor.cause.text}`, now);
  // What keeps it is worth a line here: whoever waits reads this card.
  const why = predecessor.needsSince === null ? null : (predecessor.hold?.text ?? predecessor.cause.text);
  const text =
    why === null ? waitingWords(rollout) : `${waitingWords(rollout)}, which needs a person: ${why}`;
  return wait(text === rollout.cause.text ? rollout : { ...rollout, cause: cause('waiting', text, now) });
}

function end(rollout: Rollout, outcome: ClosedOutcome, text: string, now: number): Decision {
  const code = outcome === 'expired' ? 'expired' : 'refused';
  const hint = 'See to that rollout first, then ask for this deploy again.';
  return close(
    { ...rollout, refusal: { code: 'not_now', text, hint } },
    outcome,
    cause(code, text, now),
    event(code, now, text, { mention: 'requester', data: { code: 'not_now' } }),
  );
}

/** What its own record and its requester hear. */
export const supersededWords = (successor: Rollout): string =>
  `superseded by ${successor.tag ?? successor.version} of ${nameOf(successor.requester)}`;
