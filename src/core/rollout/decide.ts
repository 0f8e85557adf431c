/**
 * The rollout engine's one decision: what is, what next. Pure. A rule per phase; what people asked for comes first, since
 * a rollback beats everything.
 */
import { answerApprovals, answerAsks } from './asks.ts';
import { attend } from './attend.ts';
import type { Decision, Observed } from './decision.ts';
import { holdFor } from './moves.ts';
import { analysing } from './phases/analysing.ts';
import { awaitingApproval } from './phases/awaiting-approval.ts';
import { draining } from './phases/draining.ts';
import { paused } from './phases/paused.ts';
import { planning } from './phases/planning.ts';
import { preparing } from './phases/preparing.ts';
import { probing } from './phases/probing.ts';
import { shifting } from './phases/shifting.ts';
import { type EndPhase, hasEnded, type Phase, type Rollout } from './rollout.ts';

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
  const current = countPods(rollout, observed);
  const rule = RULES[rollout.phase as Exclude<Phase, EndPhase>];
  const decision =
    answerAsks(current, observed) ?? answerApprovals(current, observed) ?? rule(current, observed);
  const attended = attend(rollout, decision, observed);
  return observed.isStoreUp ? attended : onlyRollback(rollout, attended, observed.now);
}

/** Ready pods as the card shows them; what cannot be seen keeps its last number. */
function countPods(rollout: Rollout, { stable, candidate }: Observed): Rollout {
  const stableReady = stable?.kind === 'seen' ? stable.value.ready : rollout.stableReady;
  const candidateReady = candidate?.kind === 'seen' ? candidate.value.ready : rollout.candidateReady;
  const isSame = stableReady === rollout.stableReady && candidateReady === rollout.candidateReady;
  return isSame ? rollout : { ...rollout, stableReady, candidateReady };
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
