import type { Decision, Observed } from '../decision.ts';
import { cause, enter, event, holdFor, planOf, shiftTo, wait } from '../moves.ts';
import type { Cause, Rollout } from '../rollout.ts';
import { nextStep, podsFor } from '../steps.ts';
import type { Ticked } from '../tick.ts';
import { holdForUnknown } from '../tick.ts';
import { checkWeight } from './foreign-hands.ts';
import { blindRollback, judged } from './judged.ts';

/**
 * Watches a step (and, in `baking`, the whole traffic) for as many known ticks as the plan says. Unknown holds and
 * counts nothing; the step is left only on a pass, with the weight as it should be and pods enough for the next one.
 */
export function analysing(rollout: Rollout, observed: Observed): Decision {
  const judgement = judged(rollout, observed);
  if (judgement.kind === 'decided') return judgement.decision;
  const check = checkWeight(judgement.rollout, observed);
  if (check.kind === 'decided') return check.decision;
  if (!judgement.ticked) return wait(check.rollout);
  if (judgement.ticked.verdict === 'unknown') return heldBlind(check.rollout, observed, judgement.ticked);
  return count(check.rollout, observed, judgement.ticked);
}

function heldBlind(rollout: Rollout, observed: Observed, ticked: Ticked): Decision {
  return blindRollback(rollout, observed, ticked) ?? wait(holdForUnknown(rollout, observed.now));
}

function count(rollout: Rollout, observed: Observed, ticked: Ticked): Decision {
  const { clock } = rollout;
  const knownTicks = Math.min(clock.neededTicks, clock.knownTicks + 1);
  const counted = { ...rollout, hold: null, clock: { ...clock, knownTicks } };
  if (knownTicks < clock.neededTicks || ticked.verdict !== 'pass') return wait(counted);
  return rollout.phase === 'baking' ? leaveBake(counted, observed.now) : advance(counted, observed);
}

function advance(rollout: Rollout, observed: Observed): Decision {
  const plan = planOf(rollout);
  const { now, candidate } = observed;
  const percent = nextStep(plan, rollout.confirmedPercent);
  if (percent === null) return leaveBake(rollout, now);
  const needed = podsFor(plan, percent, observed);
  const ready = candidate?.kind === 'seen' ? candidate.value.ready : null;
  if (ready === null || ready < needed) {
    const text =
      ready === null
        ? 'The candidate cannot be seen'
        : `${ready} candidate pods ready, ${needed} needed for ${percent} %`;
    return wait({ ...rollout, hold: holdFor(rollout, 'candidate_not_ready', text, now) });
  }
  return shiftTo(
    rollout,
    percent,
    now,
    cause('step_passed', `${rollout.confirmedPercent} % passed every rule`, now),
  );
}

const leaveBake = (rollout: Rollout, now: number): Decision =>
  drainFormer(
    rollout,
    cause('bake_passed', 'Every rule held at 100 %; the former stable drains', now),
    'Bake passed; the former stable drains before it is scaled down',
  );

/** The bake is over: the former stable keeps its pods for the drain time. */
export const drainFormer = (rollout: Rollout, why: Cause, text: string): Decision => ({
  next: enter(rollout, 'draining', why.at, { drainTowards: 'candidate', cause: why }),
  effects: [],
  reason: why.code,
  events: [event('phase', why.at, text)],
});
