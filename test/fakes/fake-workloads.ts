import { type Colour, colourWorkload } from '../../src/core/colour.ts';
import type { WorkloadSurvey } from '../../src/core/rollout/facts.ts';
import type { RoomSurvey } from '../../src/core/rollout/ground.ts';
import type { ProbeSpec } from '../../src/core/rollout/plan.ts';
import { DabbawalaError } from '../../src/lib/errors.ts';
import type {
  CandidateSpec,
  DeploymentState,
  OriginalSpec,
  Place,
  PodState,
  PodTemplate,
  ProbeReading,
  SurveyQuestion,
  Workloads,
} from '../../src/ports/workloads.ts';
import { FakeAutoscalers } from './fake-autoscalers.ts';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
type PodAnswer = { readonly status: number | null; readonly detail: string };

export interface FakeDeployment {
  readonly repository?: string;
  readonly tag?: string | null;
  readonly digest?: string | null;
  readonly replicas?: number;
  readonly colour?: Colour | null;
  /** null: not ours. */
  readonly rolloutId?: string | null;
  readonly version?: string | null;
  readonly owner?: string | null;
  readonly template?: PodTemplate;
}

const keyOf = (place: Place, name: string): string => `${place.cluster}/${place.namespace}/${name}`;

/** Deployments, pods and probe Jobs in memory. Held to the same contract suite as the Kubernetes adapter. */
export class FakeWorkloads implements Workloads {
  readonly #deployments = new Map<string, Mutable<DeploymentState>>();
  readonly #waiting = new Map<string, string>();
  readonly #jobs = new Map<string, ProbeReading>();
  #fault: DabbawalaError | null = null;
  #uids = 0;
  /** true: pods are ready as soon as they are wanted; false: only after setReady(). */
  isReadyAtOnce = true;
  /** true: a deleted Deployment stays, marked as being deleted, until finishDeletions(). */
  holdsDeletions = false;
  /** What pods answer, by path; a path that is not here is refused. */
  readonly answers = new Map<string, PodAnswer>();
  /** How the next Job of a probe ends, by the probe's name; without it the Job stays running. */
  readonly outcomes = new Map<string, ProbeReading>();
  /** Writes in order, such as `scale payment-gateway-blue 0`. */
  readonly log: string[] = [];
  readonly scaling = new FakeAutoscalers(this.log);

  seed(place: Place, name: string, deployment: FakeDeployment = {}): DeploymentState {
    const rolloutId = deployment.rolloutId ?? null;
    const replicas = deployment.replicas ?? 3;
    const repository = deployment.repository ?? 'registry.example/payments/payment-gateway';
    const digest = deployment.digest ?? null;
    const tag = deployment.tag ?? null;
    const image = `${repository}${tag === null ? '' : `:${tag}`}${digest === null ? '' : `@${digest}`}`;
    const state: Mutable<DeploymentState> = {
      name,
      uid: `uid-${++this.#uids}`,
      resourceVersion: '1',
      replicas,
      readyReplicas: replicas,
      isObserved: true,
      isOurs: rolloutId !== null,
      rolloutId,
      colour: deployment.colour ?? null,
      version: deployment.version ?? null,
      image: { repository, tag, digest },
      template: deployment.template ?? {
        metadata: { labels: { app: 'payment-gateway' } },
        spec: { containers: [{ name: 'payment-gateway', image }] },
      },
      selects: deployment.colour ?? null,
      owner: deployment.owner ?? null,
      adoptedBy: null,
      isBeingDeleted: false,
    };
    this.#deployments.set(keyOf(place, name), state);
    return { ...state };
  }

  setReady(place: Place, name: string, ready: number): void {
    this.#must(place, name).readyReplicas = ready;
  }

  /** Pods of the Deployment that are not ready say this. */
  setWaiting(place: Place, name: string, reason: string | null): void {
    if (reason === null) this.#waiting.delete(keyOf(place, name));
    else this.#waiting.set(keyOf(place, name), reason);
  }

