import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PodSpecSeen } from '../../../sandbox/contract.ts';
import { type Mesh, startMesh } from '../../../sandbox/mesh/mesh.ts';
import { freePort } from '../../../sandbox/processes/port.ts';
import { startPrometheus } from '../../../sandbox/processes/prometheus.ts';
import { until } from '../../../sandbox/processes/until.ts';
import { type FakeCluster, startFakeCluster } from './fake-cluster.ts';
import { DIGESTS, podSpec } from './pod-spec.ts';

const NAME = 'payment-gateway';
const BLUE = [0, 1, 2].map((index) => podSpec('blue', 'v2.3.0', index));
const GREEN = [0, 1, 2].map((index) => podSpec('green', 'v2.3.1', index));

let cluster: FakeCluster;
let mesh: Mesh;
const ready = new Map<string, boolean>();

function publishSlice(): void {
  cluster.put('endpointslices', {
    metadata: { name: `${NAME}-x`, labels: { 'kubernetes.io/service-name': NAME } },
    endpoints: [...ready].map(([name, isReady]) => ({
      conditions: { ready: isReady },
      targetRef: { kind: 'Pod', name },
    })),
  });
}

async function startPods(specs: readonly PodSpecSeen[]): Promise<void> {
  for (const spec of specs) {
    const { port } = await mesh.runtime.start(spec);
    const annotations = { 'sandbox.dabbawala.dev/port': String(port) };
    cluster.put('pods', { metadata: { name: spec.name, labels: spec.labels, annotations } });
    ready.set(spec.name, await mesh.runtime.isReady(spec));
  }
  publishSlice();
}

/** As a Deployment controller and a kubelet do it: out of the endpoints, then the end, then the object is gone. */
async function stopPods(specs: readonly PodSpecSeen[]): Promise<void> {
  for (const { name } of specs) ready.delete(name);
  publishSlice();
  await Promise.all(specs.map((spec) => mesh.runtime.stop(spec)));
  for (const { name } of specs) cluster.remove('pods', name);
}

const setSubsets = (...names: string[]): void =>
  cluster.put('destinationrules', {
    metadata: { name: NAME },
    spec: {
      host: NAME,
      subsets: names.map((name) => ({ name, labels: { 'dabbawala.dev/colour': name } })),
    },
  });

const setWeights = (blue: number, green: number): void =>
  cluster.put('virtualservices', {
    metadata: { name: NAME },
    spec: {
      hosts: [NAME],
      http: [
        {
          route: [
            { destination: { host: NAME, subset: 'blue' }, weight: blue },
            { destination: { host: NAME, subset: 'green' }, weight: green },
          ],
        },
      ],
    },
  });

/** Requests so far, by workload, from the mesh's own exposition. */
async function requestsByWorkload(reporter: 'source' | 'destination'): Promise<Record<string, number>> {
  const text = await (await fetch(mesh.metricsTargets[0]?.url ?? '')).text();
  const sums: Record<string, number> = {};
  for (const line of text.split('\n')) {
    const [, labels = '', value] = /^istio_requests_total\{(.*)\} (\d+)$/.exec(line) ?? [];
    if (!labels.includes(`reporter="${reporter}"`)) continue;
    const workload = /destination_workload="([^"]*)"/.exec(labels)?.[1] ?? '';
    sums[workload] = (sums[workload] ?? 0) + Number(value);
  }
  return sums;
}

const counted = async () => {
  const { [NAME]: counters } = await mesh.counters();
  return counters ?? { sent: 0, ok: 0, faulty: 0, failed: 0, rps: 0 };
};

const sendMore = async (count: number): Promise<void> => {
  const { sent } = await counted();
  await until(async () => (await counted()).sent >= sent + count, {
    what: `${count} more requests`,
    timeoutMs: 30_000,
  });
};

beforeAll(async () => {
  cluster = await startFakeCluster();
  mesh = await startMesh({ digests: DIGESTS, services: [NAME], rps: 200, drainMs: 500 });
  await startPods([...BLUE, ...GREEN]);
  cluster.put('services', { metadata: { name: NAME } });
  setSubsets('blue', 'green');
  setWeights(90, 10);
  await mesh.connect(cluster);
  await mesh.startLoad();
});
afterAll(async () => {
  await mesh?.close();
  await mesh?.close();
  await cluster?.close();
});

