/** Kubernetes objects as tests seed them, with fields that our program has never heard of. */
import type { RouteRef } from '../../src/core/rollout/plan.ts';
import type { Place } from '../../src/ports/workloads.ts';

export const CLUSTER = 'mumbai';
export const NAMESPACE = 'payments';
export const PLACE: Place = { cluster: CLUSTER, namespace: NAMESPACE };
export const ROUTE: RouteRef = {
  kind: 'istio',
  cluster: CLUSTER,
  namespace: NAMESPACE,
  name: 'payment-gateway',
  host: 'payment-gateway',
  service: 'payment-gateway',
};

export interface RouteShape {
  /** null: the weight is left out. */
  readonly blue: number | null;
  readonly green: number | null;
  /** Weights of further destinations in the same route. */
  readonly others?: Readonly<Record<string, number>>;
  readonly owner?: 'argo' | 'flux' | 'helm';
}

const destination = (host: string, subset: string | null, weight: number | null): object => ({
  destination: { host, ...(subset !== null && { subset }), port: { number: 8080 } },
  ...(weight !== null && { weight }),
});

const OWNERS = {
  argo: {
    labels: { 'app.kubernetes.io/instance': 'payments' },
    annotations: {
      'argocd.argoproj.io/tracking-id': 'payments:networking.istio.io/VirtualService:payments/x',
    },
  },
  flux: {
    labels: {
      'kustomize.toolkit.fluxcd.io/name': 'payments',
      'kustomize.toolkit.fluxcd.io/namespace': 'flux-system',
    },
  },
  helm: {
    labels: { 'app.kubernetes.io/managed-by': 'Helm' },
    annotations: { 'meta.helm.sh/release-name': 'payments', 'meta.helm.sh/release-namespace': 'payments' },
  },
} as const;

/** A route with neighbours: another HTTP route before it, retries, headers, further destinations, unknown fields. */
export const virtualServiceOf = (
  route: RouteRef,
  shape: RouteShape,
  version = 'v1',
): Record<string, unknown> => ({
  apiVersion: `networking.istio.io/${version}`,
  kind: 'VirtualService',
  metadata: {
    name: route.name,
    namespace: route.namespace,
    ...(shape.owner && OWNERS[shape.owner]),
  },
  spec: {
    hosts: [route.host, 'pay.example'],
    gateways: ['mesh'],
    http: [
      {
        name: 'reports',
        match: [{ uri: { prefix: '/reports' } }],
        route: [destination('reports', null, null)],
      },
      {
        name: 'primary',
        retries: { attempts: 2, perTryTimeout: '2s' },
        headers: { response: { set: { 'x-served-by': 'mesh' } } },
        route: [
          ...Object.entries(shape.others ?? {}).map(([host, weight]) => destination(host, 'v1', weight)),
          destination(route.host, 'blue', shape.blue),
          destination(route.host, 'green', shape.green),
        ],
        futureField: { nobody: 'knows', list: [1, 2, { three: null }] },
      },
    ],
  },
});

export const destinationRuleOf = (
  route: RouteRef,
  subsets: readonly string[] = ['blue', 'green'],
  version = 'v1',
): Record<string, unknown> => ({
  apiVersion: `networking.istio.io/${version}`,
  kind: 'DestinationRule',
  metadata: { name: route.host, namespace: route.namespace },
  spec: {
    host: `${route.host}.${route.namespace}.svc.cluster.local`,
    subsets: subsets.map((name) => ({ name, labels: { 'dabbawala.dev/colour': name } })),
  },
});

/** Before adoption: one HTTP route to the host with one destination, beside a neighbour. */
export const plainRouteOf = (route: RouteRef): Record<string, unknown> => ({
  apiVersion: 'networking.istio.io/v1',
  kind: 'VirtualService',
  metadata: { name: route.name, namespace: route.namespace, annotations: { team: 'payments' } },
  spec: {
    hosts: [route.host],
    http: [
      {
        name: 'reports',
        match: [{ uri: { prefix: '/reports' } }],
        route: [destination('reports', null, null)],
      },
      {
        name: 'primary',
        retries: { attempts: 2 },
        route: [{ ...destination(route.host, null, null), headers: { request: { set: { via: 'mesh' } } } }],
        futureField: { nobody: 'knows' },
      },
    ],
  },
});

export const plainServiceOf = (name: string): Record<string, unknown> => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name, namespace: NAMESPACE },
  spec: { selector: { app: 'payment-gateway' }, ports: [{ port: 80, targetPort: 8080 }] },
});

export interface AutoscalerShape {
  readonly min?: number;
  readonly max?: number;
  /** ScaledObject that it was made of. */
  readonly ofScaledObject?: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** With metrics, behaviour and a field that a twin must keep. */
export const autoscalerOf = (
  name: string,
  target: string,
  { min, max = 9, ofScaledObject, annotations }: AutoscalerShape = {},
): Record<string, unknown> => ({
  apiVersion: 'autoscaling/v2',
  kind: 'HorizontalPodAutoscaler',
  metadata: {
    name,
    namespace: NAMESPACE,
    ...(annotations && { annotations }),
    ...(ofScaledObject !== undefined && {
      labels: { 'scaledobject.keda.sh/name': ofScaledObject },
      ownerReferences: [
        { apiVersion: 'keda.sh/v1alpha1', kind: 'ScaledObject', name: ofScaledObject, uid: 'u' },
      ],
    }),
  },
  spec: {
    scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: target },
    ...(min !== undefined && { minReplicas: min }),
    maxReplicas: max,
    metrics: [
      {
        type: 'Resource',
        resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 70 } },
      },
    ],
    behavior: { scaleDown: { stabilizationWindowSeconds: 300 } },
    futureField: 'kept',
  },
});

