import type { Colour } from '../core/colour.ts';
import type { WorkloadSurvey } from '../core/rollout/facts.ts';
import type { RoomSurvey } from '../core/rollout/ground.ts';
import type { ProbeSpec, Revision } from '../core/rollout/plan.ts';
import type { Autoscalers } from './autoscalers.ts';

/** Which cluster and namespace a call goes to. */
export interface Place {
  readonly cluster: string;
  readonly namespace: string;
}

/** A pod template as the cluster stores it; opaque to everyone but the adapter. */
export type PodTemplate = Readonly<Record<string, unknown>>;

export interface DeploymentState {
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
  /** spec.replicas (1 when absent). */
  readonly replicas: number;
  readonly readyReplicas: number;
  /** status.observedGeneration >= metadata.generation. */
  readonly isObserved: boolean;
  /** Carries our annotation of a rollout. */
  readonly isOurs: boolean;
  /** Rollout id in our annotation. */
  readonly rolloutId: string | null;
  readonly colour: Colour | null;
  /** Tag that the running digest was asked by, from our annotation `dabbawala.dev/version`; null: not known. */
  readonly version: string | null;
  /** Image of the named container, split; digest null while only a tag is known. */
  readonly image: {
    readonly repository: string;
    readonly tag: string | null;
    readonly digest: string | null;
  };
  readonly template: PodTemplate;
  /** Colour that its selector asks for; null: its selector matches the pods of both. */
  readonly selects: Colour | null;
  /** Argo CD, Flux or Helm marks; null: nobody else owns it. */
  readonly owner: string | null;
  /** Rollout that adopted it or brought it back, by our annotation on a plain Deployment; null: none. */
  readonly adoptedBy: string | null;
  readonly isBeingDeleted: boolean;
  /** What refuses the creation of its pods, as the controller says it: a quota, an admission policy. Left out, null: nothing. */
  readonly replicaFailure?: string | null;
}

export interface PodState {
  readonly name: string;
  readonly isReady: boolean;
  /** `ImagePullBackOff`, `CrashLoopBackOff`…; null when it runs. */
  readonly waiting: string | null;
  readonly restarts: number;
  /** `sha256:…` that the kubelet reports for the container; null when unknown. */
  readonly imageDigest: string | null;
}

export interface CandidateSpec {
  readonly service: string;
  readonly colour: Colour;
  readonly container: string;
  readonly revision: Revision;
  readonly replicas: number;
  readonly rolloutId: string;
  readonly planDigest: string;
  /** Argo CD looks after objects of this service: it is told not to prune what it does not know. */
  readonly isUnderArgo?: boolean;
  /** The template Deployment's pod template, as read: whole, with unknown fields. */
  readonly template: PodTemplate;
}

/** A plain Deployment as an adoption or its undo wants it. */
export interface OriginalSpec {
  readonly name: string;
  readonly uid: string;
  readonly container: string;
  readonly replicas: number;
  /** Image to set; null: it keeps its own. */
  readonly revision: Revision | null;
  readonly rolloutId: string;
}

export interface SurveyQuestion {
  /** Kubernetes Service. */
  readonly service: string;
  /** The plain Deployment. */
  readonly deployment: string;
  readonly container: string;
  /** Deployments whose autoscaler is looked for. */
  readonly scaled: readonly string[];
}

export interface RoomQuestion {
  /** Kubernetes Service. */
  readonly service: string;
  /** Deployments of which a running pod is looked at. */
  readonly deployments: readonly string[];
}

export interface ProbeReading {
  readonly state: 'absent' | 'running' | 'passed' | 'failed';
  /** One line: fact, source, age. Secrets redacted. */
  readonly evidence: string;
}

/**
 * Deployments, pods and probe Jobs. Every method throws DabbawalaError: `crd_missing`, `forbidden` (hint = the RBAC
 * line), `cluster_unavailable`. `signal` aborts; every call has a time-out of its own anyway.
 */
export interface Workloads extends Autoscalers {
  /** null: there is none. */
  readDeployment(
    place: Place,
    name: string,
    container: string,
    signal?: AbortSignal,
  ): Promise<DeploymentState | null>;
  /** Pods of the Deployment, by its selector. */
  pods(
    place: Place,
    deployment: DeploymentState,
    container: string,
    signal?: AbortSignal,
  ): Promise<readonly PodState[]>;
  /** Deletes our Deployment and its pods (foreground); refuses one without our annotation (`plan_refused`). Absent = done. */
  deleteColour(place: Place, name: string, uid: string, signal?: AbortSignal): Promise<void>;
  /** Creates `<service>-<colour>` from the template; `state_conflict` when the name is taken by another. Returns the stored one. `dryRun`: the server judges, nothing is stored. */
  createCandidate(
    place: Place,
    spec: CandidateSpec,
    options?: { readonly dryRun?: boolean },
    signal?: AbortSignal,
  ): Promise<DeploymentState>;
  /** One guarded patch of spec.replicas. Idempotent. */
  scale(place: Place, name: string, uid: string, replicas: number, signal?: AbortSignal): Promise<void>;
  /** One guarded patch of a plain Deployment: replicas, our annotation and, where asked, the image. Idempotent. */
  setOriginal(place: Place, spec: OriginalSpec, signal?: AbortSignal): Promise<void>;
  /** What an adoption must know of the pods. */
  survey(place: Place, question: SurveyQuestion, signal?: AbortSignal): Promise<WorkloadSurvey>;
  /** What room a second set of pods has. Without the right to see quotas they are `unknown`, with the reason. */
  surveyRoom(place: Place, question: RoomQuestion, signal?: AbortSignal): Promise<RoomSurvey>;
  /** GET through the API server's pod proxy. Never throws for what the pod answered or that it did not. */
  podHttp(
    place: Place,
    pod: string,
    request: { scheme: 'http' | 'https'; port: number; path: string; timeoutMs: number },
    signal?: AbortSignal,
  ): Promise<{ readonly status: number | null; readonly detail: string; readonly ms: number }>;
  /** Creates the probe's Job from the candidate's template (name derived from rollout, probe, attempt). Existing = done. */
  startProbeJob(
    place: Place,
    spec: CandidateSpec,
    probe: ProbeSpec,
    attempt: number,
    signal?: AbortSignal,
  ): Promise<void>;
  readProbeJob(
    place: Place,
    rolloutId: string,
    probe: ProbeSpec,
    attempt: number,
    signal?: AbortSignal,
  ): Promise<ProbeReading>;
}
