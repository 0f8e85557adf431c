import { KINDS, type Kind } from './kinds.ts';
import type { Container, KubeObject, PodTemplate } from './objects.ts';

/**
 * What the server fills in on every write. A client that compares what it sent with what is stored must cope with these,
 * and an HTTPRoute's absent weight is read as 1 because of them.
 */

type Loose = Record<string, unknown>;

export function applyDefaults(kind: Kind, object: KubeObject): void {
  if (kind === KINDS.secrets) object.type ??= 'Opaque';
  if (kind === KINDS.namespaces) {
    object.metadata.labels = {
      ...object.metadata.labels,
      'kubernetes.io/metadata.name': object.metadata.name,
    };
  }
  const spec = object.spec as Loose | undefined;
  if (!spec) return;
  switch (kind) {
    case KINDS.deployments:
      fill(spec, {
        replicas: 1,
        revisionHistoryLimit: 10,
        progressDeadlineSeconds: 600,
        strategy: { type: 'RollingUpdate' },
      });
      fillStrategy(spec.strategy as Loose);
      defaultTemplate(spec.template as PodTemplate | undefined);
      return;
    case KINDS.replicasets:
      fill(spec, { replicas: 1 });
      defaultTemplate(spec.template as PodTemplate | undefined);
      return;
    case KINDS.jobs:
      defaultJob(spec);
      return;
    case KINDS.pods:
      defaultPodSpec(spec as PodTemplate['spec'], 'Always');
      return;
    case KINDS.services:
      defaultService(spec);
      return;
    case KINDS.horizontalpodautoscalers:
      defaultAutoscaler(spec);
      return;
    case KINDS.persistentvolumeclaims:
      fill(spec, { volumeMode: 'Filesystem' });
      return;
    case KINDS.httproutes:
      defaultHttpRoute(spec);
      return;
    default:
  }
}

function fill(target: Loose, values: Loose): void {
  for (const [key, value] of Object.entries(values)) target[key] ??= structuredClone(value);
}

function fillStrategy(strategy: Loose): void {
  fill(strategy, { type: 'RollingUpdate' });
  if (strategy.type !== 'RollingUpdate') return;
  fill(strategy, { rollingUpdate: {} });
  fill(strategy.rollingUpdate as Loose, { maxUnavailable: '25%', maxSurge: '25%' });
}

function defaultTemplate(template: PodTemplate | undefined): void {
  if (!template?.spec) return;
  template.metadata ??= {};
  defaultPodSpec(template.spec, 'Always');
}

function defaultPodSpec(spec: PodTemplate['spec'], restartPolicy: string): void {
  fill(spec, {
    restartPolicy,
    terminationGracePeriodSeconds: 30,
    dnsPolicy: 'ClusterFirst',
    securityContext: {},
    schedulerName: 'default-scheduler',
  });
  const { serviceAccountName, initContainers } = spec as Loose;
  // The old word for it is kept in step.
  if (serviceAccountName) spec.serviceAccount = serviceAccountName;
  for (const container of spec.containers ?? []) defaultContainer(container);
  for (const container of listOf(initContainers)) defaultContainer(container as unknown as Container);
  for (const volume of listOf(spec.volumes)) {
    for (const source of ['configMap', 'secret', 'projected', 'downwardAPI']) {
      if (volume[source]) fill(volume[source] as Loose, { defaultMode: 420 });
    }
  }
}

const listOf = (value: unknown): Loose[] => (Array.isArray(value) ? (value as Loose[]) : []);

const defaultHttpGet = (handler: unknown): void => {
  const { httpGet } = (handler ?? {}) as { httpGet?: Loose };
  if (httpGet) fill(httpGet, { path: '/', scheme: 'HTTP' });
};

function defaultContainer(container: Container): void {
  const isLatest = !/[:@][^/]*$/.test(container.image ?? '') || container.image.endsWith(':latest');
  fill(container, {
    resources: {},
    terminationMessagePath: '/dev/termination-log',
    terminationMessagePolicy: 'File',
    imagePullPolicy: isLatest ? 'Always' : 'IfNotPresent',
  });
  for (const port of container.ports ?? []) port.protocol ??= 'TCP';
  for (const { valueFrom } of container.env ?? []) {
    const { fieldRef } = (valueFrom ?? {}) as { fieldRef?: Loose };
    if (fieldRef) fill(fieldRef, { apiVersion: 'v1' });
  }
  for (const probe of ['readinessProbe', 'livenessProbe', 'startupProbe']) {
    const settings = container[probe] as Loose | undefined;
    if (!settings) continue;
    fill(settings, { timeoutSeconds: 1, periodSeconds: 10, successThreshold: 1, failureThreshold: 3 });
    defaultHttpGet(settings);
  }
  const { preStop, postStart } = (container.lifecycle ?? {}) as Loose;
  defaultHttpGet(preStop);
  defaultHttpGet(postStart);
}

function defaultJob(spec: Loose): void {
  fill(spec, {
    backoffLimit: 6,
    completions: 1,
    parallelism: 1,
    completionMode: 'NonIndexed',
    suspend: false,
    manualSelector: false,
    podReplacementPolicy: spec.podFailurePolicy ? 'Failed' : 'TerminatingOrFailed',
  });
  defaultTemplate(spec.template as PodTemplate | undefined);
}

function defaultService(spec: Loose): void {
  fill(spec, { type: 'ClusterIP', sessionAffinity: 'None', internalTrafficPolicy: 'Cluster' });
  for (const port of listOf(spec.ports)) fill(port, { protocol: 'TCP', targetPort: port.port });
}

const PERCENT = { type: 'Percent', value: 100, periodSeconds: 15 };

function defaultAutoscaler(spec: Loose): void {
  fill(spec, {
    minReplicas: 1,
    metrics: [
      {
        type: 'Resource',
        resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } },
      },
    ],
  });
  const behavior = spec.behavior as Loose | undefined;
  if (!behavior) return;
  fill(behavior, { scaleUp: {}, scaleDown: {} });
  fill(behavior.scaleUp as Loose, {
    stabilizationWindowSeconds: 0,
    selectPolicy: 'Max',
    policies: [{ type: 'Pods', value: 4, periodSeconds: 15 }, PERCENT],
  });
  fill(behavior.scaleDown as Loose, { selectPolicy: 'Max', policies: [PERCENT] });
}

function defaultHttpRoute(spec: Loose): void {
  for (const parent of listOf(spec.parentRefs)) {
    fill(parent, { group: 'gateway.networking.k8s.io', kind: 'Gateway' });
  }
  for (const rule of listOf(spec.rules)) {
    fill(rule, { matches: [{ path: { type: 'PathPrefix', value: '/' } }] });
    for (const backend of listOf(rule.backendRefs)) fill(backend, { group: '', kind: 'Service', weight: 1 });
  }
}
