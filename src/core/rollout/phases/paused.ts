import type { Decision, Observed } from '../decision.ts';
import { loweredWords } from '../drift.ts';
import { askOf, cause, enter, event, planOf, rollBack, shiftTo, wait } from '../moves.ts';
import type { Cause, Rollout } from '../rollout.ts';
import { isLost } from '../route-memory.ts';
import { freshClock, nextStep, stepIndex } from '../steps.ts';
import { judged } from './judged.ts';

/** A person stopped it, or somebody else edits the route. Rules are still judged while the candidate has traffic. */
export function paused(rollout: Rollout, observed: Observed): Decision {
  if (rollout.confirmedPercent === 0 && rollout.desiredPercent === 0) return atRest(rollout, observed);
  const judgement = judged(rollout, observed);
  if (judgement.kind === 'decided') return judgement.decision;
  const { now, route } = observed;
  const current = judgement.rollout;
  if (route?.kind !== 'seen') return wait(current);
  const live = route.value.percent;
  if (
    live !== current.desiredPercent &&
    current.desiredPercent < current.confirmedPercent &&
    live === current.confirmedPercent &&
    observed.written !== current.desiredPercent
  )
    return wait(current, [{ kind: 'set-weight', percent: current.desiredPercent }]);
  if (live < Math.min(current.confirmedPercent, current.desiredPercent)) {
    const text = loweredWords(route.value.lastWriter, current.confirmedPercent, live);
    return rollBack(
      { ...current, confirmedPercent: live },
      observed,
      cause('foreign_edit_lowered', text, now),
    );
  }
  const settled = {
    ...current,
    confirmedPercent: live,
    desiredPercent: live,
    peakPercent: Math.max(current.peakPercent, live),
  };
  return resume(settled, observed) ?? wait(settled);
}

const atRest = (rollout: Rollout, observed: Observed): Decision => resume(rollout, observed) ?? wait(rollout);

/** `go`: on from what the route has now, with a whole analysis where the weight is not the step's own. */
function resume(rollout: Rollout, { now }: Observed): Decision | null {
  const told = askOf(rollout, 'go');
  // After lost state a `go` of one person is not enough: it asks for an approval, and that one resumes.
  if (!told || isLost(rollout)) return null;
  return resumeFrom(rollout, cause('asked_go', `${told.by.name ?? told.by.id} said go`, now, told.by));
}

export function resumeFrom(rollout: Rollout, why: Cause): Decision {
  const plan = planOf(rollout);
  const now = why.at;
  const base: Rollout = {
    ...rollout,
    ...(rollout.lostAt != null && { lostAt: null }),
    asks: rollout.asks.filter((ask) => ask.kind !== 'go'),
    needsSince: null,
    mentions: 0,
    reasserts: [],
  };
  const resumed = event('resumed', now, why.text, { by: why.by });
  const from = rollout.pausedFrom;
  if (
    from === 'preparing' ||
    from === 'probing' ||
    (from === 'draining' && rollout.confirmedPercent === 100)
  ) {
    // Before the probes are done the candidate has no traffic, whatever somebody set meanwhile.
    const desiredPercent = from === 'draining' ? rollout.desiredPercent : 0;
    return {
      next: enter(base, from, now, { cause: why, pausedFrom: null, desiredPercent }),
      effects: [],
      reason: 'asked_go',
      events: [resumed],
    };
  }
  const percent = rollout.confirmedPercent;
  if (percent === 0) {
    const first = nextStep(plan, 0) ?? 100;
    const decision = shiftTo(base, first, now, why, why.by);
    return { ...decision, events: [resumed, ...decision.events] };
  }
  const isSameStep = (from === 'analysing' || from === 'baking') && plan.steps[rollout.step] === percent;
  // Another weight than the step's own is reached once the observed share shows it, like any.
  const phase = !isSameStep ? 'shifting' : percent >= 100 ? 'baking' : 'analysing';
  const clock = isSameStep
    ? rollout.clock
    : freshClock(percent >= 100 ? plan.times.bakeMs : plan.times.stepMs, plan.times.tickMs);
  return {
    next: enter(base, phase, now, { cause: why, pausedFrom: null, clock, step: stepIndex(plan, percent) }),
    effects: [],
    reason: 'asked_go',
    events: [resumed],
  };
}
