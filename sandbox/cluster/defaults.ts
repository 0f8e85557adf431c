import { createHash } from 'node:crypto';
import { KINDS, type Kind } from './kinds.ts';
import type { Container, KubeObject, PodTemplate } from './objects.ts';

/**
 * What the server fills in on every write. A client that compares what it sent with what is stored must cope with these,
 * and an HTTPRoute's absent weight is read as 1 because of them.
 */

type Loose = Record<string, unknown>;

export function applyDefaults(kind: Kind, object: KubeObject): void {
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
      defaultJob(object, spec);
      return;
    case KINDS.pods:
      defaultPodSpec(spec as PodTemplate['spec'], 'Always');
      return;
    case KINDS.services:
      defaultService(spec);
      return;
    case KINDS.horizontalpodautoscalers:
      fill(spec, { minReplicas: 1 });
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
  for (const container of spec.containers ?? []) defaultContainer(container);
}

function defaultContainer(container: Container): void {
  const isLatest = !/[:@][^/]*$/.test(container.image ?? '') || container.image.endsWith(':latest');
  fill(container, {
    resources: {},
    terminationMessagePath: '/dev/termination-log',
    terminationMessagePolicy: 'File',
    imagePullPolicy: isLatest ? 'Always' : 'IfNotPresent',
  });
  for (const port of container.ports ?? []) port.protocol ??= 'TCP';
  for (const probe of ['readinessProbe', 'livenessProbe', 'startupProbe']) {
    const settings = container[probe] as Loose | undefined;
    if (!settings) continue;
    fill(settings, { timeoutSeconds: 1, periodSeconds: 10, successThreshold: 1, failureThreshold: 3 });
    if (settings.httpGet) fill(settings.httpGet as Loose, { path: '/', scheme: 'HTTP' });
  }
}

function defaultJob(object: KubeObject, spec: Loose): void {
  fill(spec, {
    backoffLimit: 6,
    completions: 1,
    parallelism: 1,
    completionMode: 'NonIndexed',
    suspend: false,
  });
  const template = spec.template as PodTemplate | undefined;
  if (!template?.spec) return;
  defaultTemplate(template);
  const { uid, name } = object.metadata;
  if (spec.selector || uid === undefined) return;
  spec.selector = { matchLabels: { 'batch.kubernetes.io/controller-uid': uid } };
  template.metadata = {
    ...template.metadata,
    labels: {
      ...template.metadata?.labels,
      'batch.kubernetes.io/controller-uid': uid,
      'batch.kubernetes.io/job-name': name,
      'controller-uid': uid,
      'job-name': name,
    },
  };
}

/** A Service gets an address of its own; made of the moment, it need not be routable. */
function defaultService(spec: Loose): void {
  fill(spec, { type: 'ClusterIP', sessionAffinity: 'None', internalTrafficPolicy: 'Cluster' });
  for (const port of (spec.ports as Loose[] | undefined) ?? []) {
    fill(port, { protocol: 'TCP', targetPort: port.port });
  }
  if (spec.clusterIP !== undefined || spec.type === 'ExternalName') return;
  const [a = 0, b = 0] = createHash('sha256').update(JSON.stringify(spec)).digest();
  spec.clusterIP = `10.96.${a}.${b}`;
  spec.clusterIPs = [spec.clusterIP];
}

function defaultHttpRoute(spec: Loose): void {
  const list = (value: unknown): Loose[] => (Array.isArray(value) ? (value as Loose[]) : []);
  for (const parent of list(spec.parentRefs)) {
    fill(parent, { group: 'gateway.networking.k8s.io', kind: 'Gateway' });
  }
  for (const rule of list(spec.rules)) {
    fill(rule, { matches: [{ path: { type: 'PathPrefix', value: '/' } }] });
    for (const backend of list(rule.backendRefs)) fill(backend, { group: '', kind: 'Service', weight: 1 });
  }
}