  finishDeletions(): void {
    for (const [key, state] of this.#deployments) if (state.isBeingDeleted) this.#deployments.delete(key);
  }

  /** Every call throws this until it is null again. */
  failWith(fault: DabbawalaError | null): void {
    this.#fault = fault;
  }

  async readDeployment(place: Place, name: string): Promise<DeploymentState | null> {
    this.#check();
    const state = this.#deployments.get(keyOf(place, name));
    return state === undefined ? null : structuredClone(state);
  }

  async pods(place: Place, deployment: DeploymentState): Promise<readonly PodState[]> {
    this.#check();
    const state = this.#deployments.get(keyOf(place, deployment.name));
    const waiting = this.#waiting.get(keyOf(place, deployment.name)) ?? null;
    return Array.from({ length: state?.replicas ?? 0 }, (_, index) => {
      const isReady = index < (state?.readyReplicas ?? 0);
      return {
        name: `${deployment.name}-${index}`,
        isReady,
        waiting: isReady ? null : waiting,
        restarts: 0,
        imageDigest: state?.image.digest ?? null,
      };
    });
  }

  async deleteColour(place: Place, name: string, uid: string): Promise<void> {
    this.#check();
    const state = this.#deployments.get(keyOf(place, name));
    if (state === undefined || state.isBeingDeleted) return;
    this.#mustBeOurs(state, uid);
    this.log.push(`delete ${name}`);
    if (this.holdsDeletions) state.isBeingDeleted = true;
    else this.#deployments.delete(keyOf(place, name));
  }

  async createCandidate(
    place: Place,
    spec: CandidateSpec,
    options: { readonly dryRun?: boolean } = {},
  ): Promise<DeploymentState> {
    this.#check();
    const name = colourWorkload(spec.service, spec.colour);
    const existing = this.#deployments.get(keyOf(place, name));
    if (existing !== undefined && !(options.dryRun && existing.isOurs)) {
      if (existing.rolloutId === spec.rolloutId && !existing.isBeingDeleted) return structuredClone(existing);
      throw new DabbawalaError('state_conflict', `Deployment ${name} already exists.`);
    }
    const created = new FakeWorkloads().seed(place, name, {
      ...spec.revision,
      tag: null,
      replicas: spec.replicas,
      colour: spec.colour,
      rolloutId: spec.rolloutId,
      version: spec.revision.tag ?? spec.revision.digest,
      template: candidateTemplate(spec),
    });
    const state = {
      ...created,
      uid: `uid-${++this.#uids}`,
      readyReplicas: this.isReadyAtOnce ? spec.replicas : 0,
    };
    if (options.dryRun) return state;
    this.log.push(`create ${name}`);
    this.#deployments.set(keyOf(place, name), state);
    return structuredClone(state);
  }

  async scale(place: Place, name: string, uid: string, replicas: number): Promise<void> {
    this.#check();
    const state = this.#must(place, name);
    this.#mustBeOurs(state, uid);
    if (state.replicas === replicas) return;
    this.log.push(`scale ${name} ${replicas}`);
    state.replicas = replicas;
    state.readyReplicas = this.isReadyAtOnce ? replicas : Math.min(state.readyReplicas, replicas);
  }

  async setOriginal(place: Place, spec: OriginalSpec): Promise<void> {
    this.#check();
    const state = this.#must(place, spec.name);
    if (state.uid !== spec.uid)
      throw new DabbawalaError('state_conflict', `Deployment ${spec.name} was replaced.`);
    state.adoptedBy = spec.rolloutId;
    if (spec.revision) {
      state.image = { ...spec.revision, tag: null };
      state.version = spec.revision.tag ?? spec.revision.digest;
      state.template = withImage(state.template, spec.container, spec.revision);
    }
    if (state.replicas === spec.replicas) return;
    this.log.push(`scale ${spec.name} ${spec.replicas}`);
    state.replicas = spec.replicas;
    state.readyReplicas = this.isReadyAtOnce ? spec.replicas : Math.min(state.readyReplicas, spec.replicas);
  }

  async survey(place: Place, question: SurveyQuestion): Promise<WorkloadSurvey> {
    this.#check();
    const state = this.#deployments.get(keyOf(place, question.deployment));
    const ready = state?.readyReplicas ?? 0;
    return {
      endpointOwners: ready > 0 ? [{ kind: 'Deployment', name: question.deployment, pods: ready }] : [],
      digests: Array.from({ length: ready }, () => state?.image.digest ?? null),
      exclusiveClaims: [],
      autoscalers: (await this.scaling.autoscalers(place, question.scaled)).found,
    };
  }

  /** What surveyRoom() says. */
  room: RoomSurvey = {
    quotas: { kind: 'known', value: [] },
    selector: { app: 'payment-gateway' },
    running: null,
  };

  async surveyRoom(): Promise<RoomSurvey> {
    this.#check();
    return this.room;
  }

  async autoscalers(...args: Parameters<FakeAutoscalers['autoscalers']>) {
    this.#check();
    return this.scaling.autoscalers(...args);
  }

  async readAutoscaler(...args: Parameters<FakeAutoscalers['readAutoscaler']>) {
    this.#check();
    return this.scaling.readAutoscaler(...args);
  }

  async raiseFloor(...args: Parameters<FakeAutoscalers['raiseFloor']>) {
    this.#check();
    return this.scaling.raiseFloor(...args);
  }

  async createTwin(...args: Parameters<FakeAutoscalers['createTwin']>) {
    this.#check();
    return this.scaling.createTwin(...args);
  }

  async deleteTwin(...args: Parameters<FakeAutoscalers['deleteTwin']>) {
    this.#check();
    return this.scaling.deleteTwin(...args);
  }

  async settleAutoscaler(...args: Parameters<FakeAutoscalers['settleAutoscaler']>) {
    this.#check();
    return this.scaling.settleAutoscaler(...args);
  }

  async moveAutoscaler(...args: Parameters<FakeAutoscalers['moveAutoscaler']>) {
    this.#check();
    return this.scaling.moveAutoscaler(...args);
  }

  async budgets() {
    this.#check();
    return this.scaling.budgets();
  }

  async budgetColour(...args: Parameters<FakeAutoscalers['budgetColour']>) {
    this.#check();
    return this.scaling.budgetColour(...args);
  }

  async moveBudget(...args: Parameters<FakeAutoscalers['moveBudget']>) {
    this.#check();
    return this.scaling.moveBudget(...args);
  }

  async podHttp(
    _place: Place,
    _pod: string,
    request: { readonly path: string },
  ): Promise<PodAnswer & { readonly ms: number }> {
    this.#check();
    const answer = this.answers.get(request.path);
    return { ...(answer ?? { status: null, detail: 'nothing answered: connection refused' }), ms: 1 };
  }

  async startProbeJob(place: Place, spec: CandidateSpec, probe: ProbeSpec, attempt: number): Promise<void> {
    this.#check();
    if (probe.check.kind !== 'job')
      throw new DabbawalaError('bad_probe_spec', `Probe ${probe.name} is no Job.`);
    const key = `${keyOf(place, probe.name)}/${spec.rolloutId}/${attempt}`;
    if (this.#jobs.has(key)) return;
    this.log.push(`probe ${probe.name} ${attempt}`);
    this.#jobs.set(key, this.outcomes.get(probe.name) ?? { state: 'running', evidence: 'running' });
  }

  async readProbeJob(
    place: Place,
    rolloutId: string,
    probe: ProbeSpec,
    attempt: number,
  ): Promise<ProbeReading> {
    this.#check();
    const key = `${keyOf(place, probe.name)}/${rolloutId}/${attempt}`;
    return this.#jobs.get(key) ?? { state: 'absent', evidence: 'there is no such Job' };
  }

  #check(): void {
    if (this.#fault) throw this.#fault;
  }

  #must(place: Place, name: string): Mutable<DeploymentState> {
    const state = this.#deployments.get(keyOf(place, name));
    if (state === undefined) throw new DabbawalaError('object_missing', `Deployment ${name} is not there.`);
    return state;
  }

  #mustBeOurs(state: DeploymentState, uid: string): void {
    if (!state.isOurs) throw new DabbawalaError('plan_refused', `Deployment ${state.name} is not ours.`);
    if (state.uid !== uid)
      throw new DabbawalaError('state_conflict', `Deployment ${state.name} was replaced.`);
  }
}

