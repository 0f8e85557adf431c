import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Cluster, startCluster } from '../../../sandbox/cluster/cluster.ts';
import { CORE, call, deployment, FakeRuntime, TOKEN } from './support.ts';

let cluster: Cluster;
let runtime: FakeRuntime;
let name: string;

beforeAll(async () => {
  runtime = new FakeRuntime();
  cluster = await startCluster({ token: TOKEN, runtime });
  cluster.seed([deployment('ledger', { replicas: 1 })]);
  await cluster.settle();
  name = cluster.list(`${CORE}/pods`)[0]?.metadata.name ?? '';
});
afterAll(() => cluster.close());

const proxied = (address: string, path = 'health?deep=1') =>
  call(cluster.url, 'GET', `${CORE}/pods/${address}/proxy/${path}`);

describe('the pod proxy', () => {
  it.each([
    ['name', () => name],
    ['name:port', () => `${name}:8080`],
    ['name:port name', () => `${name}:http`],
    ['scheme:name:port', () => `http:${name}:8080`],
  ])('reaches a pod by %s', async (_form, address) => {
    const reply = await proxied(address());
    expect(reply.status).toBe(200);
    expect(JSON.parse(reply.text)).toEqual({
      image: 'registry.example/ledger:v5.0.4',
      url: '/health?deep=1',
    });
  });

  it('hands on what the pod answers', async () => {
    expect((await proxied(name, 'broken')).status).toBe(500);
  });

  it('says that nothing listens on a port that is closed', async () => {
    const reply = await proxied(`http:${name}:9999`);
    expect(reply).toMatchObject({
      status: 503,
      body: { kind: 'Status', reason: 'ServiceUnavailable', code: 503 },
    });
    expect(reply.body.message).toMatch(
      /^error trying to reach service: dial tcp 10\.244\.\d+\.\d+:9999: connect: connection refused$/,
    );
  });

  it('refuses TLS to a pod that speaks none', async () => {
    const reply = await proxied(`https:${name}:8080`);
    expect(reply.body).toMatchObject({
      code: 503,
      message: 'error trying to reach service: http: server gave HTTP response to HTTPS client',
    });
  });

  it('does not find a pod that is not there', async () => {
    expect((await proxied('http:none:8080')).body).toMatchObject({
      code: 404,
      message: 'pods "none" not found',
    });
  });

  it('says connection refused while the process is down', async () => {
    await runtime.crash(name);
    const reply = await proxied(`http:${name}:8080`);
    expect(reply.body.message).toMatch(/:8080: connect: connection refused$/);
  });
});
