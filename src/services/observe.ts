/** One look at the world for one rollout: everything at once, and whatever fails is "not known", never a default. */
import type { Sample } from '../core/analysis/reading.ts';
import type { Colour, Role } from '../core/colour.ts';
import { originalRole, workloadOf } from '../core/rollout/adoption.ts';
import { wants } from '../core/rollout/agenda.ts';
import {
  ABSENT,
  type ClientSeen,
  type GroundSeen,
  type Observed,
  type PlanOutcome,
  type ProbeSeen,
  type Seen,
  seen,
  type TurnSeen,
  unseen,
  type WorkloadSeen,
} from '../core/rollout/decision.ts';
import { strayWindowMs } from '../core/rollout/phases/bypass.ts';
import type { Plan } from '../core/rollout/plan.ts';
import type { Rollout } from '../core/rollout/rollout.ts';
import { isDabbawalaError, toDabbawalaError, withHint } from '../lib/errors.ts';
import { percentOfUnits } from '../lib/whole-units.ts';
import type { MetricsSource } from '../ports/metrics-source.ts';
import type { RolloutStore, TargetStore } from '../ports/rollout-store.ts';
import type { RouteState, TrafficRouter } from '../ports/traffic-router.ts';
import type { DeploymentState, Workloads } from '../ports/workloads.ts';
import { hasScaling, lookAtScaling } from './observe-scaling.ts';
import { type Planner, questionOf } from './planner.ts';
import type { ProbeRunner } from './probe-runner.ts';

export interface ObservePorts {
  readonly store: Pick<RolloutStore, 'load'>;
  readonly targets: TargetStore;
  readonly router: TrafficRouter;
  readonly workloads: Workloads;
  readonly metrics: MetricsSource;
  readonly planner: Planner;
  readonly probes: ProbeRunner;
}

/** What was seen, and the raw objects that guarded writes stand on. */
export interface Look {
  readonly observed: Observed;
  readonly route: RouteState | null;
  readonly stable: DeploymentState | null;
  readonly candidate: DeploymentState | null;
}

export interface Circumstances {
  readonly now: number;
  readonly isStoreUp: boolean;
  readonly fault: string | null;
  readonly written: number | null;
}

export async function observe(
  ports: ObservePorts,
  rollout: Rollout,
  { now, isStoreUp, fault, written }: Circumstances,
  signal: AbortSignal,
): Promise<Look> {
  const wanted = wants(rollout, now);
  const { plan } = rollout;
  const world = wanted.world && plan ? plan : null;
  const turn = wanted.turn ? await attempt(() => lookAtTurn(ports, rollout)) : null;
  const isItsTurn = turn === null || (turn.kind === 'seen' && turn.value.claimedBy === rollout.id);
  const [planning, route, stable, candidate, sample, ground, clients, scaling, strays] = await Promise.all([
    wanted.planning && isItsTurn ? replan(ports, rollout, signal) : null,
    world && attempt(() => ports.router.read(world.route, signal)),
    world && attempt(() => readRole(ports.workloads, world, 'stable', signal)),
    world && attempt(() => readRole(ports.workloads, world, 'candidate', signal)),
    wanted.sample && plan ? takeSample(ports.metrics, plan, signal) : null,
    world?.adoption ? attempt(() => lookAtGround(ports, world, signal)) : null,
    wanted.sample && plan?.kind === 'adopt' ? lookAtClients(ports.metrics, plan, signal) : null,
    world && hasScaling(world) ? attempt(() => lookAtScaling(ports.workloads, world, signal)) : null,
    wanted.strays && plan ? lookAtStrays(ports.metrics, rollout, plan, now, signal) : null,
  ]);
  const candidateState = candidate?.kind === 'seen' ? candidate.value : null;
  const [waiting, probes] = await Promise.all([
    plan && rollout.phase === 'preparing' && candidateState
      ? waitingReason(ports.workloads, plan, candidateState, signal)
      : null,
    plan && candidateState
      ? lookAtProbes(ports.probes, rollout, plan, candidateState, wanted.probes, signal)
      : {},
  ]);
  return {
    observed: {
      now,
      isStoreUp,
      fault,
      written,
      planning,
      turn,
      route:
        route &&
        mapSeen(route, (state) => ({
          percent: plan ? percentFor(rollout, plan.candidateColour, state) : 0,
          lastWriter: state.lastWriter,
        })),
      stable: stable && mapSeen(stable, (state) => toSeen(state, ownerOf(plan, 'stable', state), null)),
      candidate:
        candidate && mapSeen(candidate, (state) => toSeen(state, ownerOf(plan, 'candidate', state), waiting)),
      ground,
      clients,
      scaling,
      strays,
      sample,
      probes,
    },
    route: route?.kind === 'seen' ? route.value : null,
    stable: stable?.kind === 'seen' ? stable.value : null,
    candidate: candidateState,
  };
}

/** Absent only where the cluster surely said so. */
export async function attempt<T>(read: () => Promise<T | null>): Promise<Seen<T>> {
  try {
    const value = await read();
    return value === null ? ABSENT : seen(value);
  } catch (error) {
    if (isDabbawalaError(error, 'object_missing')) return ABSENT;
    return unseen(withHint(toDabbawalaError(error)));
  }
}

