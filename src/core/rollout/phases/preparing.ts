import { isShared, originalRole } from '../adoption.ts';
import type { Decision, Observed, WorkloadSeen } from '../decision.ts';
import { cause, enter, event, holdFor, planOf, rollBack, wait } from '../moves.ts';
import type { Rollout } from '../rollout.ts';
import { layScaling } from '../scaling.ts';
import { type Bypass, candidateRequests, seeBypass } from './bypass.ts';
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
  const bypass = candidate.kind === 'seen' ? seeBypass(rollout, observed) : null;
  if (candidate.kind === 'absent') return wait(clear, [{ kind: 'create-candidate' }]);
  if (candidate.value.isBeingDeleted) return wait(clear);
  // The original of an undo is no colour of ours: it is brought up as it is, never deleted.
  if (candidate.value.rolloutId !== rollout.id && originalRole(planOf(rollout)) === 'candidate')
    return wait(clear, [{ kind: 'create-candidate' }]);
  if (candidate.value.rolloutId !== rollout.id)
    return wait(clear, [{ kind: 'delete-colour', uid: candidate.value.uid }]);
  const { uid } = candidate.value;
  const known = {
    ...clear,
    candidateUid: uid,
    candidateAt: (rollout.candidateUid === uid ? rollout.candidateAt : undefined) ?? now,
    candidateReady: candidate.value.ready,
  };
  // Ready or not, it must not get any: said at once.
  if (bypass?.kind === 'bypassed')
    return wait({ ...known, hold: holdFor(rollout, 'traffic_bypasses_router', bypass.text, now) });
  // Between two questions nothing is known to have changed.
  const isStill = bypass === null && rollout.hold?.code === 'traffic_bypasses_router';
  return waitForReady(isStill ? { ...known, hold: rollout.hold } : known, observed, candidate.value, bypass);
}

function waitForReady(
  rollout: Rollout,
  observed: Observed,
  candidate: WorkloadSeen,
  bypass: Bypass | null,
): Decision {
  const plan = planOf(rollout);
  const { now, sample } = observed;
  const scaling = layScaling(rollout, observed);
  if (scaling) return scaling;
  if (!candidate.isObserved || candidate.ready < plan.replicas) return waitForPods(rollout, now, candidate);
  // While the route names no colour these pods take Service traffic as soon as they are ready: the plan says so.
  if (isShared(plan, rollout.confirmedPercent)) return ready(rollout, observed, candidate);
  if (!sample) return wait(rollout);
  const requests = candidateRequests(plan.times.scrapeIntervalMs, sample, observed);
  if (requests === null) {
    const text = 'Prometheus does not show yet that no request reaches the candidate';
    return wait({ ...rollout, hold: holdFor(rollout, 'metrics_unknown', text, now) });
  }
  if (bypass?.kind === 'unknown')
    return wait({ ...rollout, hold: holdFor(rollout, 'metrics_unknown', bypass.text, now) });
  // Requests of the window before this candidate pass by themselves.
  const isClear = requests === 0 && (bypass !== null || plan.adoption !== undefined);
  return isClear ? ready(rollout, observed, candidate) : wait(rollout);
}

/** Pods that wait for a node are what a cluster that grows looks like for minutes; anything else is said at once. */
const WAITS_FOR_A_NODE = ['Unschedulable', 'SchedulingGated'];

function waitForPods(rollout: Rollout, now: number, { ready: pods, waiting }: WorkloadSeen): Decision {
  if (rollout.hold !== null || waiting === null || WAITS_FOR_A_NODE.includes(waiting)) return wait(rollout);
  const text = `${pods} of ${planOf(rollout).replicas} candidate pods ready: ${waiting}`;
  return wait({ ...rollout, hold: holdFor(rollout, 'candidate_not_ready', text, now) });
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
  if (rollout.hold?.code === 'traffic_bypasses_router') {
    const past = `${rollout.hold.text}; still so after ${minutes} min`;
    return rollBack(rollout, observed, cause('traffic_bypasses_router', past, now));
  }
  const text = `${state?.ready ?? 0} of ${plan.replicas} candidate pods ready after ${minutes} min${why}`;
  return rollBack(rollout, observed, cause('readiness_deadline', text, now));
}