interface LooseTemplate {
  metadata?: { labels?: Record<string, string> };
  spec?: { containers?: { name: string; image?: string }[] };
}

const withImage = (
  template: PodTemplate,
  name: string,
  { repository, digest }: { readonly repository: string; readonly digest: string },
): PodTemplate => {
  const copy = structuredClone(template) as LooseTemplate;
  for (const container of copy.spec?.containers ?? [])
    if (container.name === name) container.image = `${repository}@${digest}`;
  return copy as PodTemplate;
};

/** The template with colour and image set, everything else as it was. */
const candidateTemplate = (spec: CandidateSpec): PodTemplate => {
  const template: LooseTemplate = structuredClone(spec.template);
  const { 'pod-template-hash': _hash, ...labels } = template.metadata?.labels ?? {};
  const containers = template.spec?.containers ?? [];
  if (!containers.some((container) => container.name === spec.container))
    throw new DabbawalaError('plan_refused', `The pod template has no container "${spec.container}".`);
  return {
    ...template,
    metadata: { ...template.metadata, labels: { ...labels, 'dabbawala.dev/colour': spec.colour } },
    spec: {
      ...template.spec,
      containers: containers.map((container) =>
        container.name === spec.container
          ? { ...container, image: `${spec.revision.repository}@${spec.revision.digest}` }
          : container,
      ),
    },
  };
};