export const scaledObjectOf = (
  name: string,
  target: string,
  { min, max = 9, annotations }: AutoscalerShape = {},
): Record<string, unknown> => ({
  apiVersion: 'keda.sh/v1alpha1',
  kind: 'ScaledObject',
  metadata: { name, namespace: NAMESPACE, ...(annotations && { annotations }) },
  spec: {
    scaleTargetRef: { name: target },
    ...(min !== undefined && { minReplicaCount: min }),
    maxReplicaCount: max,
    advanced: {
      restoreToOriginalReplicaCount: true,
      horizontalPodAutoscalerConfig: { name: `${name}-hpa`, behavior: { scaleDown: { policies: [] } } },
    },
    triggers: [{ type: 'prometheus', metadata: { query: 'sum(queue_depth)', threshold: '10' } }],
  },
});

export const budgetOf = (name: string, selector: object | undefined): Record<string, unknown> => ({
  apiVersion: 'policy/v1',
  kind: 'PodDisruptionBudget',
  metadata: { name, namespace: NAMESPACE },
  spec: { minAvailable: 1, ...(selector && { selector }) },
});

/** The other Kubernetes objects that a second set of pods depends on. */
export const quotaOf = (
  name: string,
  hard: Readonly<Record<string, string>>,
  used: Readonly<Record<string, string>>,
): Record<string, unknown> => ({
  apiVersion: 'v1',
  kind: 'ResourceQuota',
  metadata: { name, namespace: NAMESPACE },
  spec: { hard },
  status: { hard, used },
});

export const peerAuthenticationOf = (
  namespace: string,
  spec: object,
  name = 'default',
): Record<string, unknown> => ({
  apiVersion: 'security.istio.io/v1',
  kind: 'PeerAuthentication',
  metadata: { name, namespace },
  spec,
});

/** A VirtualService beside the service's own, with the http, tcp or tls routes given. */
export const otherRouteOf = (namespace: string, name: string, spec: object): Record<string, unknown> => ({
  apiVersion: 'networking.istio.io/v1',
  kind: 'VirtualService',
  metadata: { name, namespace },
  spec: { hosts: [name], ...spec },
});

/** One of the namespace that sends to the host of the route, whatever colour. */
export const strangerOf = ({ host, namespace }: RouteRef, name: string): Record<string, unknown> =>
  otherRouteOf(namespace, name, {
    http: [{ route: [{ destination: { host: `${host}.${namespace}.svc.cluster.local` } }] }],
  });

export const claimOf = (name: string, accessModes: readonly string[]): Record<string, unknown> => ({
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: { name, namespace: NAMESPACE },
  spec: { accessModes },
});

export interface DeploymentShape {
  readonly name: string;
  readonly replicas?: number;
  readonly image?: string;
  readonly colour?: 'blue' | 'green';
  /** Ours when given. */
  readonly rolloutId?: string;
  readonly owner?: 'argo' | 'flux' | 'helm';
  readonly labels?: Readonly<Record<string, string>>;
  /** Volume claims that its pods mount. */
  readonly claims?: readonly string[];
}

export const IMAGE = 'registry.example/payments/payment-gateway:v2.3.0';

/** A Deployment whose pod template holds what a candidate must keep, known to us or not. */
export const deploymentOf = (shape: DeploymentShape): Record<string, unknown> => {
  const colour = shape.colour && { 'dabbawala.dev/colour': shape.colour };
  const owner = shape.owner && OWNERS[shape.owner];
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: {
      name: shape.name,
      namespace: NAMESPACE,
      labels: { app: 'payment-gateway', ...shape.labels, ...owner?.labels },
      annotations: {
        'kubectl.kubernetes.io/last-applied-configuration': '{}',
        ...(owner && 'annotations' in owner && owner.annotations),
        ...(shape.rolloutId !== undefined && {
          'dabbawala.dev/rollout': shape.rolloutId,
          'dabbawala.dev/plan-digest': 'f00d',
          'dabbawala.dev/version': 'v2.3.0',
        }),
      },
    },
    spec: {
      replicas: shape.replicas ?? 2,
      selector: { matchLabels: { app: 'payment-gateway', ...colour } },
      template: {
        metadata: {
          labels: { app: 'payment-gateway', tier: 'api', ...colour },
          annotations: { 'proxy.istio.io/config': '{"holdApplicationUntilProxyStarts":true}' },
        },
        spec: {
          serviceAccountName: 'payment-gateway',
          volumes: [
            { name: 'settings', configMap: { name: 'payment-gateway' } },
            { name: 'scratch', emptyDir: {} },
            ...(shape.claims ?? []).map((claimName) => ({
              name: claimName,
              persistentVolumeClaim: { claimName },
            })),
          ],
          containers: [
            {
              name: 'payment-gateway',
              image: shape.image ?? IMAGE,
              args: ['serve'],
              env: [
                { name: 'LEDGER_URL', value: 'http://ledger' },
                { name: 'DB_PASSWORD', valueFrom: { secretKeyRef: { name: 'db', key: 'password' } } },
              ],
              ports: [{ containerPort: 8080 }],
              readinessProbe: { httpGet: { path: '/health', port: 8080 } },
              livenessProbe: { httpGet: { path: '/health', port: 8080 } },
              volumeMounts: [{ name: 'settings', mountPath: '/etc/settings' }],
              resources: { requests: { cpu: '100m', memory: '128Mi' } },
              // Known to the server and to nobody here: a real one drops what no schema names.
              terminationMessagePolicy: 'FallbackToLogsOnError',
              resizePolicy: [{ resourceName: 'cpu', restartPolicy: 'NotRequired' }],
            },
            { name: 'log-shipper', image: 'registry.example/log-shipper:v1' },
          ],
          shareProcessNamespace: true,
        },
      },
    },
  };
};
