import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Cluster, startCluster } from '../../../sandbox/cluster/cluster.ts';
import { type Mesh, startMesh } from '../../../sandbox/mesh/mesh.ts';
import { until } from '../../../sandbox/processes/until.ts';
import { DIGESTS, imageOf } from './pod-spec.ts';

const NAME = 'payment-gateway';
const ISTIO = 'networking.istio.io/v1';
const metadata = (name: string) => ({ name, namespace: 'payments' });

function deployment(colour: string, tag: string): object {
  const labels = { app: NAME, 'dabbawala.dev/colour': colour };
  const readinessProbe = { httpGet: { path: '/ready', port: 8080 } };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: metadata(`${NAME}-${colour}`),
    spec: {
      replicas: 3,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          containers: [{ name: NAME, image: imageOf(tag), ports: [{ containerPort: 8080 }], readinessProbe }],
        },
      },
    },
  };
}

const subset = (colour: string) => ({ name: colour, labels: { 'dabbawala.dev/colour': colour } });
const destination = (colour: string, weight: number) => ({
  destination: { host: NAME, subset: colour },
  weight,
});

let mesh: Mesh;
let cluster: Cluster;

beforeAll(async () => {
  mesh = await startMesh({ digests: DIGESTS, services: [NAME] });
  cluster = await startCluster({ token: 'bot', otherTokens: { mesh: 'mesh' }, runtime: mesh.runtime });
  await mesh.connect({ clusterUrl: cluster.url, token: 'mesh' });
  cluster.seed([
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: metadata(NAME),
      spec: { selector: { app: NAME }, ports: [{ port: 8080 }] },
    },
    deployment('blue', 'v2.3.0'),
    deployment('green', 'v2.3.1'),
    {
      apiVersion: ISTIO,
      kind: 'DestinationRule',
      metadata: metadata(NAME),
      spec: { host: NAME, subsets: [subset('blue'), subset('green')] },
    },
    {
      apiVersion: ISTIO,
      kind: 'VirtualService',
      metadata: metadata(NAME),
      spec: { hosts: [NAME], http: [{ route: [destination('blue', 100), destination('green', 0)] }] },
    },
  ]);
  await mesh.startLoad();
});
afterAll(async () => {
  await mesh?.stopLoad();
  await cluster?.close();
  await mesh?.close();
});

async function patch(path: string, operations: readonly object[]): Promise<void> {
  const response = await fetch(`${cluster.url}${path}`, {
    method: 'PATCH',
    headers: { authorization: 'Bearer bot', 'content-type': 'application/json-patch+json' },
    body: JSON.stringify(operations),
  });
  if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
}

const setWeights = (blue: number, green: number) =>
  patch(`/apis/${ISTIO}/namespaces/payments/virtualservices/${NAME}`, [
    { op: 'add', path: '/spec/http/0/route/0/weight', value: blue },
    { op: 'add', path: '/spec/http/0/route/1/weight', value: green },
  ]);

const scale = (colour: string, replicas: number) =>
  patch(`/apis/apps/v1/namespaces/payments/deployments/${NAME}-${colour}`, [
    { op: 'add', path: '/spec/replicas', value: replicas },
  ]);

const counted = async () => {
  const { [NAME]: counters } = await mesh.counters();
  return counters ?? { sent: 0, ok: 0, faulty: 0, failed: 0, rps: 0 };
};

/** Lets another second or so of load pass. */
const sendMore = async (count = 200): Promise<void> => {
  const { sent } = await counted();
  await until(async () => (await counted()).sent >= sent + count, { what: 'load', timeoutMs: 20_000 });
};

/** Requests that the proxy sent to a colour so far: shows that it follows a new weight, which nothing else promises a time for. */
async function servedBy(colour: string): Promise<number> {
  const [target] = mesh.metricsTargets;
  const text = target ? await (await fetch(target.url)).text() : '';
  return text
    .split('\n')
    .filter(
      (line) =>
        line.startsWith('istio_requests_total{') &&
        line.includes('reporter="source"') &&
        line.includes(`destination_workload="${NAME}-${colour}"`),
    )
    .reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
}

interface Slice {
  readonly endpoints?: readonly {
    readonly conditions?: { readonly ready?: boolean };
    readonly targetRef?: { readonly name?: string };
  }[];
}

/** Ready in the Deployment's status and listed in its Service: a proxy learns of the second, which comes a moment later. */
async function readyPods(colour: string, count: number): Promise<void> {
  await cluster.until(`/apis/apps/v1/namespaces/payments/deployments/${NAME}-${colour}`, (object) => {
    const status = (object as { status?: { readyReplicas?: number; replicas?: number } } | undefined)?.status;
    return (status?.readyReplicas ?? 0) === count && (status?.replicas ?? 0) === count;
  });
  const listed = (): number =>
    cluster
      .list('/apis/discovery.k8s.io/v1/namespaces/payments/endpointslices')
      .flatMap((slice) => (slice as Slice).endpoints ?? [])
      .filter(
        ({ conditions, targetRef }) =>
          conditions?.ready === true && targetRef?.name?.startsWith(`${NAME}-${colour}-`),
      ).length;
  await until(async () => listed() === count, { what: `${count} endpoints of ${colour}`, timeoutMs: 10_000 });
}

it('loses no request of 200 rps over a shift, the end of the old colour, and the way back', async () => {
  await readyPods('green', 3);
  for (const percent of [10, 25, 50, 75, 100]) {
    await setWeights(100 - percent, percent);
    await sendMore();
  }
  await scale('blue', 0);
  await readyPods('blue', 0);
  await sendMore();
  await scale('blue', 3);
  await readyPods('blue', 3);
  await setWeights(100, 0);
  await scale('green', 0);
  await cluster.settle();
  await sendMore();
  await mesh.stopLoad();

  const { sent, ok } = await counted();
  expect(sent).toBeGreaterThan(1400);
  expect([await mesh.failures(), ok]).toEqual([[], sent]);
});

it('goes on while the API server is away, and follows it again afterwards', async () => {
  await mesh.startLoad();
  await cluster.setDown('refuse');
  await sendMore();
  await cluster.setDown(null);
  cluster.compact();
  await scale('green', 3);
  await readyPods('green', 3);
  const before = await servedBy('green');
  await setWeights(0, 100);
  await until(async () => (await servedBy('green')) > before + 20, {
    what: 'the proxy to follow the new weight',
    timeoutMs: 20_000,
  });
  await scale('blue', 0);
  await cluster.settle();
  await sendMore();
  await mesh.stopLoad();

  const { sent, ok } = await counted();
  expect([await mesh.failures(), ok]).toEqual([[], sent]);
});
