/** Does what was decided. Every effect is idempotent and guarded; the next pass reads back what came of it. */
import { colourWorkload } from '../core/colour.ts';
import { originalRole, workloadOf } from '../core/rollout/adoption.ts';
import type { Effect } from '../core/rollout/decision.ts';
import { toolOf } from '../core/rollout/ignore-snippet.ts';
import { templateHash } from '../core/rollout/make-adoption-plan.ts';
import { planOf } from '../core/rollout/moves.ts';
import type { Plan } from '../core/rollout/plan.ts';
import type { Rollout } from '../core/rollout/rollout.ts';
import { memoryOf } from '../core/rollout/route-memory.ts';
import { DabbawalaError, isDabbawalaError } from '../lib/errors.ts';
import type { TargetStore } from '../ports/rollout-store.ts';
import type { RouteMarks, RouteState, TrafficRouter } from '../ports/traffic-router.ts';
import type { CandidateSpec, DeploymentState, Workloads } from '../ports/workloads.ts';
import { applyScaling, isScaling } from './apply-scaling.ts';
import type { Look } from './observe.ts';
import { askWayBack, type WayBackPorts } from './way-back.ts';

export interface EffectPorts extends WayBackPorts {
  readonly router: TrafficRouter;
  readonly workloads: Workloads;
  readonly targets: TargetStore;
}

/** Towards stable the weight only falls, so a write of it may go out before its intent is stored. */
export const isWayBack = ({ phase, drainTowards }: Rollout): boolean =>
  phase === 'draining' && drainTowards === 'stable';

/** Tries of a weight 0 that loses races against other writers before the next pass takes over. */
const ROLLBACK_TRIES = 5;

/** @param percent candidate's percent that will stand on the object; left out: what surely stands there already */
export const marksOf = (
  rollout: Rollout,
  plan: Plan,
  token: number,
  percent = Math.min(rollout.confirmedPercent, rollout.desiredPercent),
): RouteMarks => ({
  rolloutId: rollout.id,
  planDigest: plan.digest,
  step: rollout.step,
  token,
  // What the object says at rest is what the next look takes for stable.
  stableColour: rollout.phase === 'promoted' ? plan.candidateColour : plan.stableColour,
  memory: memoryOf(rollout, plan, percent),
});

/**
 * Throws DabbawalaError of the ports: `fenced` means that a newer owner drives, `route_conflict` that somebody wrote first
 * and everything must be looked at again.
 */
export async function applyEffect(
  ports: EffectPorts,
  rollout: Rollout,
  effect: Effect,
  look: Look,
  token: number,
  signal: AbortSignal,
): Promise<void> {
  if (effect.kind === 'release-claim') return ports.targets.releaseClaim(rollout.target, rollout.id);
  if (effect.kind === 'take-claim') {
    await ports.targets.takeClaim(rollout.target, rollout.id);
    return;
  }
  if (effect.kind === 'ask-way-back') return askWayBack(ports, rollout);
  const plan = planOf(rollout);
  if (isScaling(effect))
    return applyScaling(ports.workloads, { rolloutId: rollout.id, plan }, effect, signal);
  const place = { cluster: plan.cluster, namespace: plan.namespace };
  const { service } = plan.target;
  switch (effect.kind) {
    case 'set-weight':
      return effect.percent === 0 || isWayBack(rollout)
        ? lowerWeight(ports.router, rollout, plan, effect.percent, look.route, token, signal)
        : setWeight(ports.router, rollout, plan, effect.percent, look.route, token, signal);
    case 'delete-colour':
      return ports.workloads.deleteColour(place, workloadOf(plan, 'candidate'), effect.uid, signal);
    case 'create-candidate':
      if (originalRole(plan) === 'candidate') return bringBack(ports.workloads, rollout, plan, look, signal);
      await ports.workloads.createCandidate(
        place,
        await candidateSpec(ports.workloads, rollout, plan, look.route, signal),
        {},
        signal,
      );
      return;
    case 'scale': {
      const state = effect.role === 'stable' ? look.stable : look.candidate;
      if (originalRole(plan) === effect.role)
        return scaleOriginal(ports.workloads, rollout, plan, state, effect.replicas, signal);
      if (!state || (effect.role === 'candidate' && state.rolloutId !== rollout.id)) return;
      return ports.workloads.scale(place, state.name, state.uid, effect.replicas, signal);
    }
    case 'start-probe': {
      const probe = plan.probes.find((entry) => entry.name === effect.name);
      if (!probe) return;
      return ports.workloads.startProbeJob(
        place,
        await candidateSpec(ports.workloads, rollout, plan, look.route, signal),
        probe,
        effect.attempt,
        signal,
      );
    }
    case 'add-subsets':
      return ports.router.addSubsets(plan.route, signal);
    case 'delete-colours':
      for (const colour of ['blue', 'green'] as const)
        await deleteIfOurs(ports.workloads, plan, colourWorkload(service, colour), signal);
      return;
    case 'release-route':
      return ports.router.release(plan.route, signal);
  }
}

