import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Cluster, type KubeObject, startCluster } from '../../../sandbox/cluster/cluster.ts';
import { APPS, CORE, call, deployment, FakeRuntime, patch, service, TOKEN } from './support.ts';

let cluster: Cluster;
let runtime: FakeRuntime;

beforeEach(async () => {
  runtime = new FakeRuntime();
  cluster = await startCluster({ token: TOKEN, runtime });
});

afterEach(() => cluster.close());

// biome-ignore lint/suspicious/noExplicitAny: fields of many kinds.
const loose = (object: KubeObject | undefined): any => object;
const pods = () => cluster.list(`${CORE}/pods`).map(loose);
const readyAddresses = (): string[] =>
  (loose(cluster.read(`${CORE}/endpoints/ledger`))?.subsets?.[0]?.addresses ?? []).map(
    (entry: { ip: string }) => entry.ip,
  );

describe('a Deployment', () => {
  it('becomes a ReplicaSet and ready pods behind its Service', async () => {
    cluster.seed([service('ledger')]);
    await call(cluster.url, 'POST', `${APPS}/deployments`, { body: deployment('ledger') });
    await cluster.settle();
    await cluster.until(`${CORE}/endpoints/ledger`, () => readyAddresses().length === 2);

    const [set] = cluster.list(`${APPS}/replicasets`).map(loose);
    const [first, second] = pods();
    const hash = set.metadata.labels['pod-template-hash'];
    expect(set.metadata.name).toBe(`ledger-${hash}`);
    expect(first.metadata.name).toMatch(new RegExp(`^ledger-${hash}-[a-z0-9]{5}$`));
    expect(first.metadata.labels).toEqual({
      app: 'ledger',
      'pod-template-hash': hash,
      'topology.kubernetes.io/zone': expect.stringMatching(/^zone-[123]$/),
    });
    expect(first.status).toMatchObject({
      phase: 'Running',
      podIP: expect.stringMatching(/^10\.244\.\d+\.\d+$/),
      containerStatuses: [
        {
          name: 'app',
          ready: true,
          restartCount: 0,
          imageID: expect.stringMatching(/^registry\.example\/ledger@sha256:[0-9a-f]{64}$/),
          state: { running: {} },
        },
      ],
    });
    expect(first.status.podIP).not.toBe(second.status.podIP);
    expect(loose(cluster.read(`${APPS}/deployments/ledger`)).status).toMatchObject({
      observedGeneration: 1,
      replicas: 2,
      readyReplicas: 2,
      availableReplicas: 2,
      updatedReplicas: 2,
      conditions: [
        { type: 'Available', status: 'True' },
        { type: 'Progressing', status: 'True', reason: 'NewReplicaSetAvailable' },
      ],
    });
    const [slice] = cluster.list('/apis/discovery.k8s.io/v1/namespaces/payments/endpointslices').map(loose);
    const ports = JSON.parse(slice.metadata.annotations['sandbox.dabbawala.dev/port']);
    expect(slice.metadata.labels['kubernetes.io/service-name']).toBe('ledger');
    expect(slice.ports).toEqual([{ name: 'http', port: 8080, protocol: 'TCP' }]);
    const answer = await fetch(`http://127.0.0.1:${ports[first.status.podIP]}/x`);
    expect(answer.headers.get('x-pod')).toBe(first.metadata.name);
  });

  it('scaled down lets the endpoints go before the process ends', async () => {
    cluster.seed([service('ledger'), deployment('ledger', { replicas: 3 })]);
    await cluster.settle();
    await cluster.until(`${CORE}/endpoints/ledger`, () => readyAddresses().length === 3);
    const stillRouted: boolean[] = [];
    runtime.onStop = (pod) => {
      const address = pods().find((entry) => entry.metadata.name === pod.name)?.status.podIP;
      stillRouted.push(readyAddresses().includes(address));
    };

    await patch(cluster.url, `${APPS}/deployments/ledger`, [
      { op: 'replace', path: '/spec/replicas', value: 1 },
    ]);
    await cluster.settle();

    expect(stillRouted).toEqual([false, false]);
    expect(pods()).toHaveLength(1);
    expect(runtime.runningCount).toBe(1);
  });

  it('with another template is replaced pod by pod, never below its availability', async () => {
    cluster.seed([service('ledger'), deployment('ledger', { replicas: 4 })]);
    await cluster.settle();
    await cluster.until(`${CORE}/endpoints/ledger`, () => readyAddresses().length === 4);
    let fewest = 4;
    runtime.onStop = () => {
      fewest = Math.min(fewest, readyAddresses().length);
    };

    await patch(cluster.url, `${APPS}/deployments/ledger`, [
      {
        op: 'replace',
        path: '/spec/template/spec/containers/0/image',
        value: 'registry.example/ledger:v5.1.0',
      },
    ]);
    await cluster.until(
      `${APPS}/deployments/ledger`,
      (object) => loose(object).status.observedGeneration === 2,
    );
    await cluster.settle();

    expect(pods().map((pod) => pod.spec.containers[0].image)).toEqual(
      Array(4).fill('registry.example/ledger:v5.1.0'),
    );
    expect(fewest).toBeGreaterThanOrEqual(3);
    expect(cluster.list(`${APPS}/replicasets`)).toHaveLength(2);
  });

  it('that is recreated has no pod of either template in between', async () => {
    const wanted = deployment('ledger');
    Object.assign(wanted.spec, { strategy: { type: 'Recreate' } });
    cluster.seed([wanted]);
    await cluster.settle();
    const stoppedWhenStarted: number[] = [];
    const start = runtime.start.bind(runtime);
    runtime.start = (pod) => {
      stoppedWhenStarted.push(runtime.stopped.length);
      return start(pod);
    };

    await patch(cluster.url, `${APPS}/deployments/ledger`, [
      { op: 'replace', path: '/spec/template/spec/containers/0/image', value: 'registry.example/ledger:v6' },
    ]);
    await cluster.until(
      `${APPS}/deployments/ledger`,
      (object) => loose(object).status.observedGeneration === 2,
    );
    await cluster.settle();

    expect(stoppedWhenStarted).toEqual([2, 2]);
  });

  it('of an image that is not there shows why it waits', async () => {
    runtime.missingImages.add('registry.example/ledger:v9');
    cluster.seed([deployment('ledger', { replicas: 1, image: 'registry.example/ledger:v9' })]);
    const waitsFor = (reason: string) => () =>
      pods()[0]?.status.containerStatuses?.[0].state.waiting?.reason === reason;

    await cluster.until(`${CORE}/pods`, waitsFor('ErrImagePull'));
    await cluster.until(`${CORE}/pods`, waitsFor('ImagePullBackOff'));
    expect(pods()[0].status.phase).toBe('Pending');

    runtime.missingImages.clear();
    await cluster.settle();
    expect(pods()[0].status.phase).toBe('Running');
  });

  it('whose process dies counts the restart, backs off and comes back', async () => {
    cluster.seed([service('ledger'), deployment('ledger', { replicas: 1 })]);
    await cluster.settle();
    await runtime.crash(pods()[0].metadata.name, 3);

    await cluster.until(`${CORE}/endpoints/ledger`, () => readyAddresses().length === 0);
    expect(pods()[0].status.containerStatuses[0]).toMatchObject({
      ready: false,
      restartCount: 1,
      state: { waiting: { reason: 'CrashLoopBackOff' } },
      lastState: { terminated: { exitCode: 3, reason: 'Error' } },
    });

    await cluster.until(`${CORE}/endpoints/ledger`, () => readyAddresses().length === 1);
    expect(pods()[0].status.containerStatuses[0]).toMatchObject({ ready: true, restartCount: 1 });
  });

  it('that never gets ready has no ready replica', async () => {
    runtime.unready.add('registry.example/ledger:v5.0.4');
    cluster.seed([service('ledger'), deployment('ledger', { replicas: 1 })]);
    await cluster.until(
      `${CORE}/endpoints/ledger`,
      (object) => loose(object)?.subsets?.[0]?.notReadyAddresses,
    );
    expect(loose(cluster.read(`${APPS}/deployments/ledger`)).status).toMatchObject({
      replicas: 1,
      unavailableReplicas: 1,
      conditions: [
        { type: 'Available', status: 'False' },
        { type: 'Progressing', reason: 'ReplicaSetUpdated' },
      ],
    });
  });

  it.each(['Foreground', 'Background'])('deleted %s takes its ReplicaSet and pods along', async (policy) => {
    cluster.seed([deployment('ledger')]);
    await cluster.settle();
    const reply = await call(cluster.url, 'DELETE', `${APPS}/deployments/ledger`, {
      body: { propagationPolicy: policy },
    });

    const after = loose(cluster.read(`${APPS}/deployments/ledger`));
    if (policy === 'Foreground') {
      expect(reply.body.metadata.deletionTimestamp).toBeTruthy();
      expect(after.metadata.finalizers).toEqual(['foregroundDeletion']);
      const taken = await call(cluster.url, 'POST', `${APPS}/deployments`, { body: deployment('ledger') });
      expect(taken.body).toMatchObject({ code: 409, reason: 'AlreadyExists' });
      expect(taken.body.message).toMatch(/^object is being deleted: /);
      await cluster.until(`${APPS}/deployments/ledger`, (object) => object === undefined);
      expect(pods()).toEqual([]);
    } else {
      expect(reply.body).toMatchObject({ kind: 'Status', status: 'Success' });
      expect(after).toBeUndefined();
      await cluster.settle();
    }
    expect(cluster.list(`${APPS}/replicasets`)).toEqual([]);
    expect(runtime.runningCount).toBe(0);
  });

  it('is scaled through its scale subresource too', async () => {
    cluster.seed([deployment('ledger')]);
    await cluster.settle();
    const scale = await patch(cluster.url, `${APPS}/deployments/ledger/scale`, [
      { op: 'replace', path: '/spec/replicas', value: 0 },
    ]);
    expect(scale.body).toMatchObject({
      kind: 'Scale',
      // Go leaves a zero out.
      spec: {},
      status: { selector: 'app=ledger' },
    });
    await cluster.settle();
    expect(pods()).toEqual([]);
  });

  it('gives the runtime the plain env values, the image and the probe', async () => {
    const seen: unknown[] = [];
    const start = runtime.start.bind(runtime);
    runtime.start = (pod) => {
      seen.push(pod);
      return start(pod);
    };
    cluster.seed([deployment('ledger', { replicas: 1 })]);
    await cluster.settle();
    expect(seen).toEqual([
      expect.objectContaining({
        namespace: 'payments',
        container: 'app',
        image: 'registry.example/ledger:v5.0.4',
        env: { MODE: 'fast' },
        readiness: { path: '/ready', port: 8080 },
      }),
    ]);
  });
});

it('close ends every pod', async () => {
  cluster.seed([deployment('ledger', { replicas: 3 })]);
  await cluster.settle();
  await cluster.close();
  await cluster.close();
  expect(runtime.runningCount).toBe(0);
});
