/** Whether the world still stands as the plan found or left it: asked before anything is made, and while traffic flows. */
import type { Role } from '../colour.ts';
import { originalRole, workloadOf } from './adoption.ts';
import type { Decision, Observed, WorkloadSeen } from './decision.ts';
import { cause, close, event, isStableGone, planOf, rollBack } from './moves.ts';
import type { Plan } from './plan.ts';
import type { Phase, Rollout } from './rollout.ts';
import { undoScaling } from './scaling.ts';

const isBeforeCandidate = ({ phase, pausedFrom }: Rollout): boolean =>
  phase === 'preparing' || (phase === 'paused' && pausedFrom === 'preparing');

/** The colour, or the name of the plain Deployment. */
const colourOf = (plan: Plan, role: Role): string =>
  originalRole(plan) === role
    ? workloadOf(plan, role)
    : role === 'stable'
      ? plan.stableColour
      : plan.candidateColour;

const short = (digest: string | null): string => digest?.slice(7, 19) ?? 'an image without a digest';

/**
 * Between plan and first deed somebody may have moved traffic to the idle colour or changed the live one: then deleting
 * that colour, or going "back" from it, would take the live version away. Such a plan is void and touches nothing. It
 * comes before what people asked for: there is nothing yet that a rollback could take back.
 */
export function overtaken(rollout: Rollout, observed: Observed): Decision | null {
  if (!isBeforeCandidate(rollout)) return null;
  const { candidate, route, stable, now } = observed;
  if (candidate?.kind === 'seen' && candidate.value.rolloutId === rollout.id) return null;
  const plan = planOf(rollout);
  if (candidate?.kind === 'seen' && route?.kind === 'seen' && route.value.percent > 0) {
    const who = route.value.lastWriter ?? 'somebody';
    return voided(
      rollout,
      `${who} gave ${route.value.percent} % to ${colourOf(plan, 'candidate')}, which this plan would replace`,
      now,
    );
  }
  // A plain Deployment may name its image by tag alone; its template is compared when the colour is made of it.
  const isUnnamed =
    stable?.kind === 'seen' && originalRole(plan) === 'stable' && stable.value.digest === null;
  if (stable?.kind === 'seen' && !isUnnamed && stable.value.digest !== plan.from.digest)
    return voided(
      rollout,
      `${colourOf(plan, 'stable')} runs ${short(stable.value.digest)} where the plan found ${short(plan.from.digest)}`,
      now,
    );
  return null;
}

function voided(rollout: Rollout, text: string, now: number): Decision {
  const decision = close(
    rollout,
    'void',
    cause('ref_changed', text, now),
    event('void', now, text, { mention: 'requester', data: { code: 'ref_changed' } }),
  );
  return {
    ...decision,
    effects: [...undoScaling(planOf(rollout)), { kind: 'release-route' }, ...decision.effects],
  };
}

const WITH_CANDIDATE: readonly Phase[] = ['probing', 'shifting', 'analysing', 'paused', 'baking', 'draining'];

/**
 * The candidate that was approved and probed is no longer what runs. Without endpoints its share of requests fails before
 * any metric can say so (the mesh no longer names the workload), so this is judged on every look.
 */
export function candidateLost(rollout: Rollout, observed: Observed): Decision | null {
  const { candidate, now } = observed;
  if (!WITH_CANDIDATE.includes(rollout.phase) || isBeforeCandidate(rollout)) return null;
  if (rollout.drainTowards === 'stable') return null;
  // Said already, and nothing can be done until stable is back: people may still go on meanwhile.
  if (rollout.cause.code === 'stable_unavailable' && isStableGone(observed)) return null;
  const plan = planOf(rollout);
  const text =
    candidate?.kind === 'absent'
      ? `The candidate ${colourOf(plan, 'candidate')} is gone`
      : candidate?.kind === 'seen'
        ? whatIsLost(rollout, observed, candidate.value)
        : null;
  return text === null ? null : rollBack(rollout, observed, cause('candidate_lost', text, now));
}

function whatIsLost(rollout: Rollout, { route }: Observed, candidate: WorkloadSeen): string | null {
  const { to } = planOf(rollout);
  const candidateColour = colourOf(planOf(rollout), 'candidate');
  const isOther = rollout.candidateUid !== null && candidate.uid !== rollout.candidateUid;
  if (isOther || candidate.rolloutId !== rollout.id)
    return `The candidate ${candidateColour} was replaced by another Deployment`;
  if (candidate.isBeingDeleted) return `The candidate ${candidateColour} is being deleted`;
  if (candidate.digest !== to.digest)
    return `The candidate ${candidateColour} runs ${short(candidate.digest)}, approved was ${short(to.digest)}`;
  const percent = route?.kind === 'seen' ? route.value.percent : 0;
  return percent > 0 && candidate.ready === 0
    ? `The candidate has ${percent} % of the traffic and no ready pod`
    : null;
}