/** The plain Deployment of an undo: the live image and replicas, all else as its template has it. */
async function bringBack(
  workloads: Workloads,
  rollout: Rollout,
  plan: Plan,
  { candidate, route }: Look,
  signal: AbortSignal,
): Promise<void> {
  // Read whole and afresh first: a template that changed since the approval is not brought up.
  await candidateSpec(workloads, rollout, plan, route, signal);
  await setOriginal(workloads, rollout, plan, candidate, plan.replicas, plan.to, signal);
}

/** An undo that ends before it came to the plain Deployment leaves it as it is. */
async function scaleOriginal(
  workloads: Workloads,
  rollout: Rollout,
  plan: Plan,
  state: DeploymentState | null,
  replicas: number,
  signal: AbortSignal,
): Promise<void> {
  if (originalRole(plan) === 'candidate' && state?.adoptedBy !== rollout.id) return;
  await setOriginal(workloads, rollout, plan, state, replicas, null, signal);
}

async function setOriginal(
  workloads: Workloads,
  rollout: Rollout,
  plan: Plan,
  state: DeploymentState | null,
  replicas: number,
  revision: Plan['to'] | null,
  signal: AbortSignal,
): Promise<void> {
  if (!state) throw new DabbawalaError('object_missing', `Deployment ${plan.template} is gone.`);
  const place = { cluster: plan.cluster, namespace: plan.namespace };
  const { name, uid } = state;
  await workloads.setOriginal(
    place,
    { name, uid, container: plan.container, replicas, revision, rolloutId: rollout.id },
    signal,
  );
}

/** A colour that is not ours was never touched and is not now. */
async function deleteIfOurs(
  workloads: Workloads,
  plan: Plan,
  name: string,
  signal: AbortSignal,
): Promise<void> {
  const place = { cluster: plan.cluster, namespace: plan.namespace };
  const state = await workloads.readDeployment(place, name, plan.container, signal);
  if (state?.isOurs && !state.isBeingDeleted) await workloads.deleteColour(place, name, state.uid, signal);
}

async function setWeight(
  router: TrafficRouter,
  rollout: Rollout,
  plan: Plan,
  percent: number,
  seen: RouteState | null,
  token: number,
  signal: AbortSignal,
): Promise<void> {
  const state = seen ?? (await router.read(plan.route, signal));
  await router.setWeight(
    plan.route,
    {
      candidate: plan.candidateColour,
      percent,
      marks: marksOf(rollout, plan, token, percent),
      seen: state,
    },
    signal,
  );
}

/** Whoever wrote in between, the weight is read again and written again at once; it never rises by that. */
async function lowerWeight(
  router: TrafficRouter,
  rollout: Rollout,
  plan: Plan,
  percent: number,
  seen: RouteState | null,
  token: number,
  signal: AbortSignal,
): Promise<void> {
  let state = seen;
  for (let attempt = 1; ; attempt++) {
    state ??= await router.read(plan.route, signal);
    if (percent > 0 && state.percent[plan.candidateColour] <= percent) return;
    try {
      await router.setWeight(
        plan.route,
        {
          candidate: plan.candidateColour,
          percent,
          marks: marksOf(rollout, plan, token, percent),
          seen: state,
        },
        signal,
      );
      return;
    } catch (error) {
      if (!isDabbawalaError(error, 'route_conflict') || attempt >= ROLLBACK_TRIES) throw error;
      state = null;
    }
  }
}

/** The template is read whole and afresh; one that changed since the approval is not used. */
async function candidateSpec(
  workloads: Workloads,
  rollout: Rollout,
  plan: Plan,
  route: RouteState | null,
  signal: AbortSignal,
): Promise<CandidateSpec> {
  const place = { cluster: plan.cluster, namespace: plan.namespace };
  const template = await workloads.readDeployment(place, plan.template, plan.container, signal);
  if (!template)
    throw new DabbawalaError('object_missing', `The template Deployment ${plan.template} is gone.`);
  if (templateHash(plan.kind, plan.container, template.template) !== plan.templateHash)
    throw new DabbawalaError(
      'ref_changed',
      `The template Deployment ${plan.template} changed after the plan was approved.`,
    );
  return {
    service: plan.target.service,
    colour: plan.candidateColour,
    container: plan.container,
    revision: plan.to,
    replicas: plan.replicas,
    rolloutId: rollout.id,
    planDigest: plan.digest,
    isUnderArgo: [template.owner, route?.owner].some((owner) => owner != null && toolOf(owner) === 'argo'),
    template: template.template,
  };
}
