/**
 * An end that the cluster refuses, or a promotion that this look does not carry out after all. Neither may pass in silence,
 * and neither may keep people from going back.
 */
import type { Decision, Observed } from '../decision.ts';
import { cause, holdFor, planOf, wait } from '../moves.ts';
import { hasEnded, type Rollout } from '../rollout.ts';

/** A write that lost a race is done by the next look; what is refused for longer is said, and the way back opens again. */
const REFUSED_FOR_TICKS = 3;

export const isUndone = ({ hold }: Pick<Rollout, 'hold'>): boolean => hold?.code === 'end_not_done';

/** An end is stored after it is done: tried in one look, what refused it is told in the next, then it is tried again. */
export function endNotDone(rollout: Rollout, observed: Observed, decision: Decision): Decision {
  const { fault, now, sample } = observed;
  const isEnd = hasEnded(decision.next);
  if (isEnd ? fault === null : !isPromoting(rollout, decision.next)) return decision;
  const lasting = REFUSED_FOR_TICKS * planOf(rollout).times.tickMs;
  if (fault === null) {
    // Writes that lead to the end are no reason against it, unless they never come to one.
    const leadsOn = decision.effects.length > 0 && now - rollout.cause.at < 2 * lasting;
    const isHeld = decision.next.hold !== null && !isUndone(decision.next);
    const isOff = isHeld || (sample !== null && !leadsOn);
    return isOff ? { ...decision, next: reopened(decision.next, now) } : decision;
  }
  const said = isEnd ? null : decision.next.hold;
  const hold = holdFor(rollout, 'end_not_done', said?.text ?? `The end is not done yet: ${fault}`, now);
  const isLasting = now - hold.since >= lasting;
  if (isEnd) return wait(again({ ...rollout, hold }, rollout, isLasting, now));
  return { ...decision, next: again({ ...decision.next, hold }, rollout, isLasting, now) };
}

const again = (held: Rollout, before: Rollout, isLasting: boolean, now: number): Rollout =>
  isLasting && isPromoting(before, held) ? reopened(held, now) : held;

/** Said to be drained in an earlier look, and still not promoted: while that stands a rollback is refused. */
const isPromoting = ({ cause: why }: Rollout, next: Rollout): boolean =>
  why.code === 'drained' && next.phase === 'draining' && next.drainTowards === 'candidate';

const reopened = (rollout: Rollout, now: number): Rollout => ({
  ...rollout,
  cause: cause('bake_passed', 'Every rule held at 100 %; the former stable drains', now),
});