/** Looking keeps its place in the queue. */
async function lookAtTurn({ store, targets }: ObservePorts, rollout: Rollout): Promise<TurnSeen> {
  const claimedBy = await targets.readClaim(rollout.target);
  if (claimedBy === rollout.id) return { claimedBy, predecessor: null };
  const [before] = await Promise.all([
    store.load(rollout.supersedes?.rolloutId ?? ''),
    targets.takeTurn(rollout.target, rollout.id),
  ]);
  return { claimedBy, predecessor: before?.rollout ?? null };
}

const percentFor = (
  { desiredPercent, confirmedPercent }: Rollout,
  colour: Colour,
  state: RouteState,
): number =>
  percentOfUnits(state.weight[colour], state.weight.blue + state.weight.green, [
    desiredPercent,
    confirmedPercent,
  ]);

const mapSeen = <A, B>(value: Seen<A>, map: (value: A) => B): Seen<B> =>
  value.kind === 'seen' ? seen(map(value.value)) : value;

const placeOf = (plan: Plan) => ({ cluster: plan.cluster, namespace: plan.namespace });

const readRole = (workloads: Workloads, plan: Plan, role: Role, signal: AbortSignal) =>
  workloads.readDeployment(placeOf(plan), workloadOf(plan, role), plan.container, signal);

/** Rollout that made it, or that brought the plain Deployment to what it is. */
const ownerOf = (plan: Plan | null, role: Role, state: DeploymentState): string | null =>
  plan && originalRole(plan) === role ? state.adoptedBy : state.rolloutId;

async function lookAtGround(
  { router, workloads }: ObservePorts,
  plan: Plan,
  signal: AbortSignal,
): Promise<GroundSeen> {
  const scaler = plan.adoption?.autoscaler;
  const ref = scaler && { kind: scaler.kind ?? 'HorizontalPodAutoscaler', name: scaler.name };
  const [hasSubsets, autoscaler] = await Promise.all([
    router.hasSubsets(plan.route, signal),
    ref ? workloads.readAutoscaler(placeOf(plan), ref, signal) : null,
  ]);
  return { hasSubsets, autoscalerTarget: autoscaler?.target ?? null };
}

/** Of the Deployment that the route leaves. */
async function lookAtClients(
  metrics: MetricsSource,
  plan: Plan,
  signal: AbortSignal,
): Promise<Seen<readonly ClientSeen[]>> {
  const workload = workloadOf(plan, 'stable');
  const answer = await metrics.clients({ ...placeOf(plan), workload, windowMs: plan.times.windowMs }, signal);
  return answer.kind === 'known' ? seen(answer.clients) : unseen(answer.detail);
}

/** Of the candidate alone, not of pods that had its name before. */
async function lookAtStrays(
  metrics: MetricsSource,
  rollout: Rollout,
  plan: Plan,
  now: number,
  signal: AbortSignal,
): Promise<Seen<readonly ClientSeen[]>> {
  const windowMs = strayWindowMs(rollout, plan, now);
  const workload = workloadOf(plan, 'candidate');
  const answer = await metrics.clients({ ...placeOf(plan), workload, windowMs }, signal);
  return answer.kind === 'known' ? seen(answer.clients) : unseen(answer.detail);
}

const toSeen = (state: DeploymentState, rolloutId: string | null, waiting: string | null): WorkloadSeen => ({
  uid: state.uid,
  rolloutId,
  replicas: state.replicas,
  ready: state.readyReplicas,
  digest: state.image.digest,
  isObserved: state.isObserved,
  isBeingDeleted: state.isBeingDeleted,
  waiting,
});

async function waitingReason(
  workloads: Workloads,
  plan: Plan,
  candidate: DeploymentState,
  signal: AbortSignal,
): Promise<string | null> {
  if (candidate.readyReplicas >= candidate.replicas) return null;
  const pods = await attempt(() => workloads.pods(placeOf(plan), candidate, plan.container, signal));
  const waiting = pods.kind === 'seen' ? pods.value.find((pod) => pod.waiting !== null)?.waiting : null;
  return waiting ?? candidate.replicaFailure ?? null;
}

/** Both roles with the same text, in one question. */
async function takeSample(metrics: MetricsSource, plan: Plan, signal: AbortSignal): Promise<Sample | null> {
  const question = (role: Role) => ({
    ...placeOf(plan),
    workload: workloadOf(plan, role),
    windowMs: plan.times.windowMs,
    reporter: plan.analysis.reporter,
    own: plan.rules.filter((rule) => rule.query !== null),
  });
  const [stable, candidate] = await metrics.sample([question('stable'), question('candidate')], signal);
  return stable && candidate ? { stable, candidate } : null;
}

const replan = (ports: ObservePorts, rollout: Rollout, signal: AbortSignal): Promise<PlanOutcome> =>
  ports.planner(questionOf(rollout), signal);

async function lookAtProbes(
  runner: ProbeRunner,
  rollout: Rollout,
  plan: Plan,
  candidate: DeploymentState,
  names: readonly string[],
  signal: AbortSignal,
): Promise<Readonly<Record<string, ProbeSeen>>> {
  const readings = await Promise.all(
    names.map(async (name): Promise<readonly [string, ProbeSeen] | null> => {
      const spec = plan.probes.find((probe) => probe.name === name);
      const state = rollout.probes.find((probe) => probe.name === name);
      if (!spec || !state) return null;
      return [name, await runner.look({ rollout, plan, candidate, spec, attempt: state.attempts }, signal)];
    }),
  );
  return Object.fromEntries(readings.filter((entry) => entry !== null));
}
