import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Cluster, startCluster } from '../../../sandbox/cluster/cluster.ts';
import { CORE, call, FakeRuntime, TOKEN, WatchReader } from './support.ts';

let cluster: Cluster;
beforeEach(async () => {
  cluster = await startCluster({
    token: TOKEN,
    runtime: new FakeRuntime(),
    otherTokens: { 'proxy-token': 'proxy' },
  });
  cluster.seed([{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a', namespace: 'payments' } }]);
});
afterEach(() => cluster.close());

const read = (options: { headers?: Record<string, string> } = {}) =>
  call(cluster.url, 'GET', `${CORE}/configmaps/a`, options);

describe('a server that is down', () => {
  it('refuses connections, and listens on the same port again', async () => {
    await cluster.setDown('refuse');
    const cause = await read().then(
      () => null,
      (error: Error) => (error.cause as NodeJS.ErrnoException).code,
    );
    await cluster.setDown(null);
    expect(cause).toBe('ECONNREFUSED');
    expect((await read()).status).toBe(200);
  });

  it('hangs until it is back, and its watches with it', async () => {
    const watch = new WatchReader(`${cluster.url}${CORE}/configmaps?watch=1`);
    await watch.until(() => watch.events.length === 1);
    await cluster.setDown('hang');
    const held = fetch(`${cluster.url}${CORE}/configmaps/a`, {
      headers: { authorization: `Bearer ${TOKEN}` },
      signal: AbortSignal.timeout(200),
    });
    await expect(held).rejects.toMatchObject({ name: 'TimeoutError' });
    cluster.seed([{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'b', namespace: 'payments' } }]);
    expect(watch.events).toHaveLength(1);
    await cluster.setDown(null);
    await watch.done.catch(() => undefined);
    expect((await read()).status).toBe(200);
  });

  it('answers 500 with a Status', async () => {
    await cluster.setDown('500');
    const reply = await read();
    await cluster.setDown(null);
    expect(reply).toMatchObject({
      status: 500,
      body: { kind: 'Status', message: 'etcdserver: request timed out', code: 500 },
    });
  });
});

it('a right taken from the bot stays with others, and comes back', async () => {
  cluster.setForbidden({ resource: 'configmaps', verb: 'get' });
  const bot = await read();
  const other = await read({ headers: { authorization: 'Bearer proxy-token' } });
  cluster.clearForbidden();
  const again = await read();
  expect([bot.status, other.status, again.status]).toEqual([403, 200, 200]);
  expect(bot.body.message).toContain('User "system:serviceaccount:dabbawala:dabbawala" cannot get');
});
