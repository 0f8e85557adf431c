/**
 * The rollout engine's one decision: what is, what next. Pure. A rule per phase; what people asked for comes first, since
 * a rollback beats everything.
 */
import { answerAsks } from './asks.ts';
import { attend } from './attend.ts';
import type { Decision, Observed } from './decision.ts';
import { sayFault } from './fault-said.ts';
import { answerApprovals, tidyApprovals } from './midway.ts';
import { holdFor, planOf } from './moves.ts';
import { analysing } from './phases/analysing.ts';
import { awaitingApproval } from './phases/awaiting-approval.ts';
import { draining } from './phases/draining.ts';
import { paused } from './phases/paused.ts';
import { planning } from './phases/planning.ts';
import { preparing } from './phases/preparing.ts';
import { probing } from './phases/probing.ts';
import { shifting } from './phases/shifting.ts';
import { type EndPhase, hasEnded, type Phase, type Rollout } from './rollout.ts';
import { keepScaling } from './scaling.ts';
import { knowStable, stableChanged } from './stable-changed.ts';
import { candidateLost, overtaken } from './standing.ts';
import { podsFor } from './steps.ts';

type Rule = (rollout: Rollout, observed: Observed) => Decision;

export const RULES: Readonly<Record<Exclude<Phase, EndPhase>, Rule>> = {
  planning,
  'awaiting-approval': awaitingApproval,
  preparing,
  probing,
  shifting,
  analysing,
  paused,
  baking: analysing,
  draining,
};

export function decide(rollout: Rollout, observed: Observed): Decision {
  if (hasEnded(rollout)) return { next: rollout, effects: [], reason: 'waiting', events: [] };
  const { rollout: current, events } = tidyApprovals(
    knowStable(countPods(rollout, observed), observed),
    observed.now,
  );
  const rule = RULES[rollout.phase as Exclude<Phase, EndPhase>];
  const answer =
    overtaken(current, observed) ??
    answerAsks(current, observed) ??
    candidateLost(current, observed) ??
    stableChanged(current, observed) ??
    answerApprovals(current, observed) ??
    rule(current, observed);
  const decision = { ...answer, events: [...events, ...answer.events] };
  const carried = withCapacity(keepScaling(decision, observed), observed);
  const attended = attend(rollout, sayFault(rollout, carried, observed), observed);
  return observed.isStoreUp ? attended : onlyRollback(rollout, attended, observed.now);
}

/** Ready pods as the card shows them; what cannot be seen keeps its last number. */
function countPods(rollout: Rollout, { stable, candidate }: Observed): Rollout {
  const stableReady = stable?.kind === 'seen' ? stable.value.ready : rollout.stableReady;
  const candidateReady = candidate?.kind === 'seen' ? candidate.value.ready : rollout.candidateReady;
  const isSame = stableReady === rollout.stableReady && candidateReady === rollout.candidateReady;
  return isSame ? rollout : { ...rollout, stableReady, candidateReady };
}

/**
 * No weight rises without a look at what it rises from and without pods ready to carry it: whichever rule asked for it,
 * and also when it is written again after a crash. The intent stays; it is written once there is room.
 */
function withCapacity(decision: Decision, observed: Observed): Decision {
  const { route, candidate, now } = observed;
  const raise = decision.effects.find((effect) => effect.kind === 'set-weight' && effect.percent > 0);
  if (raise?.kind !== 'set-weight') return decision;
  const live = route?.kind === 'seen' ? route.value.percent : null;
  const needed = podsFor(planOf(decision.next), raise.percent, observed);
  const ready = candidate?.kind === 'seen' ? candidate.value.ready : null;
  if (live !== null && (raise.percent <= live || (ready !== null && ready >= needed))) return decision;
  const text =
    live === null
      ? `The route cannot be read, so ${raise.percent} % is not written`
      : `${ready ?? 'No'} candidate pods are seen ready, ${needed} are needed for ${raise.percent} %`;
  return {
    ...decision,
    next: { ...decision.next, hold: holdFor(decision.next, 'candidate_not_ready', text, now) },
    effects: decision.effects.filter((effect) => effect !== raise),
  };
}

/** Without the state store nothing may advance; going back is always allowed. */
function onlyRollback(rollout: Rollout, decision: Decision, now: number): Decision {
  const isBack = decision.next.phase === 'draining' && decision.next.drainTowards === 'stable';
  if (isBack)
    return { ...decision, effects: decision.effects.filter((effect) => effect.kind === 'set-weight') };
  const { clock, breaches, verdicts, observedShare, observedRps, chart } = decision.next;
  const knownTicks = Math.min(clock.knownTicks, rollout.clock.knownTicks);
  return {
    next: {
      ...rollout,
      clock: { ...rollout.clock, lastTickAt: clock.lastTickAt, blindSince: clock.blindSince, knownTicks },
      breaches,
      verdicts,
      observedShare,
      observedRps,
      chart,
      hold: holdFor(
        rollout,
        'store_unavailable',
        'The state store does not answer; watching, not advancing',
        now,
      ),
    },
    effects: [],
    reason: 'waiting',
    events: [],
  };
}
