/** Gathers the facts of a plan, in parallel and without touching anything, and has it judged. */
import type { Config } from '../config/schema.ts';
import type { WorkloadSample } from '../core/analysis/reading.ts';
import type { Rule } from '../core/analysis/rule.ts';
import type { Colour } from '../core/colour.ts';
import type { PlanOutcome } from '../core/rollout/decision.ts';
import type { DeploymentFacts, PlanFacts, PlanSettings } from '../core/rollout/facts.ts';
import { makeAdoptionPlan } from '../core/rollout/make-adoption-plan.ts';
import { makePlan } from '../core/rollout/make-plan.ts';
import type { RolloutKind } from '../core/rollout/plan.ts';
import type { Rollout } from '../core/rollout/rollout.ts';
import type { Target } from '../core/target.ts';
import { DabbawalaError, isDabbawalaError, withHint } from '../lib/errors.ts';
import type { ImageRegistry } from '../ports/image-registry.ts';
import type { IncidentStore } from '../ports/incident-store.ts';
import type { MetricsSource } from '../ports/metrics-source.ts';
import type { TargetStore } from '../ports/rollout-store.ts';
import type { TrafficRouter } from '../ports/traffic-router.ts';
import type { DeploymentState, Workloads } from '../ports/workloads.ts';
import { gatherAdoption } from './gather-adoption.ts';
import { gatherGround } from './gather-ground.ts';
import { gatherScaling } from './gather-scaling.ts';
import { openIncidents } from './incidents/open-incidents.ts';
import { planSettings } from './plan-settings.ts';

export interface PlannerPorts {
  readonly config: Config;
  readonly registry: ImageRegistry;
  readonly router: TrafficRouter;
  readonly workloads: Workloads;
  readonly metrics: MetricsSource;
  readonly targets: TargetStore;
  readonly incidents: Pick<IncidentStore, 'open'>;
}

export interface PlanQuestion {
  readonly kind: RolloutKind;
  readonly target: Target;
  /** Tag or digest. */
  readonly version: string;
  /** The rollout that is planned: its own claim is no obstacle. null for a dry run. */
  readonly rolloutId: string | null;
  /** Straight to 100 %, because stable is broken. */
  readonly forceForward?: boolean;
  /** The incident that it is the fix of. */
  readonly fixes?: string;
  /** Tag to show for a version given by digest. */
  readonly tag?: string | null;
}

/** What a stored rollout asks the planner, first and again before it starts. */
export const questionOf = (rollout: Rollout): PlanQuestion => ({
  kind: rollout.kind,
  target: rollout.target,
  version: rollout.version,
  rolloutId: rollout.id,
  tag: rollout.tag ?? null,
  ...(rollout.forceForward ? { forceForward: true } : {}),
  ...(rollout.fixes === undefined ? {} : { fixes: rollout.fixes }),
});

export type Planner = (question: PlanQuestion, signal?: AbortSignal) => Promise<PlanOutcome>;

export const createPlanner =
  (ports: PlannerPorts): Planner =>
  async (question, signal) => {
    try {
      const { fixes } = question;
      const settings = {
        ...planSettings(ports.config, question.target, question.kind),
        ...(fixes === undefined ? {} : { fixes }),
      };
      // What stands on a broken stable is not mended by a share of the traffic: the probes are the guard, then all goes.
      const forced = question.forceForward ? { ...settings, forceForward: true, steps: [100] } : settings;
      const outcome = settings.adopting
        ? makeAdoptionPlan(
            settings,
            settings.adopting,
            await gatherAdoption(ports, settings, question, signal),
          )
        : makePlan(forced, await gather(ports, forced, question, signal));
      if (outcome.kind !== 'planned' || ports.router.canKeep(outcome.plan)) return outcome;
      return { ...outcome, plan: { ...outcome.plan, isKeptOnRoute: false } };
    } catch (error) {
      if (!isDabbawalaError(error)) throw error;
      if (error.kind === 'unavailable') return { kind: 'unknown', code: error.code, detail: withHint(error) };
      return { kind: 'refused', code: error.code, text: error.message, hint: error.hint, plan: null };
    }
  };

