import type { Decision, Effect, Observed, ProbeSeen } from '../decision.ts';
import { cause, event, planOf, rollBack, shiftTo, wait } from '../moves.ts';
import type { ProbeSpec } from '../plan.ts';
import type { ProbeState, Rollout, RolloutEvent } from '../rollout.ts';

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
  const next = { ...rollout, probes };
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
  if (probes.every(isDone)) {
    const first = plan.steps[0] ?? 100;
    const text =
      probes.length === 0
        ? 'No probes are configured'
        : `${probes.filter((entry) => entry.status === 'passed').length} of ${probes.length} probes passed`;
    const decision = shiftTo(next, first, now, cause('probes_passed', text, now));
    return { ...decision, events: [...events, ...decision.events] };
  }
  if (now - rollout.phaseSince >= plan.times.probesMs) {
    const open = probes.filter((entry) => !isDone(entry)).map((entry) => entry.name);
    const text = `Probes not done after ${Math.round(plan.times.probesMs / 1000)} s: ${open.join(', ')}`;
    return rollBack(next, observed, cause('probes_deadline', text, now));
  }
  return wait(next, effects, events);
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
