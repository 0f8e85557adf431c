/** Shapes of the objects that the simulator itself looks into. What it does not look into stays `unknown`. */

export interface OwnerReference {
  apiVersion: string;
  kind: string;
  name: string;
  uid: string;
  controller?: boolean;
  blockOwnerDeletion?: boolean;
}

export interface ManagedFieldsEntry {
  manager?: string;
  operation?: string;
  apiVersion?: string;
  time?: string;
  fieldsType?: string;
  fieldsV1?: Record<string, unknown>;
  subresource?: string;
}

export interface Metadata {
  name: string;
  generateName?: string;
  namespace?: string;
  uid?: string;
  resourceVersion?: string;
  generation?: number;
  creationTimestamp?: string;
  deletionTimestamp?: string;
  deletionGracePeriodSeconds?: number;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  finalizers?: string[];
  ownerReferences?: OwnerReference[];
  managedFields?: ManagedFieldsEntry[];
}

export interface KubeObject {
  apiVersion: string;
  kind: string;
  metadata: Metadata;
  [field: string]: unknown;
}

export interface LabelSelector {
  matchLabels?: Record<string, string>;
  matchExpressions?: { key: string; operator: string; values?: string[] }[];
}

export interface Condition {
  type: string;
  status: string;
  reason?: string;
  message?: string;
  lastTransitionTime?: string;
  lastUpdateTime?: string;
  lastProbeTime?: string;
  observedGeneration?: number | undefined;
}

export interface ContainerPort {
  name?: string;
  containerPort: number;
  protocol?: string;
}

export interface Container {
  name: string;
  image: string;
  command?: string[];
  args?: string[];
  env?: { name: string; value?: string; valueFrom?: unknown }[];
  ports?: ContainerPort[];
  readinessProbe?: { httpGet?: { path?: string; port: number | string } };
  [field: string]: unknown;
}

export interface PodTemplate {
  metadata?: { labels?: Record<string, string>; annotations?: Record<string, string> };
  spec: { containers: Container[]; restartPolicy?: string; [field: string]: unknown };
}

export interface ContainerStatus {
  name: string;
  image: string;
  imageID: string;
  ready: boolean;
  started: boolean;
  restartCount: number;
  state: Record<string, unknown>;
  lastState: Record<string, unknown>;
}

export interface Pod extends KubeObject {
  spec: PodTemplate['spec'] & { nodeName?: string };
  status?: {
    phase?: string;
    podIP?: string;
    conditions?: Condition[];
    containerStatuses?: ContainerStatus[];
    [field: string]: unknown;
  };
}

export interface ReplicaSet extends KubeObject {
  spec: { replicas?: number; selector: LabelSelector; template: PodTemplate };
  status?: { replicas?: number; readyReplicas?: number; availableReplicas?: number };
}

export interface Deployment extends KubeObject {
  spec: {
    replicas?: number;
    selector: LabelSelector;
    template: PodTemplate;
    strategy?: {
      type?: string;
      rollingUpdate?: { maxSurge?: number | string; maxUnavailable?: number | string };
    };
  };
  status?: { conditions?: Condition[]; [field: string]: unknown };
}

export interface Job extends KubeObject {
  spec: {
    template: PodTemplate;
    backoffLimit?: number;
    activeDeadlineSeconds?: number;
    ttlSecondsAfterFinished?: number;
  };
  status?: {
    active?: number;
    succeeded?: number;
    failed?: number;
    startTime?: string;
    completionTime?: string;
    conditions?: Condition[];
  };
}

export interface Service extends KubeObject {
  spec: {
    selector?: Record<string, string>;
    ports?: { name?: string; port: number; targetPort?: number | string; protocol?: string }[];
  };
}

/** A copy as JSON would carry it: no undefined fields, nothing shared. */
export function cloneJson<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}

/** Kubernetes writes times to the second. */
export function formatTime(date: Date): string {
  return `${date.toISOString().slice(0, 19)}Z`;
}

export function findController(object: KubeObject): OwnerReference | undefined {
  return object.metadata.ownerReferences?.find((owner) => owner.controller === true);
}

export function ownedBy(owner: KubeObject): OwnerReference {
  return {
    apiVersion: owner.apiVersion,
    kind: owner.kind,
    name: owner.metadata.name,
    uid: owner.metadata.uid ?? '',
    controller: true,
    blockOwnerDeletion: true,
  };
}

const SUFFIX_LETTERS = 'bcdfghjklmnpqrstvwxz2456789';

/** Adds five letters; a base that would make the name longer than a label may be is cut, as the real one cuts it. */
export function generateName(base: string): string {
  const letters = Array.from({ length: 5 }, () =>
    SUFFIX_LETTERS.charAt(Math.floor(Math.random() * SUFFIX_LETTERS.length)),
  );
  return base.slice(0, 58) + letters.join('');
}

/** Letters of a suffix from bytes, for names that must be the same for the same content. */
export function suffixFrom(bytes: Uint8Array, length: number): string {
  return [...bytes.subarray(0, length)]
    .map((byte) => SUFFIX_LETTERS.charAt(byte % SUFFIX_LETTERS.length))
    .join('');
}

/** Sets or replaces a condition; the transition time moves only when the status does. */
export function withCondition(
  conditions: readonly Condition[] | undefined,
  condition: Condition,
  now: Date,
  options: { readonly hasUpdateTime?: boolean; readonly hasProbeTime?: boolean } = {},
): Condition[] {
  const others = (conditions ?? []).filter((existing) => existing.type !== condition.type);
  const before = conditions?.find((existing) => existing.type === condition.type);
  const isSame = before?.status === condition.status;
  const isUnchanged =
    isSame &&
    before?.reason === condition.reason &&
    before?.message === condition.message &&
    before?.observedGeneration === condition.observedGeneration;
  if (before && isUnchanged) return [...(conditions ?? [])];
  const time = formatTime(now);
  const next: Condition = {
    ...condition,
    lastTransitionTime: isSame && before?.lastTransitionTime ? before.lastTransitionTime : time,
    ...(options.hasUpdateTime ? { lastUpdateTime: time } : {}),
    ...(options.hasProbeTime ? { lastProbeTime: time } : {}),
  };
  // A Deployment's goes behind the others when it changes, everybody else's stays where it is.
  if (before && !options.hasUpdateTime) {
    return (conditions ?? []).map((entry) => (entry === before ? next : entry));
  }
  return [...others, next];
}