async function gather(
  ports: PlannerPorts,
  settings: PlanSettings,
  question: PlanQuestion,
  signal?: AbortSignal,
): Promise<PlanFacts> {
  const place = { cluster: settings.cluster, namespace: settings.namespace };
  const deployment = (name: string) =>
    ports.workloads.readDeployment(place, name, settings.container, signal);
  const { service } = question.target;
  const states = [settings.template, `${service}-blue`, `${service}-green`].map(deployment);
  const [resolved, [template = null, blue = null, green = null], ground, route, lock, claim, incidents] =
    await Promise.all([
      ports.registry.resolve(settings.repository, question.version, signal),
      Promise.all(states),
      unlessAbsent(gatherGround(ports, settings, states, signal)),
      readRoute(ports.router, settings, signal),
      ports.targets.readLock(question.target),
      ports.targets.readClaim(question.target),
      openIncidents(ports.incidents, question.target),
    ]);
  const claimedBy = otherClaim(question, claim);
  const live: Colour | null =
    'fault' in route ? null : route.percent.blue >= route.percent.green ? 'blue' : 'green';
  const [scaling, liveSample] = await Promise.all([
    gatherScaling(ports.workloads, settings, { template, colours: { blue, green }, live }, signal),
    live === null
      ? null
      : sampleOf(ports.metrics, settings, `${service}-${live}`, ownRules(settings), signal),
  ]);
  return {
    version: question.version,
    resolved: {
      digest: resolved.digest,
      tag: question.version.startsWith('sha256:') ? (question.tag ?? null) : question.version,
    },
    template: factsOf(template),
    colours: { blue: factsOf(blue), green: factsOf(green) },
    route,
    ground,
    lock,
    incidents,
    claimedBy,
    scaling,
    windowRequests: liveSample === null ? null : requestsOf(liveSample),
    liveSample,
  };
}

/** null: what is not there, or is no route of two colours, is said by what else was read. */
async function unlessAbsent<T>(gathered: Promise<T>): Promise<T | null> {
  try {
    return await gathered;
  } catch (error) {
    if (isDabbawalaError(error, 'object_missing') || isDabbawalaError(error, 'route_unusable')) return null;
    throw error;
  }
}

/** Rollout that holds the claim, when it is not the one that is planned. */
export function otherClaim({ rolloutId }: PlanQuestion, claim: string | null): string | null {
  // Without its claim (a process that slept through the sweep, a store that lost keys) two rollouts could share a route.
  if (rolloutId !== null && claim === null)
    throw new DabbawalaError('plan_refused', 'This rollout no longer holds the claim on its target.', {
      hint: 'Ask again.',
    });
  return claim !== rolloutId ? claim : null;
}

async function readRoute(
  router: TrafficRouter,
  settings: PlanSettings,
  signal?: AbortSignal,
): Promise<PlanFacts['route']> {
  try {
    const { percent, weight } = await router.read(settings.route, signal);
    return { percent, weight };
  } catch (error) {
    if (isDabbawalaError(error, 'object_missing') || isDabbawalaError(error, 'route_unusable'))
      return { fault: error.message };
    throw error;
  }
}

export const factsOf = (state: DeploymentState | null): DeploymentFacts | null =>
  state && {
    replicas: state.replicas,
    ready: state.readyReplicas,
    isOurs: state.isOurs,
    isBeingDeleted: state.isBeingDeleted,
    digest: state.image.digest,
    tag: state.version ?? state.image.tag,
    template: state.template,
    selects: state.selects,
  };

const ownRules = ({ rules }: PlanSettings): readonly Rule[] => rules.filter((rule) => rule.query !== null);

/** The forecast's base: a plan may be made without it. */
export async function liveRequests(
  metrics: MetricsSource,
  settings: PlanSettings,
  workload: string,
  signal?: AbortSignal,
): Promise<number | null> {
  const sample = await sampleOf(metrics, settings, workload, [], signal);
  return sample && requestsOf(sample);
}

const requestsOf = ({ requests }: WorkloadSample): number | null =>
  requests.kind === 'value' ? requests.value : null;

async function sampleOf(
  metrics: MetricsSource,
  settings: PlanSettings,
  workload: string,
  own: readonly Rule[],
  signal?: AbortSignal,
): Promise<WorkloadSample | null> {
  const { cluster, namespace, times, analysis } = settings;
  const { windowMs } = times;
  const question = { cluster, namespace, workload, windowMs, reporter: analysis.reporter, own };
  const [sample] = await metrics.sample([question], signal);
  return sample ?? null;
}
