import type { PodSpecSeen } from '../../../sandbox/contract.ts';
import { startMesh } from '../../../sandbox/mesh/mesh.ts';
import { until } from '../../../sandbox/processes/until.ts';
import { startFakeCluster } from './fake-cluster.ts';
import { DIGESTS, podSpec } from './pod-spec.ts';

export const NAME = 'payment-gateway';
export const BLUE = [0, 1, 2].map((index) => podSpec('blue', 'v2.3.0', index));
export const GREEN = [0, 1, 2].map((index) => podSpec('green', 'v2.3.1', index));

/** The mesh's process under 200 rps, three pods of each colour, and a cluster that only lists and watches. */
export async function startMeshOnFake() {
  const cluster = await startFakeCluster();
  const mesh = await startMesh({ digests: DIGESTS, services: [NAME], rps: 200, drainMs: 500 });
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

  await startPods([...BLUE, ...GREEN]);
  cluster.put('services', { metadata: { name: NAME } });
  setSubsets('blue', 'green');
  setWeights(90, 10);
  await mesh.connect(cluster);
  await mesh.startLoad();

  return {
    cluster,
    mesh,
    startPods,
    stopPods,
    /** A pod that is ready by its endpoint, with nothing behind its port. */
    setDeadPod: (port: number | null) => {
      const { name, labels } = podSpec('green', 'v2.3.1', 7);
      const annotations = { 'sandbox.dabbawala.dev/port': String(port) };
      cluster.put('pods', { metadata: { name, labels, annotations } });
      if (port === null) ready.delete(name);
      else ready.set(name, true);
      publishSlice();
    },
    setSubsets,
    setWeights,
    requestsByWorkload,
    counted,
    sendMore,
    close: async () => {
      await mesh.close();
      await cluster.close();
    },
  };
}
