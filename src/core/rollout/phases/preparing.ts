import type { Sample } from '../../analysis/reading.ts';
import { knownRequests } from '../../analysis/share.ts';
import { isShared, originalRole } from '../adoption.ts';
import type { Decision, Observed, WorkloadSeen } from '../decision.ts';
import { cause, enter, event, holdFor, isStableGone, planOf, rollBack, wait } from '../moves.ts';
import type { Rollout } from '../rollout.ts';
import { layScaling } from '../scaling.ts';
import { checkWeight } from './foreign-hands.ts';

/** The idle colour is deleted and made afresh; left when every pod is ready and no request has reached it. */
export function preparing(before: Rollout, observed: Observed): Decision {
  const { now, candidate } = observed;
  const { times } = planOf(before);
  if (now - before.phaseSince >= times.readinessMs) return tooLate(before, observed);
  // Nothing is deleted or made while it is not known that the colour has no traffic.
  const check = checkWeight(before, observed);
  if (check.kind === 'decided') return check.decision;
  const { rollout } = check;
  if (candidate === null || candidate.kind === 'unknown') {
    const detail = candidate?.detail ?? 'not looked at yet';
    return wait({
      ...rollout,
      hold: holdFor(rollout, 'cluster_unavailable', `The candidate cannot be seen: ${detail}`, now),
    });
  }
  const clear = {
    ...rollout,
    hold: observed.fault === null ? null : holdFor(rollout, 'candidate_not_ready', observed.fault, now),
  };
  if (candidate.kind === 'absent') return wait(clear, [{ kind: 'create-candidate' }]);
  if (candidate.value.isBeingDeleted) return wait(clear);
  // The original of an undo is no colour of ours: it is brought up as it is, never deleted.
  if (candidate.value.rolloutId !== rollout.id && originalRole(planOf(rollout)) === 'candidate')
    return wait(clear, [{ kind: 'create-candidate' }]);
  if (candidate.value.rolloutId !== rollout.id)
    return wait(clear, [{ kind: 'delete-colour', uid: candidate.value.uid }]);
  return waitForReady(
    { ...clear, candidateUid: candidate.value.uid, candidateReady: candidate.value.ready },
    observed,
    candidate.value,
  );
}

function waitForReady(rollout: Rollout, observed: Observed, candidate: WorkloadSeen): Decision {
  const plan = planOf(rollout);
  const { now, sample } = observed;
  const scaling = layScaling(rollout, observed);
  if (scaling) return scaling;
  if (!candidate.isObserved || candidate.ready < plan.replicas) return wait(rollout);
  // While the route names no colour these pods take Service traffic as soon as they are ready: the plan says so.
  if (isShared(plan, rollout.confirmedPercent)) return ready(rollout, observed, candidate);
  if (!sample) return wait(rollout);
  const requests = candidateRequests(plan.times.scrapeIntervalMs, sample, observed);
  if (requests === null) {
    const text = 'Prometheus does not show yet that no request reaches the candidate';
    return wait({ ...rollout, hold: holdFor(rollout, 'metrics_unknown', text, now) });
  }
  return requests > 0 ? wait(rollout) : ready(rollout, observed, candidate);
}

/** Where stable has no pod either, nothing proves that Prometheus sees this service: no series is no request then. */
function candidateRequests(scrapeIntervalMs: number, sample: Sample, observed: Observed): number | null {
  const { requests } = sample.candidate;
  const isAbsent = requests.kind === 'unknown' && requests.reason === 'no_data';
  if (isAbsent && isStableGone(observed)) return 0;
  return knownRequests(sample.candidate, sample.stable, scrapeIntervalMs);
}

function ready(rollout: Rollout, { now }: Observed, candidate: WorkloadSeen): Decision {
  const plan = planOf(rollout);
  return {
    next: enter(rollout, 'probing', now, {
      cause: cause('candidate_ready', `${candidate.ready} of ${plan.replicas} pods ready`, now),
      probes: plan.probes.map((probe) => ({
        name: probe.name,
        status: 'waiting',
        attempts: 0,
        nextAt: now,
        evidence: '',
      })),
    }),
    effects: [],
    reason: 'candidate_ready',
    events: [event('phase', now, `Candidate ready: ${candidate.ready} of ${plan.replicas} pods`)],
  };
}

function tooLate(rollout: Rollout, observed: Observed): Decision {
  const { candidate, now } = observed;
  const plan = planOf(rollout);
  const state = candidate?.kind === 'seen' ? candidate.value : null;
  const why = state?.waiting ? `, ${state.waiting}` : observed.fault ? `, ${observed.fault}` : '';
  const minutes = Math.round(plan.times.readinessMs / 6000) / 10;
  const text = `${state?.ready ?? 0} of ${plan.replicas} candidate pods ready after ${minutes} min${why}`;
  return rollBack(rollout, observed, cause('readiness_deadline', text, now));
}
