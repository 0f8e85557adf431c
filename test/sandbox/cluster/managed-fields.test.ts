import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Cluster, startCluster } from '../../../sandbox/cluster/cluster.ts';
import { APPS, call, deployment, FakeRuntime, ISTIO, patch, TOKEN, virtualService } from './support.ts';

let cluster: Cluster;
const ROUTE = `${ISTIO}/virtualservices/ledger`;

beforeEach(async () => {
  cluster = await startCluster({ token: TOKEN, runtime: new FakeRuntime() });
  cluster.seed([{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'payments' } }]);
  await call(cluster.url, 'POST', `${ISTIO}/virtualservices?fieldManager=kubectl-create`, {
    body: virtualService('ledger'),
  });
});
afterEach(() => cluster.close());

const entries = (path = ROUTE) => cluster.read(path)?.metadata.managedFields ?? [];
const entryOf = (manager: string, path = ROUTE) => entries(path).find((entry) => entry.manager === manager);
const weight = (value: number) => [{ op: 'add', path: '/spec/http/0/route/1/weight', value }];
const release = (manager: string) => {
  const at = entries().findIndex((entry) => entry.manager === manager);
  return [
    { op: 'test', path: `/metadata/managedFields/${at}/manager`, value: manager },
    { op: 'remove', path: `/metadata/managedFields/${at}` },
  ];
};

describe('managedFields', () => {
  it('of a new object name its creator', () => {
    expect(entries()).toEqual([
      {
        manager: 'kubectl-create',
        operation: 'Update',
        apiVersion: 'networking.istio.io/v1',
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
        fieldsType: 'FieldsV1',
        fieldsV1: {
          'f:metadata': { 'f:annotations': { '.': {}, 'f:team.example/owner': {} } },
          'f:spec': { '.': {}, 'f:hosts': {}, 'f:http': {} },
        },
      },
    ]);
  });

  it('give the whole of spec.http to who patches one weight', async () => {
    const operations = [
      ...weight(10),
      { op: 'add', path: '/metadata/annotations/dabbawala.dev~1step', value: '1' },
    ];
    await patch(cluster.url, `${ROUTE}?fieldManager=dabbawala`, operations);
    expect(entryOf('dabbawala')?.fieldsV1).toEqual({
      'f:metadata': { 'f:annotations': { 'f:dabbawala.dev/step': {} } },
      'f:spec': { 'f:http': {} },
    });
    expect(entryOf('kubectl-create')?.fieldsV1).toEqual({
      'f:metadata': { 'f:annotations': { '.': {}, 'f:team.example/owner': {} } },
      'f:spec': { '.': {}, 'f:hosts': {} },
    });
  });

  it('name the User-Agent when no manager is given', async () => {
    await patch(cluster.url, ROUTE, weight(10), 'kubectl-edit/v1.36.3 (linux/amd64)');
    expect(entryOf('kubectl-edit')?.fieldsV1).toEqual({ 'f:spec': { 'f:http': {} } });
  });

  it('do not move with a patch that changes nothing', async () => {
    await patch(cluster.url, `${ROUTE}?fieldManager=dabbawala`, weight(10));
    const before = entries();
    await patch(cluster.url, `${ROUTE}?fieldManager=other`, weight(10));
    expect(entries()).toEqual(before);
  });

  it('lose our entry by a JSON patch, and then nobody owns spec.http', async () => {
    await patch(cluster.url, `${ROUTE}?fieldManager=dabbawala`, weight(10));
    const reply = await patch(cluster.url, `${ROUTE}?fieldManager=dabbawala`, release('dabbawala'));
    expect(reply.status).toBe(200);
    expect(entries().map((entry) => entry.manager)).toEqual(['kubectl-create']);
    expect(JSON.stringify(entries())).not.toContain('f:http');
    expect(reply.body.spec.http[0].route[1].weight).toBe(10);
  });

  it('refuse a release whose test names another manager', async () => {
    const reply = await patch(cluster.url, ROUTE, [
      { op: 'test', path: '/metadata/managedFields/0/manager', value: 'dabbawala' },
      { op: 'remove', path: '/metadata/managedFields/0' },
    ]);
    expect(reply.status).toBe(422);
    expect(entries()).toHaveLength(1);
  });

  it('come back when the last entry is removed, as on the real server', async () => {
    await patch(cluster.url, ROUTE, [{ op: 'remove', path: '/metadata/managedFields/0' }]);
    expect(entries()).toHaveLength(1);
  });

  it('are erased by a list of one empty entry, and nothing is recorded afterwards', async () => {
    await patch(cluster.url, ROUTE, [{ op: 'replace', path: '/metadata/managedFields', value: [{}] }]);
    await patch(cluster.url, `${ROUTE}?fieldManager=dabbawala`, weight(10));
    expect(entries()).toEqual([]);
  });

  it('keep what controllers write apart by subresource', async () => {
    cluster.seed([deployment('ledger', { replicas: 1 })]);
    await cluster.settle();
    await patch(cluster.url, `${APPS}/deployments/ledger?fieldManager=dabbawala`, [
      { op: 'replace', path: '/spec/template/spec/containers/0/image', value: 'registry.example/ledger:v6' },
    ]);
    const path = `${APPS}/deployments/ledger`;
    expect(entryOf('dabbawala', path)?.fieldsV1).toEqual({
      'f:spec': { 'f:template': { 'f:spec': { 'f:containers': { 'k:{"name":"app"}': { 'f:image': {} } } } } },
    });
    expect(entries(path).find((entry) => entry.subresource === 'status')).toMatchObject({
      manager: 'kube-controller-manager',
      fieldsV1: { 'f:status': { 'f:observedGeneration': {} } },
    });
  });

  it('of a field that is removed belong to nobody', async () => {
    await patch(cluster.url, `${ROUTE}?fieldManager=dabbawala`, [
      { op: 'add', path: '/metadata/annotations/x', value: '1' },
    ]);
    await patch(cluster.url, `${ROUTE}?fieldManager=other`, [
      { op: 'remove', path: '/metadata/annotations/x' },
    ]);
    expect(entries().map((entry) => entry.manager)).toEqual(['kubectl-create']);
  });
});
