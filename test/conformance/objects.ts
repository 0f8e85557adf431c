/** Objects that the sequences send. Each is whole under the published schemas, unless a sequence is about what is not. */
import { at, type Body } from './sequence.ts';

export const ISTIO = 'networking.istio.io/v1';
export const PAST = '2026-01-01T10:00:00Z';
export const IMAGE = `registry.example/payment-gateway@sha256:${'ab'.repeat(32)}`;

export const secret = (name: string, labels: Body = {}, more: Body = {}): Body => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name, labels, ...more },
});

export const secrets = (namespace: string, name?: string): string => at('v1', namespace, 'secrets', name);

const destination = (subset: string, weight?: number): Body => ({
  destination: { host: 'payment-gateway', subset },
  ...(weight !== undefined && { weight }),
});

export const route = (name: string, weights: readonly (number | undefined)[] = [100, 0]): Body => ({
  apiVersion: ISTIO,
  kind: 'VirtualService',
  metadata: { name, annotations: { team: 'payments' } },
  spec: {
    hosts: ['payment-gateway'],
    http: [
      {
        name: 'primary',
        retries: { attempts: 2, perTryTimeout: '2s' },
        route: [destination('blue', weights[0]), destination('green', weights[1])],
      },
    ],
  },
});

export const routes = (namespace: string | null, name?: string, part?: string): string =>
  at(ISTIO, namespace, 'virtualservices', name, part);

export const rule = (name: string, subsets: readonly string[] = ['blue', 'green']): Body => ({
  apiVersion: ISTIO,
  kind: 'DestinationRule',
  metadata: { name },
  spec: {
    host: 'payment-gateway',
    subsets: subsets.map((subset) => ({ name: subset, labels: { 'dabbawala.dev/colour': subset } })),
  },
});

export const rules = (namespace: string, name?: string): string =>
  at(ISTIO, namespace, 'destinationrules', name);

export const podTemplate = (labels: Body, more: Body = {}): Body => ({
  metadata: { labels },
  spec: {
    containers: [
      {
        name: 'app',
        image: IMAGE,
        ports: [{ name: 'http', containerPort: 8080 }],
        env: [{ name: 'COLOUR', value: 'blue' }],
        readinessProbe: { httpGet: { path: '/health', port: 'http' } },
      },
    ],
    ...more,
  },
});

export const deployment = (name: string, replicas = 0, more: Body = {}): Body => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: {
    name,
    labels: { app: 'payment-gateway', 'dabbawala.dev/colour': 'blue' },
    annotations: { 'dabbawala.dev/rollout': 'r1' },
  },
  spec: {
    replicas,
    selector: { matchLabels: { app: name } },
    template: podTemplate({ app: name }),
    ...more,
  },
});

export const deployments = (namespace: string | null, name?: string, part?: string): string =>
  at('apps/v1', namespace, 'deployments', name, part);

/** Observed, with a word on its progress: after that its controller writes no more. */
export const isSettled = (body: Body): boolean => {
  const { metadata, spec, status } = body;
  const wanted = spec?.replicas ?? 1;
  return (
    status?.observedGeneration === metadata?.generation &&
    (status.conditions ?? []).some(
      (one: Body) =>
        one.type === 'Progressing' && (one.reason === 'NewReplicaSetAvailable' || spec.paused === true),
    ) &&
    (status.availableReplicas ?? 0) === wanted &&
    (status.replicas ?? 0) === wanted &&
    (status.terminatingReplicas ?? 0) === 0
  );
};

export const autoscaler = (name: string, target: string, more: Body = {}): Body => ({
  apiVersion: 'autoscaling/v2',
  kind: 'HorizontalPodAutoscaler',
  metadata: { name },
  spec: {
    scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: target },
    maxReplicas: 9,
    metrics: [
      {
        type: 'Resource',
        resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 70 } },
      },
    ],
    ...more,
  },
});

export const autoscalers = (namespace: string, name?: string): string =>
  at('autoscaling/v2', namespace, 'horizontalpodautoscalers', name);

