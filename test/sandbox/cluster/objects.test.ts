import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Cluster, startCluster } from '../../../sandbox/cluster/cluster.ts';
import {
  APPS,
  CORE,
  call,
  deployment,
  FakeRuntime,
  ISTIO,
  patch,
  type Reply,
  TOKEN,
  virtualService,
} from './support.ts';

/** Dry runs, versions, lists, defaults, discovery: what the answers hold when nothing is refused. */

let cluster: Cluster;

beforeAll(async () => {
  cluster = await startCluster({ token: TOKEN, runtime: new FakeRuntime() });
});
afterAll(() => cluster.close());
beforeEach(() => {
  cluster.seed([
    virtualService('ledger'),
    deployment('ledger', { replicas: 0 }),
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'settings', namespace: 'payments' },
      data: { a: '1' },
    },
  ]);
});

const ROUTE = `${ISTIO}/virtualservices/ledger`;
const DEPLOYMENT = `${APPS}/deployments/ledger`;
describe('a dry run', () => {
  it('of a patch shows a raised generation and stores nothing', async () => {
    const before = (await call(cluster.url, 'GET', DEPLOYMENT)).body;
    const reply = await patch(cluster.url, `${DEPLOYMENT}?dryRun=All`, [
      { op: 'add', path: '/spec/revisionHistoryLimit', value: 3 },
    ]);
    const after = (await call(cluster.url, 'GET', DEPLOYMENT)).body;
    expect(reply.status).toBe(200);
    expect(reply.body.spec.revisionHistoryLimit).toBe(3);
    expect(reply.body.metadata.generation).toBe(before.metadata.generation + 1);
    expect(reply.body.metadata.resourceVersion).toBe(before.metadata.resourceVersion);
    expect(after.spec).toEqual(before.spec);
  });

  it('of a create shows the object with its uid and stores nothing', async () => {
    const reply = await call(cluster.url, 'POST', `${APPS}/deployments?dryRun=All`, {
      body: deployment('new'),
    });
    expect(reply.status).toBe(201);
    expect(reply.body.metadata).toMatchObject({ uid: expect.any(String), generation: 1 });
    expect(reply.body.metadata.resourceVersion).toBeUndefined();
    expect((await call(cluster.url, 'GET', `${APPS}/deployments/new`)).status).toBe(404);
  });

  it('of a create is judged as the create would be', async () => {
    const reply = await call(cluster.url, 'POST', `${APPS}/deployments?dryRun=All`, {
      body: deployment('ledger'),
    });
    expect(reply.body).toMatchObject({ code: 409, reason: 'AlreadyExists' });
  });

  it('of a delete leaves the object', async () => {
    const reply = await call(cluster.url, 'DELETE', `${CORE}/configmaps/settings?dryRun=All`);
    expect(reply.body).toMatchObject({ status: 'Success' });
    expect(cluster.read(`${CORE}/configmaps/settings`)).toBeDefined();
  });
});

describe('versions', () => {
  it('move with a change, and generation with a change of spec alone', async () => {
    const before = (await call(cluster.url, 'GET', ROUTE)).body.metadata;
    const weight = [{ op: 'add', path: '/spec/http/0/route/1/weight', value: 9 }];
    const note = [{ op: 'add', path: '/metadata/annotations/note', value: 'x' }];
    const first = (await patch(cluster.url, ROUTE, weight)).body.metadata;
    const again = (await patch(cluster.url, ROUTE, weight)).body.metadata;
    const noted = (await patch(cluster.url, ROUTE, note)).body.metadata;
    expect(Number(first.resourceVersion)).toBeGreaterThan(Number(before.resourceVersion));
    expect(first.generation).toBe(before.generation + 1);
    expect(again.resourceVersion).toBe(first.resourceVersion);
    expect(Number(noted.resourceVersion)).toBeGreaterThan(Number(first.resourceVersion));
    expect(noted.generation).toBe(first.generation);
  });

  it('are counted once for the whole cluster', async () => {
    const [a, b] = await Promise.all(
      ['a', 'b'].map((name) =>
        call(cluster.url, 'POST', `${CORE}/events`, {
          body: {
            apiVersion: 'v1',
            kind: 'Event',
            metadata: { generateName: `${name}.` },
            involvedObject: { namespace: 'payments' },
            reason: 'Test',
          },
        }),
      ),
    );
    expect(a?.body.metadata.name).toMatch(/^a\.[a-z0-9]{5}$/);
    expect(a?.body.metadata.resourceVersion).not.toBe(b?.body.metadata.resourceVersion);
  });
});

