import { type Colour, colourWorkload } from '../../core/colour.ts';
import type { AutoscalerRef } from '../../core/rollout/autoscaler.ts';
import type { ProbeSpec } from '../../core/rollout/plan.ts';
import { DabbawalaError, isDabbawalaError } from '../../lib/errors.ts';
import type { PodsOfColour, TwinSpec } from '../../ports/autoscalers.ts';
import type {
  CandidateSpec,
  DeploymentState,
  OriginalSpec,
  Place,
  PodState,
  ProbeReading,
  RoomQuestion,
  SurveyQuestion,
  Workloads,
} from '../../ports/workloads.ts';
import * as scalers from './autoscalers.ts';
import * as budgets from './budgets.ts';
import { buildCandidate } from './candidate.ts';
import { type KubeClient, type KubeObject, pointer } from './client.ts';
import { ROLLOUT_MARK } from './marks.ts';
import {
  isOurs,
  isPodOf,
  parseDeployment,
  parsePods,
  selectorText,
  toDeploymentState,
  toPodState,
} from './observed.ts';
import * as original from './original.ts';
import { getThroughProxy, type PodAnswer, type PodRequest } from './pod-http.ts';
import { buildProbeJob } from './probe-job.ts';
import { readProbe } from './probe-reading.ts';
import { DEPLOYMENT, JOB, POD } from './resources.ts';
import { surveyRoom } from './room.ts';

/** A name that no colour has, so that a dry run is judged while the idle colour still holds the real one. */
const DRY_RUN_SUFFIX = '-dry-run';

export class KubernetesWorkloads implements Workloads {
  readonly #clients: ReadonlyMap<string, KubeClient>;

  /** @param clients by the cluster's name in config */
  constructor(clients: ReadonlyMap<string, KubeClient>) {
    this.#clients = clients;
  }

  async readDeployment(
    place: Place,
    name: string,
    container: string,
    signal?: AbortSignal,
  ): Promise<DeploymentState | null> {
    const object = await this.#client(place).find(DEPLOYMENT, place.namespace, name, signal);
    return object === null ? null : toDeploymentState(object, container);
  }

  async pods(
    place: Place,
    deployment: DeploymentState,
    container: string,
    signal?: AbortSignal,
  ): Promise<readonly PodState[]> {
    const client = this.#client(place);
    const object = await client.find(DEPLOYMENT, place.namespace, deployment.name, signal);
    if (object === null) return [];
    const selector = selectorText(parseDeployment(object));
    const pods = parsePods(await client.list(POD, place.namespace, selector, signal));
    return pods.filter((pod) => isPodOf(pod, deployment.name)).map((pod) => toPodState(pod, container));
  }

  async deleteColour(place: Place, name: string, uid: string, signal?: AbortSignal): Promise<void> {
    const client = this.#client(place);
    const object = await client.find(DEPLOYMENT, place.namespace, name, signal);
    if (object === null) return;
    const deployment = this.#ours(object, uid, 'deleted');
    if (deployment.metadata.deletionTimestamp != null) return;
    try {
      await client.remove(DEPLOYMENT, place.namespace, name, uid, signal);
    } catch (error) {
      if (!isDabbawalaError(error, 'object_missing')) throw error;
    }
  }

  async createCandidate(
    place: Place,
    spec: CandidateSpec,
    options: { readonly dryRun?: boolean } = {},
    signal?: AbortSignal,
  ): Promise<DeploymentState> {
    const client = this.#client(place);
    const name = colourWorkload(spec.service, spec.colour);
    const create = async (candidate: KubeObject): Promise<DeploymentState> =>
      toDeploymentState(
        await client.create(DEPLOYMENT, place.namespace, candidate, options, signal),
        spec.container,
      );
    try {
      return await create(buildCandidate(spec));
    } catch (error) {
      if (!isDabbawalaError(error, 'state_conflict')) throw error;
      const existing = await this.readDeployment(place, name, spec.container, signal);
      if (existing === null || !existing.isOurs) throw error;
      if (options.dryRun) return create(buildCandidate(spec, `${name}${DRY_RUN_SUFFIX}`));
      // The create of a pass that died before it could save: the same rollout made it, from the same plan.
      if (existing.rolloutId === spec.rolloutId && !existing.isBeingDeleted) return existing;
      throw error;
    }
  }

  async scale(
    place: Place,
    name: string,
    uid: string,
    replicas: number,
    signal?: AbortSignal,
  ): Promise<void> {
    const client = this.#client(place);
    const object = await client.read(DEPLOYMENT, place.namespace, name, signal);
    const deployment = this.#ours(object, uid, 'scaled');
    if ((deployment.spec.replicas ?? 1) === replicas) return;
    const rolloutId = deployment.metadata.annotations?.[ROLLOUT_MARK];
    // Not resourceVersion: the status of a living Deployment moves it all the time, and says nothing about whose it is.
    await client.patch(
      DEPLOYMENT,
      place.namespace,
      name,
      [
        { op: 'test', path: '/metadata/uid', value: uid },
        { op: 'test', path: `/metadata/annotations${pointer(ROLLOUT_MARK)}`, value: rolloutId },
        { op: 'add', path: '/spec/replicas', value: replicas },
      ],
      'state_conflict',
      signal,
    );
  }

