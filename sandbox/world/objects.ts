/** The cluster as adoption leaves it: template Deployment at 0, `<service>-blue` live, subsets, route. One service is still plain. */
import { WORLD, type WorldService } from '../contract.ts';

type Service = WorldService;

const GROUP = { mesh: 'networking.istio.io/v1', apps: 'apps/v1' } as const;
const { namespace } = WORLD;
/** The one service with an autoscaler and a budget, as its team wrote them: named after it, over the live colour. */
const SCALED = 'payment-gateway';

export interface ImageNames {
  /** `127.0.0.1:5000/tiffin/ledger`. */
  repository(service: string): string;
  digestOf(service: string, tag: string): string;
}

export const worldObjects = (images: ImageNames, services: readonly WorldService[]): readonly object[] =>
  services.flatMap((service): readonly object[] =>
    service.isPlain
      ? [plain(service, images), kubeService(service), plainRoute(service)]
      : [
          template(service, images),
          live(service, images),
          kubeService(service),
          destinationRule(service),
          virtualService(service),
          ...(service.name === SCALED ? [autoscaler(service), budget(service)] : []),
        ],
  );

/** A Deployment as people write it: image by tag, no mark of ours. */
const plain = (service: Service, images: ImageNames) => ({
  apiVersion: GROUP.apps,
  kind: 'Deployment',
  metadata: { name: service.name, namespace, labels: { app: service.name } },
  spec: {
    replicas: service.replicas,
    selector: { matchLabels: { app: service.name } },
    template: podTemplate(service, `${images.repository(service.name)}:${service.live}`, {}),
  },
});

const plainRoute = (service: Service) => ({
  apiVersion: GROUP.mesh,
  kind: 'VirtualService',
  metadata: { name: service.name, namespace },
  spec: {
    hosts: [service.name],
    http: [
      {
        name: 'primary',
        retries: { attempts: 1, retryOn: 'connect-failure' },
        route: [{ destination: { host: service.name } }],
      },
    ],
  },
});

const podTemplate = (
  service: Service,
  image: string,
  labels: Readonly<Record<string, string>>,
  annotations: Readonly<Record<string, string>> = {},
) => ({
  metadata: {
    labels: { app: service.name, ...labels },
    annotations: { 'prometheus.io/scrape': 'true', ...annotations },
  },
  spec: {
    serviceAccountName: 'default',
    containers: [
      {
        name: service.name,
        image,
        ports: [{ name: 'http', containerPort: service.port }],
        env: [
          { name: 'REGION', value: 'ap-south-1' },
          { name: 'LOG_LEVEL', value: 'info' },
        ],
        resources: { requests: { cpu: '500m', memory: '512Mi' }, limits: { cpu: '2', memory: '1Gi' } },
        readinessProbe: { httpGet: { path: '/ready', port: service.port }, periodSeconds: 1 },
      },
    ],
  },
});

const template = (service: Service, images: ImageNames) => ({
  apiVersion: GROUP.apps,
  kind: 'Deployment',
  metadata: {
    name: service.name,
    namespace,
    labels: { app: service.name },
    annotations: { 'dabbawala.dev/template': 'true' },
  },
  spec: {
    replicas: 0,
    selector: { matchLabels: { app: service.name } },
    template: podTemplate(service, `${images.repository(service.name)}:${service.live}`, {}),
  },
});

const live = (service: Service, images: ImageNames) => ({
  apiVersion: GROUP.apps,
  kind: 'Deployment',
  metadata: {
    name: `${service.name}-blue`,
    namespace,
    labels: {
      app: service.name,
      'dabbawala.dev/colour': 'blue',
      'app.kubernetes.io/managed-by': 'dabbawala',
    },
    annotations: {
      'dabbawala.dev/rollout': liveRolloutId(service.name),
      'dabbawala.dev/version': service.live,
    },
  },
  spec: {
    replicas: service.replicas,
    selector: { matchLabels: { app: service.name, 'dabbawala.dev/colour': 'blue' } },
    template: podTemplate(
      service,
      `${images.repository(service.name)}@${images.digestOf(service.name, service.live)}`,
      { 'dabbawala.dev/colour': 'blue' },
    ),
  },
});

const kubeService = (service: Service) => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: service.name, namespace },
  spec: { selector: { app: service.name }, ports: [{ name: 'http', port: 80, targetPort: service.port }] },
});

const destinationRule = (service: Service) => ({
  apiVersion: GROUP.mesh,
  kind: 'DestinationRule',
  metadata: { name: service.name, namespace },
  spec: {
    host: service.name,
    subsets: ['blue', 'green'].map((colour) => ({
      name: colour,
      labels: { 'dabbawala.dev/colour': colour },
    })),
  },
});

const virtualService = (service: Service) => ({
  apiVersion: GROUP.mesh,
  kind: 'VirtualService',
  metadata: { name: service.name, namespace },
  spec: {
    hosts: [service.name],
    http: [
      {
        name: 'primary',
        retries: { attempts: 1, retryOn: 'connect-failure' },
        route: [
          { destination: { host: service.name, subset: 'blue' }, weight: 100 },
          { destination: { host: service.name, subset: 'green' }, weight: 0 },
        ],
      },
    ],
  },
});

const autoscaler = (service: Service) => ({
  apiVersion: 'autoscaling/v2',
  kind: 'HorizontalPodAutoscaler',
  metadata: { name: service.name, namespace, labels: { app: service.name } },
  spec: {
    scaleTargetRef: { apiVersion: GROUP.apps, kind: 'Deployment', name: `${service.name}-blue` },
    minReplicas: 2,
    maxReplicas: 8,
    metrics: [
      {
        type: 'Resource',
        resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 70 } },
      },
    ],
  },
});

const budget = (service: Service) => ({
  apiVersion: 'policy/v1',
  kind: 'PodDisruptionBudget',
  metadata: { name: service.name, namespace },
  spec: { minAvailable: 2, selector: { matchLabels: { app: service.name } } },
});

/** 12 characters of [a-z0-9], the same at every start. */
export const liveRolloutId = (service: string): string =>
  `r-${service
    .replaceAll(/[^a-z0-9]/g, '')
    .padEnd(10, '0')
    .slice(0, 10)}02`;