describe('lists', () => {
  const names = (reply: Reply) =>
    reply.body.items.map((item: { metadata: { name: string } }) => item.metadata.name);

  beforeAll(() => {
    const labelled = (name: string, labels: Record<string, string>) => ({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name, namespace: 'lists', labels },
    });
    cluster.seed([
      labelled('a', { tier: 'gold', zone: 'x' }),
      labelled('b', { tier: 'silver' }),
      labelled('c', {}),
    ]);
  });

  it.each([
    ['tier=gold', ['a']],
    ['tier==silver', ['b']],
    ['tier!=gold', ['b', 'c']],
    ['tier in (gold, silver)', ['a', 'b']],
    ['tier notin (gold)', ['b', 'c']],
    ['tier', ['a', 'b']],
    ['!tier', ['c']],
    ['tier in (gold,silver),zone=x', ['a']],
  ])('with labelSelector %s hold %j', async (selector, expected) => {
    const path = `/api/v1/namespaces/lists/configmaps?labelSelector=${encodeURIComponent(selector)}`;
    expect(names(await call(cluster.url, 'GET', path))).toEqual(expected);
  });

  it('with a fieldSelector hold what it names', async () => {
    const reply = await call(cluster.url, 'GET', '/api/v1/configmaps?fieldSelector=metadata.name%3Db');
    expect(names(reply)).toEqual(['b']);
  });

  it('come page by page', async () => {
    const path = '/api/v1/namespaces/lists/configmaps?limit=2';
    const first = await call(cluster.url, 'GET', path);
    expect(first.body.metadata).toMatchObject({ continue: expect.any(String), remainingItemCount: 1 });
    const second = await call(cluster.url, 'GET', `${path}&continue=${first.body.metadata.continue}`);
    expect([names(first), names(second)]).toEqual([['a', 'b'], ['c']]);
    expect(second.body.metadata.continue).toBeUndefined();
  });

  it('repeat the kind of their items for custom resources alone', async () => {
    const routes = await call(cluster.url, 'GET', `${ISTIO}/virtualservices`);
    const deployments = await call(cluster.url, 'GET', `${APPS}/deployments`);
    expect(routes.body).toMatchObject({ kind: 'VirtualServiceList', items: [{ kind: 'VirtualService' }] });
    expect(deployments.body.kind).toBe('DeploymentList');
    expect(deployments.body.items[0].kind).toBeUndefined();
  });
});

it('fills in what the real server fills in', async () => {
  const created = await call(
    cluster.url,
    'POST',
    `/apis/gateway.networking.k8s.io/v1/namespaces/payments/httproutes`,
    {
      body: {
        apiVersion: 'gateway.networking.k8s.io/v1',
        kind: 'HTTPRoute',
        metadata: { name: 'ledger' },
        spec: {
          parentRefs: [{ name: 'mesh' }],
          rules: [{ backendRefs: [{ name: 'ledger-blue', port: 80 }] }],
        },
      },
    },
  );
  expect(created.body.spec.rules[0].backendRefs).toEqual([
    { name: 'ledger-blue', port: 80, group: '', kind: 'Service', weight: 1 },
  ]);
  expect(cluster.read(DEPLOYMENT)).toMatchObject({
    spec: { progressDeadlineSeconds: 600, strategy: { rollingUpdate: { maxSurge: '25%' } } },
  });
});

it('keeps a log of who asked what', async () => {
  cluster.clearRequests();
  await patch(cluster.url, `${ROUTE}?fieldManager=dabbawala`, [], 'node-fetch/1');
  await call(cluster.url, 'GET', '/nothing', { agent: 'kubectl-edit/v1.36' });
  expect(cluster.requests()).toEqual([
    {
      at: expect.any(Number),
      method: 'PATCH',
      path: ROUTE,
      query: { fieldManager: 'dabbawala' },
      contentType: 'application/json-patch+json',
      body: [],
      status: 200,
      userAgent: 'node-fetch/1',
      fieldManager: 'dabbawala',
    },
    expect.objectContaining({ path: '/nothing', status: 404, fieldManager: 'kubectl-edit' }),
  ]);
});

it('lets status be written at its own path alone', async () => {
  const value = { parents: [] };
  const path = `${ISTIO}/destinationrules`;
  cluster.seed([
    {
      apiVersion: 'networking.istio.io/v1',
      kind: 'DestinationRule',
      metadata: { name: 'd', namespace: 'payments' },
      spec: { host: 'x' },
    },
  ]);
  const main = await patch(cluster.url, `${path}/d`, [{ op: 'add', path: '/status', value }]);
  const own = await patch(cluster.url, `${path}/d/status`, [{ op: 'add', path: '/status', value }]);
  expect([main.body.status, own.body.status]).toEqual([undefined, value]);
});

describe('discovery', () => {
  it('names groups, versions and resources', async () => {
    const groups = await call(cluster.url, 'GET', '/apis');
    const apps = await call(cluster.url, 'GET', '/apis/apps/v1');
    const core = await call(cluster.url, 'GET', '/api');
    expect(core.body.versions).toEqual(['v1']);
    expect(groups.body.groups).toContainEqual({
      name: 'networking.istio.io',
      versions: [
        { groupVersion: 'networking.istio.io/v1', version: 'v1' },
        { groupVersion: 'networking.istio.io/v1beta1', version: 'v1beta1' },
      ],
      preferredVersion: { groupVersion: 'networking.istio.io/v1', version: 'v1' },
    });
    expect(apps.body.resources.map((entry: { name: string }) => entry.name)).toEqual([
      'deployments',
      'deployments/status',
      'deployments/scale',
      'replicasets',
      'replicasets/status',
      'replicasets/scale',
    ]);
  });

  it('forgets a group whose last kind is gone', async () => {
    cluster.removeKind('gateway.networking.k8s.io/v1', 'httproutes');
    const gone = await call(cluster.url, 'GET', '/apis/gateway.networking.k8s.io/v1');
    cluster.restoreKind('gateway.networking.k8s.io/v1', 'httproutes');
    expect(gone).toMatchObject({ status: 404, text: '404 page not found\n' });
  });
});
