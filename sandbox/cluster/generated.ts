import { createHash } from 'node:crypto';
import { KINDS, type Kind } from './kinds.ts';
import type { KubeObject, PodTemplate } from './objects.ts';

/** What the server makes up for a new object, after it has noted who owns which field: nobody owns these. */

/** Keeps a claim while a pod mounts it. */
export const CLAIM_FINALIZER = 'kubernetes.io/pvc-protection';

type Loose = Record<string, unknown>;

export function generate(kind: Kind, object: KubeObject): void {
  const spec = object.spec as Loose | undefined;
  if (kind === KINDS.namespaces) object.spec = { ...spec, finalizers: ['kubernetes'] };
  if (kind === KINDS.events) Object.assign(object, { ...EVENT, ...object });
  if (kind === KINDS.pods && spec) object.spec = { ...POD, ...spec };
  if (kind === KINDS.jobs && spec) generateJob(object, spec);
  if (kind === KINDS.services && spec) generateAddress(spec);
  if (kind === KINDS.persistentvolumeclaims) {
    object.metadata.finalizers = [...new Set([...(object.metadata.finalizers ?? []), CLAIM_FINALIZER])];
  }
  if (kind.hasStatus && !kind.isCustom) {
    const first = FIRST_STATUS[kind.plural];
    object.status = structuredClone(first ?? {});
  }
}

/** A status as the server stores it before any controller has seen the object. */
const FIRST_STATUS: Readonly<Record<string, object>> = {
  namespaces: { phase: 'Active' },
  pods: { phase: 'Pending' },
  services: { loadBalancer: {} },
  persistentvolumeclaims: { phase: 'Pending' },
  replicasets: { replicas: 0 },
  horizontalpodautoscalers: { currentMetrics: null, desiredReplicas: 0 },
  poddisruptionbudgets: { currentHealthy: 0, desiredHealthy: 0, disruptionsAllowed: 0, expectedPods: 0 },
};

const EVENT = { eventTime: null, reportingComponent: '', reportingInstance: '' };

const awayFor = (what: string): object => ({
  key: `node.kubernetes.io/${what}`,
  operator: 'Exists',
  effect: 'NoExecute',
  tolerationSeconds: 300,
});

/** What admission gives every pod that says nothing of it. */
const POD = {
  enableServiceLinks: true,
  preemptionPolicy: 'PreemptLowerPriority',
  priority: 0,
  serviceAccount: 'default',
  serviceAccountName: 'default',
  tolerations: [awayFor('not-ready'), awayFor('unreachable')],
};

function generateJob(object: KubeObject, spec: Loose): void {
  const template = spec.template as PodTemplate | undefined;
  const { uid, name } = object.metadata;
  if (!template?.spec || uid === undefined) return;
  const labels = {
    'batch.kubernetes.io/controller-uid': uid,
    'batch.kubernetes.io/job-name': name,
    'controller-uid': uid,
    'job-name': name,
  };
  template.metadata = { ...template.metadata, labels: { ...template.metadata?.labels, ...labels } };
  const { matchLabels } = (spec.selector ?? {}) as { matchLabels?: Record<string, string> };
  spec.selector = { matchLabels: { ...matchLabels, 'batch.kubernetes.io/controller-uid': uid } };
}

/** A Service gets an address of its own; made of the moment, it need not be routable. */
function generateAddress(spec: Loose): void {
  if (spec.type === 'ExternalName') return;
  const [a = 0, b = 0] = createHash('sha256').update(JSON.stringify(spec)).digest();
  spec.clusterIP ??= `10.96.${a}.${b}`;
  spec.clusterIPs ??= [spec.clusterIP];
  spec.ipFamilies ??= ['IPv4'];
  spec.ipFamilyPolicy ??= 'SingleStack';
}
