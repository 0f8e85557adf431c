import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Cluster, startCluster } from '../../../sandbox/cluster/cluster.ts';
import { APPS, CORE, call, deployment, FakeRuntime, TOKEN } from './support.ts';

let cluster: Cluster;
beforeEach(async () => {
  cluster = await startCluster({ token: TOKEN, runtime: new FakeRuntime() });
});
afterEach(() => cluster.close());

// biome-ignore lint/suspicious/noExplicitAny: fields of many kinds.
const loose = (object: unknown): any => object;
const AUTOSCALERS = '/apis/autoscaling/v2/namespaces/payments/horizontalpodautoscalers';
const autoscaler = (name: string, target: string, minReplicas = 1) => ({
  apiVersion: 'autoscaling/v2',
  kind: 'HorizontalPodAutoscaler',
  metadata: { name, namespace: 'payments' },
  spec: {
    scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: target },
    minReplicas,
    maxReplicas: 5,
  },
});
const scalingActive = (object: unknown) =>
  loose(object)?.status?.conditions?.find((entry: { type: string }) => entry.type === 'ScalingActive');
const budget = (name: string, minAvailable: number) => ({
  apiVersion: 'policy/v1',
  kind: 'PodDisruptionBudget',
  metadata: { name, namespace: 'payments' },
  spec: { minAvailable, selector: { matchLabels: { app: 'ledger' } } },
});

describe('autoscalers', () => {
  it('hold the floor', async () => {
    cluster.seed([deployment('ledger', { replicas: 1 }), autoscaler('ledger', 'ledger', 3)]);
    await cluster.until(`${APPS}/deployments/ledger`, (object) => loose(object).status?.readyReplicas === 3);
    expect(scalingActive(cluster.read(`${AUTOSCALERS}/ledger`))).toMatchObject({ status: 'True' });
  });

  it('leave a Deployment of zero alone', async () => {
    cluster.seed([deployment('ledger', { replicas: 0 }), autoscaler('ledger', 'ledger', 3)]);
    const seen = await cluster.until(
      `${AUTOSCALERS}/ledger`,
      (object) => scalingActive(object) !== undefined,
    );
    expect(scalingActive(seen)).toMatchObject({ status: 'False', reason: 'ScalingDisabled' });
  });

  it('both stop when their Deployments select the same pods', async () => {
    const twin = deployment('ledger-blue', { replicas: 1 });
    Object.assign(twin.spec.template.metadata.labels, { app: 'ledger', colour: 'blue' });
    Object.assign(twin.spec.selector, { matchLabels: { app: 'ledger', colour: 'blue' } });
    cluster.seed([deployment('ledger', { replicas: 1 }), twin]);
    await cluster.settle();
    cluster.seed([autoscaler('one', 'ledger'), autoscaler('two', 'ledger-blue')]);
    for (const name of ['one', 'two']) {
      const seen = await cluster.until(
        `${AUTOSCALERS}/${name}`,
        (object) => scalingActive(object)?.reason === 'AmbiguousSelector',
      );
      expect(scalingActive(seen)).toMatchObject({
        status: 'False',
        message: expect.stringContaining('are controlled by multiple HPAs: [payments/one payments/two]'),
      });
    }
  });
});

describe('an eviction', () => {
  const evict = () => {
    const name = cluster.list(`${CORE}/pods`)[0]?.metadata.name ?? '';
    return call(cluster.url, 'POST', `${CORE}/pods/${name}/eviction`, {
      body: { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name } },
    });
  };

  beforeEach(async () => {
    cluster.seed([deployment('ledger', { replicas: 2 })]);
    await cluster.settle();
  });

  it('under two budgets always fails', async () => {
    cluster.seed([budget('one', 1), budget('two', 1)]);
    const reply = await evict();
    expect(reply.status).toBe(500);
    expect(reply.body.message).toContain('more than one PodDisruptionBudget');
  });

  it.each([
    [2, 429],
    [1, 201],
  ])('under a budget of %i answers %i', async (minAvailable, status) => {
    cluster.seed([budget('one', minAvailable)]);
    expect((await evict()).status).toBe(status);
  });
});
