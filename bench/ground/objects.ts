/** Cluster objects of a service, as adoption leaves them, or with a candidate that has traffic. */
import {
  CONTAINER,
  candidateUid,
  type GroundReady,
  type GroundRequest,
  NAMESPACE,
  PERCENT,
  PORT,
  REPOSITORY,
  rolloutId,
  TAGS,
} from './settings.ts';

const MESH = 'networking.istio.io/v1';
const COLOUR = 'dabbawala.dev/colour';

type Images = Pick<GroundReady, 'registryHost' | 'digests'>;

export const groundObjects = ({ running, idle, bare }: GroundRequest, images: Images): readonly object[] => [
  ...[...running, ...bare].flatMap((service) => [
    ...atRest(service, images, PERCENT),
    colour(service, 'green', images, TAGS.next),
  ]),
  ...idle.flatMap((service) => atRest(service, images, 0)),
];

const atRest = (service: string, images: Images, percent: number): readonly object[] => [
  template(service, images),
  colour(service, 'blue', images, TAGS.live),
  {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: service, namespace: NAMESPACE },
    spec: { selector: { app: service }, ports: [{ name: 'http', port: 80, targetPort: PORT }] },
  },
  {
    apiVersion: MESH,
    kind: 'DestinationRule',
    metadata: { name: service, namespace: NAMESPACE },
    spec: {
      host: service,
      subsets: ['blue', 'green'].map((name) => ({ name, labels: { [COLOUR]: name } })),
    },
  },
  {
    apiVersion: MESH,
    kind: 'VirtualService',
    metadata: { name: service, namespace: NAMESPACE },
    spec: {
      hosts: [service],
      http: [
        {
          name: 'primary',
          route: [
            { destination: { host: service, subset: 'blue' }, weight: 100 - percent },
            { destination: { host: service, subset: 'green' }, weight: percent },
          ],
        },
      ],
    },
  },
];

const podTemplate = (service: string, image: string, labels: Readonly<Record<string, string>>) => ({
  metadata: { labels: { app: service, ...labels } },
  spec: {
    containers: [
      {
        name: CONTAINER,
        image,
        ports: [{ name: 'http', containerPort: PORT }],
        env: [{ name: 'REGION', value: 'ap-south-1' }],
        resources: { requests: { cpu: '500m', memory: '512Mi' } },
      },
    ],
  },
});

const template = (service: string, { registryHost }: Images) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: {
    name: service,
    namespace: NAMESPACE,
    labels: { app: service },
    annotations: { 'dabbawala.dev/template': 'true' },
  },
  spec: {
    replicas: 0,
    selector: { matchLabels: { app: service } },
    template: podTemplate(service, `${registryHost}/${REPOSITORY}:${TAGS.live}`, {}),
  },
});

const colour = (
  service: string,
  name: 'blue' | 'green',
  { registryHost, digests }: Images,
  version: string,
) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: {
    name: `${service}-${name}`,
    namespace: NAMESPACE,
    ...(name === 'green' ? { uid: candidateUid(service) } : {}),
    labels: { app: service, [COLOUR]: name, 'app.kubernetes.io/managed-by': 'dabbawala' },
    annotations: {
      'dabbawala.dev/rollout': name === 'green' ? rolloutId(service) : 'r-past00000000',
      'dabbawala.dev/version': version,
    },
  },
  spec: {
    replicas: 1,
    selector: { matchLabels: { app: service, [COLOUR]: name } },
    template: podTemplate(
      service,
      `${registryHost}/${REPOSITORY}@${version === TAGS.next ? digests.next : digests.live}`,
      { [COLOUR]: name },
    ),
  },
});
