/**
 * The resource metrics API (`kubectl top`), as metrics-server gives it: an API server of its own behind the aggregation
 * layer. How busy a pod is decides whoever starts it; what an autoscaler makes of that decides Kubernetes.
 */
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Part } from '../../../sandbox/contract.ts';
import { type Api, type Body, placeOf } from './api.ts';
import { type LabFacts, METRICS_ADDRESS } from './facts.ts';

const PORT = 8443;
const GROUP = 'metrics.k8s.io';
const ROOT = `/apis/${GROUP}/v1beta1`;
const PLACE = { namespace: 'kube-system', name: 'metrics-server' } as const;

export interface MetricsApiOptions {
  readonly facts: LabFacts;
  readonly api: Api;
  readonly podsOf: (namespace: string) => readonly Body[];
  /** Thousandths of a core that the pod uses now. */
  readonly cpuOf: (pod: Body) => number;
}

const objects: readonly object[] = [
  {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: PLACE,
    spec: { ports: [{ name: 'https', port: 443, targetPort: PORT }] },
  },
  {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { ...PLACE, labels: { 'kubernetes.io/service-name': PLACE.name } },
    addressType: 'IPv4',
    ports: [{ name: 'https', port: PORT, protocol: 'TCP' }],
    endpoints: [{ addresses: [METRICS_ADDRESS], conditions: { ready: true } }],
  },
  {
    apiVersion: 'apiregistration.k8s.io/v1',
    kind: 'APIService',
    metadata: { name: `v1beta1.${GROUP}` },
    spec: {
      group: GROUP,
      version: 'v1beta1',
      service: { ...PLACE, port: 443 },
      groupPriorityMinimum: 100,
      versionPriority: 100,
      insecureSkipTLSVerify: true,
    },
  },
];

/** Resolves when the API server passes requests on. */
export async function startMetricsApi(options: MetricsApiOptions): Promise<Part> {
  const { api, facts } = options;
  const server = serve(options);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(PORT, METRICS_ADDRESS, resolve);
  });
  const close = async (): Promise<void> => {
    // The API first: without what answers for it, it would hold up the garbage collector's discovery, and so would a wait for it.
    for (const object of objects.toReversed())
      await api.send('DELETE', placeOf(object).object, { body: { propagationPolicy: 'Background' } });
    server.closeAllConnections();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  };
  try {
    for (const object of objects) await api.put(object);
    const deadline = performance.now() + 30_000;
    for (;;) {
      const { status, body } = await api.send('GET', `${ROOT}/namespaces/default/pods`);
      if (status === 200) return { close };
      if (performance.now() > deadline)
        throw new Error(`${facts.version} does not pass ${GROUP} on: ${status} ${JSON.stringify(body)}`);
      await delay(100);
    }
  } catch (error) {
    await close();
    throw error;
  }
}

function serve(options: MetricsApiOptions): Server {
  const pem = (kind: string): Buffer => readFileSync(join(options.facts.dir, 'certs', `apiserver.${kind}`));
  return createServer({ cert: pem('crt'), key: pem('key') }, (request, response) => {
    const answer = answerTo(new URL(request.url ?? '/', 'https://metrics'), options);
    response.writeHead(answer === null ? 404 : 200, { 'content-type': 'application/json' });
    response.end(
      JSON.stringify(answer ?? { kind: 'Status', apiVersion: 'v1', status: 'Failure', code: 404 }),
    );
  });
}

function answerTo({ pathname, searchParams }: URL, options: MetricsApiOptions): object | null {
  if (pathname === ROOT)
    return {
      kind: 'APIResourceList',
      apiVersion: 'v1',
      groupVersion: `${GROUP}/v1beta1`,
      resources: [
        { name: 'pods', singularName: '', namespaced: true, kind: 'PodMetrics', verbs: ['get', 'list'] },
      ],
    };
  const [, namespace] = new RegExp(`^${ROOT}/namespaces/([^/]+)/pods$`).exec(pathname) ?? [];
  if (namespace === undefined) return null;
  const isSelected = selectorOf(searchParams.get('labelSelector') ?? '');
  const pods = options
    .podsOf(namespace)
    .filter((pod) => isSelected(pod.metadata.labels ?? {}) && pod.status?.phase === 'Running');
  return {
    kind: 'PodMetricsList',
    apiVersion: `${GROUP}/v1beta1`,
    metadata: {},
    items: pods.map((pod) => metricsOf(pod, options.cpuOf(pod))),
  };
}

/** Equality alone, as the selectors of the lab's Deployments are. */
const selectorOf =
  (selector: string) =>
  (labels: Readonly<Record<string, string>>): boolean =>
    selector
      .split(',')
      .filter((part) => part !== '')
      .every((part) => {
        const [key = '', value] = part.split('=');
        return labels[key] === value;
      });

const metricsOf = ({ metadata: { name, namespace, labels }, spec }: Body, cpu: number): object => ({
  metadata: { name, namespace, labels },
  timestamp: new Date().toISOString(),
  window: '1s',
  containers: spec.containers.map((container: Body) => ({
    name: container.name,
    usage: { cpu: `${Math.round(cpu / spec.containers.length)}m`, memory: '64Mi' },
  })),
});