  setOriginal(place: Place, spec: OriginalSpec, signal?: AbortSignal): Promise<void> {
    return original.setOriginal(this.#client(place), place, spec, signal);
  }

  survey(place: Place, question: SurveyQuestion, signal?: AbortSignal): ReturnType<Workloads['survey']> {
    return original.survey(this.#client(place), place, question, signal);
  }

  surveyRoom(
    place: Place,
    question: RoomQuestion,
    signal?: AbortSignal,
  ): ReturnType<Workloads['surveyRoom']> {
    return surveyRoom(this.#client(place), place, question, signal);
  }

  autoscalers(place: Place, deployments: readonly string[], signal?: AbortSignal) {
    return scalers.autoscalers(this.#client(place), place, deployments, signal);
  }

  readAutoscaler(place: Place, ref: AutoscalerRef, signal?: AbortSignal) {
    return scalers.readAutoscaler(this.#client(place), place, ref, signal);
  }

  raiseFloor(
    place: Place,
    ref: AutoscalerRef,
    floor: { readonly rolloutId: string; readonly replicas: number },
    signal?: AbortSignal,
  ): Promise<void> {
    return scalers.raiseFloor(this.#client(place), place, ref, floor, signal);
  }

  createTwin(place: Place, spec: TwinSpec, signal?: AbortSignal): Promise<void> {
    return scalers.createTwin(this.#client(place), place, spec, signal);
  }

  deleteTwin(place: Place, ref: AutoscalerRef, uid: string, signal?: AbortSignal): Promise<void> {
    return scalers.deleteTwin(this.#client(place), place, ref, uid, signal);
  }

  settleAutoscaler(place: Place, ref: AutoscalerRef, to: string | null, signal?: AbortSignal): Promise<void> {
    return scalers.settleAutoscaler(this.#client(place), place, ref, to, signal);
  }

  moveAutoscaler(
    place: Place,
    ref: AutoscalerRef,
    move: { readonly from: string; readonly to: string },
    signal?: AbortSignal,
  ): Promise<void> {
    return scalers.moveAutoscaler(this.#client(place), place, ref, move, signal);
  }

  budgets(
    place: Place,
    pods: { readonly stable: PodsOfColour; readonly candidate: PodsOfColour },
    signal?: AbortSignal,
  ) {
    return budgets.budgets(this.#client(place), place, pods, signal);
  }

  budgetColour(place: Place, name: string, signal?: AbortSignal): Promise<Colour | null> {
    return budgets.budgetColour(this.#client(place), place, name, signal);
  }

  moveBudget(place: Place, name: string, to: Colour, signal?: AbortSignal): Promise<void> {
    return budgets.moveBudget(this.#client(place), place, name, to, signal);
  }

  podHttp(place: Place, pod: string, request: PodRequest, signal?: AbortSignal): Promise<PodAnswer> {
    return getThroughProxy(this.#client(place), place.namespace, pod, request, signal);
  }

  async startProbeJob(
    place: Place,
    spec: CandidateSpec,
    probe: ProbeSpec,
    attempt: number,
    signal?: AbortSignal,
  ): Promise<void> {
    try {
      await this.#client(place).create(JOB, place.namespace, buildProbeJob(spec, probe, attempt), {}, signal);
    } catch (error) {
      // The name is derived from rollout, probe and attempt: whoever made it, it is this one.
      if (!isDabbawalaError(error, 'state_conflict')) throw error;
    }
  }

  readProbeJob(
    place: Place,
    rolloutId: string,
    probe: ProbeSpec,
    attempt: number,
    signal?: AbortSignal,
  ): Promise<ProbeReading> {
    return readProbe(this.#client(place), place.namespace, rolloutId, probe, attempt, signal);
  }

  #client(place: Place): KubeClient {
    const client = this.#clients.get(place.cluster);
    if (client === undefined)
      throw new DabbawalaError(
        'invalid_config',
        `There is no cluster "${place.cluster}" in the configuration.`,
      );
    return client;
  }

  /** A Deployment that we made, and the very one that was meant. */
  #ours(object: KubeObject, uid: string, deed: string): ReturnType<typeof parseDeployment> {
    const deployment = parseDeployment(object);
    const { name } = deployment.metadata;
    if (!isOurs(deployment))
      throw new DabbawalaError(
        'plan_refused',
        `Deployment ${name} does not carry the annotation ${ROLLOUT_MARK}: it is not ours and was not ${deed}.`,
        { hint: 'Find out who made it; move it to another name if the service is to have this colour.' },
      );
    if (deployment.metadata.uid !== uid)
      throw new DabbawalaError('state_conflict', `Deployment ${name} was replaced by another of that name.`);
    return deployment;
  }
}
