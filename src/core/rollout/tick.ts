/** One tick of analysis: judge every rule, count, and say whether a breach must act now. */

import type { Sample } from '../analysis/reading.ts';
import type { Rule, RuleVerdict, Verdict } from '../analysis/rule.ts';
import { knownRequests, observedShare } from '../analysis/share.ts';
import {
  countBreaches,
  dueBreach,
  judge,
  lacksRequestsAlone,
  readRule,
  tickVerdict,
} from '../analysis/verdict.ts';
import type { Observed } from './decision.ts';
import { holdFor, planOf } from './moves.ts';
import type { Plan } from './plan.ts';
import type { ChartPoint, Rollout } from './rollout.ts';

export interface Ticked {
  readonly rollout: Rollout;
  readonly verdict: Verdict;
  /** The breach that is due; null: none. */
  readonly due: RuleVerdict | null;
  /** How long there has been no verdict for another reason than low traffic, ms. */
  readonly blindMs: number;
}

/** null: this look is no tick (no sample was asked). Counting is done by the phase, judging here. */
export function tick(rollout: Rollout, observed: Observed): Ticked | null {
  if (!observed.sample) return null;
  const plan = planOf(rollout);
  const verdicts = judge(plan.rules, observed.sample, { policy: plan.analysis, times: plan.times });
  const verdict = tickVerdict(verdicts);
  const breaches = countBreaches(rollout.breaches, verdicts);
  // Low traffic is seen well: what it leads to is a policy of its own, not the one for blindness.
  const isBlind = verdict === 'unknown' && !lacksRequestsAlone(verdicts);
  const blindSince = isBlind ? sinceWhen(rollout, plan, observed.now) : null;
  return {
    rollout: {
      ...see(rollout, plan, observed.sample, observed.now),
      verdicts,
      breaches,
      clock: { ...rollout.clock, lastTickAt: observed.now, blindSince },
    },
    verdict,
    due: dueBreach(verdicts, breaches, plan.analysis.breachesToRollback),
    blindMs: blindSince === null ? 0 : observed.now - blindSince,
  };
}

/** Blind is who looks and sees nothing. A time in which nobody looked (every replica was gone) counts for nothing. */
function sinceWhen({ clock }: Rollout, { times }: Plan, now: number): number {
  const nobodyLooked = clock.lastTickAt !== null && now - clock.lastTickAt >= times.blindMs / 2;
  return nobodyLooked ? now : (clock.blindSince ?? now);
}

/** Takes share, rate and the chart's point from a sample, without judging. */
export function see(rollout: Rollout, plan: Plan, sample: Sample, now: number): Rollout {
  const share = observedShare(sample, plan.times.scrapeIntervalMs);
  const requests = knownRequests(sample.candidate, sample.stable, plan.times.scrapeIntervalMs);
  return {
    ...rollout,
    observedShare: share === null ? null : Math.round(share.percent * 10) / 10,
    observedRps: requests === null ? null : Math.round((requests / (plan.times.windowMs / 1000)) * 100) / 100,
    chart: addPoint(rollout.chart, pointOf(plan, rollout, sample, now)),
  };
}

/** Shown by charts: at most this many points (Slack's limit for a chart's categories). */
const CHART_POINTS = 20;

/** When full, every other older point goes, so that the chart always spans the whole shift. */
function addPoint(chart: readonly ChartPoint[], point: ChartPoint): readonly ChartPoint[] {
  const kept = chart.length < CHART_POINTS ? chart : chart.filter((_, index) => index % 2 === 0);
  return [...kept, point];
}

function pointOf(plan: Plan, rollout: Rollout, sample: Sample, now: number): ChartPoint {
  const rule: Rule | undefined = plan.rules.find((entry) => entry.kind === 'errorRate');
  const read = (workload: Sample['stable']): number | null => {
    const reading = rule ? readRule(rule, workload) : null;
    return reading?.kind === 'value' ? Math.round(reading.value * 1000) / 1000 : null;
  };
  return {
    at: now,
    weight: rollout.confirmedPercent,
    stable: read(sample.stable),
    candidate: read(sample.candidate),
  };
}

/** Why there is no verdict: the first rule without one names its query and reason, too few requests last. */
export function holdForUnknown(rollout: Rollout, now: number): Rollout {
  const without = rollout.verdicts.filter((entry) => entry.verdict === 'unknown');
  const unknown = without.find((entry) => entry.because !== 'too_few_requests') ?? without[0];
  const rule = planOf(rollout).rules.find((entry) => entry.id === unknown?.ruleId);
  const text = unknown ? `${rule?.title ?? unknown.ruleId}: ${unknown.detail}` : 'no rule gave a verdict';
  const code = lacksRequestsAlone(rollout.verdicts) ? 'too_few_requests' : 'metrics_unknown';
  const mayBeApproved = code === 'too_few_requests' && isForApprover(rollout, now);
  const hold = { ...holdFor(rollout, code, text, now), mayBeApproved };
  return { ...rollout, hold: unknown?.query ? { ...hold, query: unknown.query } : hold };
}

/** A step, or a bake that had its whole time: that is run in full, with evidence or without. */
const isForApprover = (rollout: Rollout, now: number): boolean =>
  planOf(rollout).analysis.lowTraffic === 'approve' &&
  (rollout.phase === 'analysing' || (rollout.phase === 'baking' && hadItsBake(rollout, now)));

export const hadItsBake = (rollout: Rollout, now: number): boolean =>
  now - rollout.phaseSince >= planOf(rollout).times.bakeMs;
