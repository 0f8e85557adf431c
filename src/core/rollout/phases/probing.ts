import { layGround } from '../adoption.ts';
import type { Decision, Effect, Observed, ProbeSeen } from '../decision.ts';
import { cause, event, holdFor, planOf, rollBack, shiftTo, wait } from '../moves.ts';
import type { ProbeSpec } from '../plan.ts';
import type { ProbeState, Rollout, RolloutEvent } from '../rollout.ts';
import { podsFor } from '../steps.ts';
import { type Bypass, seeBypass } from './bypass.ts';
import { checkWeight } from './foreign-hands.ts';

/** Typed probes before traffic: all critical ones must pass within the budget. */
export function probing(rollout: Rollout, observed: Observed): Decision {
  const plan = planOf(rollout);
  const { now } = observed;
  const effects: Effect[] = [];
  const events: RolloutEvent[] = [];
  const probes = plan.probes.map((spec) => {
    const before = rollout.probes.find((entry) => entry.name === spec.name) ?? waiting(spec, now);
    const after = isDone(before) ? before : advance(spec, before, observed.probes[spec.name], now, effects);
    if (isDone(after) && !isDone(before))
      events.push(
        event('probe', now, `Probe ${spec.name} ${after.status}: ${after.evidence}`, {
          inThread: after.status === 'failed',
          data: { probe: spec.name, status: after.status },
        }),
      );
    return after;
  });
  const sent = Object.values(observed.probes).reduce((sum, { requests = 0 }) => sum + requests, 0);
  const counted = { ...rollout, probes, probeRequests: (rollout.probeRequests ?? 0) + sent };
  const bypass = seeBypass(counted, observed);
  const next = bypass === null ? counted : { ...counted, clock: { ...counted.clock, lastTickAt: now } };
  const broken = plan.probes.find(
    (spec) => spec.critical && probes.some((entry) => entry.name === spec.name && entry.status === 'failed'),
  );
  if (broken) {
    const evidence = probes.find((entry) => entry.name === broken.name)?.evidence ?? '';
    const decision = rollBack(
      next,
      observed,
      cause('probe_failed', `Probe ${broken.name} failed: ${evidence}`, now),
    );
    return { ...decision, events: [...events, ...decision.events] };
  }
  if (bypass?.kind === 'bypassed') {
    const decision = rollBack(next, observed, cause('traffic_bypasses_router', bypass.text, now));
    return { ...decision, events: [...events, ...decision.events] };
  }
  const isLate = now - rollout.phaseSince >= plan.times.probesMs;
  const check = checkWeight(next, observed);
  if (check.kind === 'decided' && !isLate)
    return {
      ...check.decision,
      effects: [...effects, ...check.decision.effects],
      events: [...events, ...check.decision.events],
    };
  const first = plan.steps[0] ?? 100;
  const needed = podsFor(plan, first, observed);
  const ready = observed.candidate?.kind === 'seen' ? observed.candidate.value.ready : 0;
  const isClear = bypass?.kind === 'clear' || plan.adoption !== undefined;
  if (probes.every(isDone) && check.kind === 'ours' && ready >= needed && isClear) {
    const ground = layGround(check.rollout, observed);
    // The ground of an adoption is under the same deadline as the probes.
    if (ground && !isLate)
      return { ...ground, effects: [...effects, ...ground.effects], events: [...events, ...ground.events] };
    if (ground) return late(next, observed, events, ground.next.hold?.text ?? 'the subsets are not ready');
    const text =
      probes.length === 0
        ? 'No probes are configured'
        : `${probes.filter((entry) => entry.status === 'passed').length} of ${probes.length} probes passed`;
    const decision = shiftTo(check.rollout, first, now, cause('probes_passed', text, now));
    return { ...decision, events: [...events, ...decision.events] };
  }
  const short = `${ready} candidate pods ready, ${needed} needed for ${first} %`;
  if (isLate) {
    const undone = probes.filter((entry) => !isDone(entry));
    const evidence = undone.find((entry) => entry.evidence !== '')?.evidence;
    const open = undone.map((entry) => entry.name).join(', ') + (evidence ? ` (${evidence})` : '');
    const unseen = bypass?.kind === 'unknown' && ready >= needed ? bypass.text : null;
    return late(next, observed, events, open || unseen || short);
  }
  return wait({ ...next, hold: holdNow(next, bypass, ready < needed ? short : null, now) }, effects, events);
}

/** What is in the way: blindness at any time, missing pods once they are the last thing that is missing. */
function holdNow(next: Rollout, bypass: Bypass | null, short: string | null, now: number): Rollout['hold'] {
  if (bypass?.kind === 'unknown') return holdFor(next, 'metrics_unknown', bypass.text, now);
  // Between two questions nothing is known to have changed.
  if (bypass === null && next.hold?.code === 'metrics_unknown') return next.hold;
  return short !== null && next.probes.every(isDone)
    ? holdFor(next, 'candidate_not_ready', short, now)
    : null;
}

function late(rollout: Rollout, observed: Observed, events: readonly RolloutEvent[], what: string): Decision {
  const seconds = Math.round(planOf(rollout).times.probesMs / 1000);
  const refused = observed.fault === null ? '' : `; ${observed.fault}`;
  const text = `Probes not done after ${seconds} s: ${what}${refused}`;
  const decision = rollBack(rollout, observed, cause('probes_deadline', text, observed.now));
  return { ...decision, events: [...events, ...decision.events] };
}

const waiting = (spec: ProbeSpec, now: number): ProbeState => ({
  name: spec.name,
  status: 'waiting',
  attempts: 0,
  nextAt: now,
  evidence: '',
});
const isDone = (probe: ProbeState): boolean => probe.status === 'passed' || probe.status === 'failed';

/** A failed attempt is tried again after the interval, as often as the probe allows. */
function advance(
  spec: ProbeSpec,
  before: ProbeState,
  reading: ProbeSeen | undefined,
  now: number,
  effects: Effect[],
): ProbeState {
  if (!reading) return before;
  if (reading.state === 'absent') {
    effects.push({ kind: 'start-probe', name: spec.name, attempt: before.attempts });
    return { ...before, status: 'running', evidence: reading.evidence };
  }
  if (reading.state === 'running') return { ...before, status: 'running', evidence: reading.evidence };
  if (reading.state === 'passed')
    return { ...before, status: 'passed', attempts: before.attempts + 1, evidence: reading.evidence };
  const attempts = before.attempts + 1;
  if (attempts > spec.retries) return { ...before, status: 'failed', attempts, evidence: reading.evidence };
  return {
    ...before,
    status: 'waiting',
    attempts,
    nextAt: now + spec.intervalMs,
    evidence: reading.evidence,
  };
}