export const scaledObject = (name: string, target: string, more: Body = {}): Body => ({
  apiVersion: 'keda.sh/v1alpha1',
  kind: 'ScaledObject',
  metadata: { name },
  spec: {
    scaleTargetRef: { name: target },
    minReplicaCount: 2,
    maxReplicaCount: 9,
    triggers: [{ type: 'prometheus', metadata: { query: 'sum(queue_depth)', threshold: '10' } }],
    ...more,
  },
});

export const scaledObjects = (namespace: string, name?: string): string =>
  at('keda.sh/v1alpha1', namespace, 'scaledobjects', name);

export const budget = (name: string, labels: Body, more: Body = { minAvailable: 1 }): Body => ({
  apiVersion: 'policy/v1',
  kind: 'PodDisruptionBudget',
  metadata: { name },
  spec: { selector: { matchLabels: labels }, ...more },
});

export const budgets = (namespace: string, name?: string): string =>
  at('policy/v1', namespace, 'poddisruptionbudgets', name);

export const quota = (name: string, hard: Body): Body => ({
  apiVersion: 'v1',
  kind: 'ResourceQuota',
  metadata: { name },
  spec: { hard },
});

/** As the bot writes it: whatever carries the label is alone. */
export const networkPolicy = (name: string, more: Body = {}): Body => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: { name },
  spec: {
    podSelector: { matchLabels: { 'dabbawala.dev/quarantine': 'true' } },
    policyTypes: ['Ingress', 'Egress'],
    ...more,
  },
});

export const networkPolicies = (namespace: string, name?: string): string =>
  at('networking.k8s.io/v1', namespace, 'networkpolicies', name);

export const quotas = (namespace: string, name?: string): string =>
  at('v1', namespace, 'resourcequotas', name);

export const service = (name: string, more: Body = {}): Body => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name },
  spec: { selector: { app: name }, ports: [{ name: 'http', port: 80, targetPort: 8080 }], ...more },
});

export const services = (namespace: string, name?: string): string => at('v1', namespace, 'services', name);

export const job = (name: string, command: readonly string[], more: Body = {}): Body => ({
  apiVersion: 'batch/v1',
  kind: 'Job',
  metadata: { name, labels: { 'dabbawala.dev/rollout': 'r1' } },
  spec: {
    backoffLimit: 0,
    activeDeadlineSeconds: 60,
    ttlSecondsAfterFinished: 3600,
    template: {
      spec: { restartPolicy: 'Never', containers: [{ name: 'probe', image: IMAGE, command }] },
    },
    ...more,
  },
});

export const jobs = (namespace: string, name?: string): string => at('batch/v1', namespace, 'jobs', name);

export const pods = (namespace: string | null, name?: string, part?: string): string =>
  at('v1', namespace, 'pods', name, part);

export const claim = (name: string): Body => ({
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: { name },
  spec: { accessModes: ['ReadWriteOnce'], storageClassName: '', resources: { requests: { storage: '1Gi' } } },
});

export const claims = (namespace: string, name?: string): string =>
  at('v1', namespace, 'persistentvolumeclaims', name);

export const event = (name: string, about: Body, more: Body = {}): Body => ({
  apiVersion: 'v1',
  kind: 'Event',
  metadata: { name },
  involvedObject: about,
  reason: 'RolledBack',
  message: 'payment-gateway is at v2.3.0 again',
  type: 'Warning',
  count: 1,
  firstTimestamp: PAST,
  lastTimestamp: PAST,
  source: { component: 'dabbawala' },
  ...more,
});

export const events = (namespace: string, name?: string): string => at('v1', namespace, 'events', name);

export const mtls = (name: string, mode: string): Body => ({
  apiVersion: 'security.istio.io/v1',
  kind: 'PeerAuthentication',
  metadata: { name },
  spec: { mtls: { mode } },
});

export const mtlsPolicies = (namespace: string, name?: string): string =>
  at('security.istio.io/v1', namespace, 'peerauthentications', name);