describe('traffic', () => {
  it('runs at the rate that was set and follows the weights, without a failure', async () => {
    await sendMore(1000);
    const sums = await requestsByWorkload('source');
    const [blue = 0, green = 0] = [sums[`${NAME}-blue`], sums[`${NAME}-green`]];
    const share = (100 * green) / (blue + green);
    const counters = await counted();

    expect(share).toBeGreaterThan(6);
    expect(share).toBeLessThan(14);
    expect(counters.rps).toBeGreaterThan(150);
    expect(counters.rps).toBeLessThan(230);
    expect([counters.failed, counters.faulty]).toEqual([0, 0]);
    expect(await mesh.failures()).toEqual([]);
  });

  it('stops for a colour whose weight becomes 0', async () => {
    setWeights(100, 0);
    await sendMore(50);
    const before = await requestsByWorkload('destination');
    await sendMore(400);
    const after = await requestsByWorkload('destination');

    expect(after[`${NAME}-green`]).toBe(before[`${NAME}-green`]);
    expect(after[`${NAME}-blue`]).toBeGreaterThan(before[`${NAME}-blue`] ?? 0);
  });

  it('counts errors that were ordered as faulty, not as failed', async () => {
    await mesh.setBehaviour('tiffin/payment-gateway', 'v2.3.0', { errorPercent: 50 });
    await until(async () => (await counted()).faulty >= 20, { what: 'faults', timeoutMs: 5000 });
    await mesh.setBehaviour('tiffin/payment-gateway', 'v2.3.0', null);

    expect((await counted()).failed).toBe(0);
  });

  it('loses nothing when a colour takes over and the other one is ended under load', async () => {
    setWeights(50, 50);
    await sendMore(100);
    setWeights(0, 100);
    await stopPods(BLUE);
    await sendMore(200);

    expect((await counted()).failed).toBe(0);
    await startPods(BLUE);
  });

  it('loses nothing when single pods of the colour under load are ended', async () => {
    await stopPods(GREEN.slice(0, 1));
    await stopPods(GREEN.slice(1, 2));
    await sendMore(100);

    expect([await counted(), await mesh.failures()]).toMatchObject([{ failed: 0 }, []]);
    await startPods(GREEN.slice(0, 2));
  });

  it('tries another pod when one refuses the connection', async () => {
    const dead = podSpec('green', 'v2.3.1', 7);
    const annotations = { 'sandbox.dabbawala.dev/port': String(await freePort()) };
    cluster.put('pods', { metadata: { name: dead.name, labels: dead.labels, annotations } });
    ready.set(dead.name, true);
    publishSlice();
    await sendMore(150);
    ready.delete(dead.name);
    publishSlice();

    expect((await counted()).failed).toBe(0);
  });
});

describe('what a mesh cannot route', () => {
  it('is 503 with its flag, counted as failed', async () => {
    setSubsets('blue');
    await until(async () => (await counted()).failed > 0, { what: 'NC', timeoutMs: 5000 });
    setSubsets('blue', 'green');
    const added = performance.now();
    const answer = () => fetch(`${mesh.proxyUrl}/pay`, { headers: { 'x-canary': '1' } });
    expect((await answer()).status).toBe(404);
    const { failed } = await counted();
    await until(
      async () => {
        const before = (await counted()).failed;
        await sendMore(20);
        return (await counted()).failed === before;
      },
      { what: 'the subset to be known', timeoutMs: 10_000 },
    );

    expect(performance.now() - added).toBeGreaterThan(900);
    expect((await counted()).failed).toBeGreaterThan(failed);
    expect(new Set((await mesh.failures()).map((failure) => failure.reason))).toEqual(new Set(['503 NC']));

    await stopPods(GREEN);
    await until(async () => (await mesh.failures()).some(({ reason }) => reason === '503 UH'), {
      what: 'UH',
      timeoutMs: 5000,
    });
    await mesh.resetCounters();
    await startPods(GREEN);
  });

  it('is pulled by nobody: the reason crosses the channel', async () => {
    const start = mesh.runtime.start({ ...podSpec('blue', 'v2.3.0', 9), image: 'x/y:1' });

    await expect(start).rejects.toMatchObject({ name: 'ErrImagePull' });
  });
});

describe('the runtime over the channel', () => {
  it('runs Jobs and tells of crashes', async () => {
    const job = await mesh.runtime.run(podSpec('probe', 'v2.3.1', 0), ['/app/probe', 'smoke']);
    expect(JSON.parse(job.log.split('\n').at(-1) ?? '')).toMatchObject({ ok: true });

    const exits: string[] = [];
    mesh.runtime.onExit((pod) => exits.push(pod.name));
    setWeights(100, 0);
    await mesh.setBehaviour('tiffin/payment-gateway', 'v2.3.1', { crashes: true });
    await until(async () => exits.length === 3, { what: 'three crashes', timeoutMs: 5000 });
    await mesh.setBehaviour('tiffin/payment-gateway', 'v2.3.1', null);

    expect(exits.sort()).toEqual(GREEN.map((pod) => pod.name).sort());
    await startPods(GREEN);
  });
});

describe('metrics', () => {
  it('are those that Istio has, and answer PromQL in a real Prometheus', async () => {
    setWeights(50, 50);
    const prometheus = await startPrometheus({ targets: mesh.metricsTargets, scrapeIntervalMs: 250 });
    const ask = async (query: string): Promise<number | null> => {
      const url = `${prometheus.url}/api/v1/query?query=${encodeURIComponent(query)}`;
      const body = (await (await fetch(url)).json()) as { data: { result: { value: [number, string] }[] } };
      const [only, ...more] = body.data.result;
      return only && more.length === 0 ? Number(only.value[1]) : null;
    };
    const near = (query: string, least: number, most: number) =>
      until(
        async () => {
          const value = await ask(query);
          return value !== null && value >= least && value <= most;
        },
        { what: query, timeoutMs: 15_000, everyMs: 250 },
      );
    const green = `destination_workload="${NAME}-green",destination_workload_namespace="payments"`;
    const ratio = `sum(rate(payments_total{${green},status="success"}[3s])) / sum(rate(payments_total{${green}}[3s]))`;
    const bucket = `rate(istio_request_duration_milliseconds_bucket{${green},reporter="source"}[3s])`;
    try {
      await mesh.setBehaviour('tiffin/payment-gateway', 'v2.3.1', { paymentFailPercent: 20 });
      await near(
        `sum(rate(istio_requests_total{${green},reporter="source",response_code="200",response_flags="-",` +
          `destination_service_name="${NAME}",request_protocol="http",source_workload="checkout"}[3s]))`,
        80,
        120,
      );
      await near(`sum(rate(istio_requests_total{${green},reporter="destination"}[3s]))`, 80, 120);
      await near(`100 * ${ratio}`, 77, 83);
      await near(`histogram_quantile(0.95, sum by (le) (${bucket}))`, 5, 100);
      await mesh.setBehaviour('tiffin/payment-gateway', 'v2.3.1', { errorPercent: 10 });
      const bad = `sum(rate(istio_requests_total{${green},reporter="source",response_code=~"5.."}[3s]))`;
      await near(`100 * ${bad} / sum(rate(istio_requests_total{${green},reporter="source"}[3s]))`, 8.5, 11.5);
    } finally {
      await mesh.setBehaviour('tiffin/payment-gateway', 'v2.3.1', null);
      await prometheus.close();
    }
  });
});

it('ends load and pods at a reset, and the process at close', async () => {
  await mesh.stopLoad();
  await mesh.reset();
  expect(await mesh.counters()).toEqual({});
  expect(await mesh.runtime.isReady(BLUE[0] as PodSpecSeen)).toBe(false);

  await mesh.close();

  expect(() => process.kill(mesh.pid, 0)).toThrow();
  await expect(mesh.counters()).rejects.toThrow(/has ended/);
});
