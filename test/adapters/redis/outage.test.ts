import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectRedis, type RedisConnections } from '../../../src/adapters/redis/connect.ts';
import { createRedisStores, type RedisStores } from '../../../src/adapters/redis/stores.ts';
import { openConnections, settingsFor } from '../../contract/redis-target.ts';
import { asha, change, draft, newRollout, nextTarget } from '../../contract/store-fixtures.ts';
import { type RedisServer, rawClient, startRedis } from '../../support/redis.ts';
import { until } from '../../support/until.ts';

const rollout = newRollout();
const target = nextTarget();

/** Every method of every store, as [name, call]. */
const everyMethod = (stores: RedisStores): readonly (readonly [string, () => Promise<unknown>])[] => [
  ['create', () => stores.rollouts.create(newRollout(), [draft()])],
  ['load', () => stores.rollouts.load(rollout.id)],
  ['save', () => stores.rollouts.save(rollout.id, change(rollout, 1, { audit: [draft()] }))],
  ['takeToken', () => stores.rollouts.takeToken(rollout.id, 0)],
  ['active', () => stores.rollouts.active()],
  ['forgetActive', () => stores.rollouts.forgetActive(rollout.id)],
  ['appendAudit', () => stores.rollouts.appendAudit(rollout.id, [draft()])],
  ['readAudit', () => stores.rollouts.readAudit(rollout.id)],
  ['takeClaim', () => stores.targets.takeClaim(target, rollout.id)],
  ['takeTurn', () => stores.targets.takeTurn(target, rollout.id)],
  ['readTurn', () => stores.targets.readTurn(target)],
  ['readClaim', () => stores.targets.readClaim(target)],
  ['releaseClaim', () => stores.targets.releaseClaim(target, rollout.id)],
  ['claims', () => stores.targets.claims()],
  ['lock', () => stores.targets.lock(target, { owner: asha, reason: 'x', at: 1 }, draft())],
  ['unlock', () => stores.targets.unlock(target, draft())],
  ['readLock', () => stores.targets.readLock(target)],
  ['history', () => stores.targets.history(target, 1)],
  ['appendHistory', () => stores.targets.appendHistory(target, rollout.id, 1)],
  ['target appendAudit', () => stores.targets.appendAudit(target, [draft()])],
  ['target readAudit', () => stores.targets.readAudit(target)],
  ['dirty', () => stores.outbox.dirty()],
  ['markPosting', () => stores.outbox.markPosting(rollout.id)],
  ['markPosted', () => stores.outbox.markPosted(rollout.id, 1, '1.1')],
  ['markLineSent', () => stores.outbox.markLineSent(rollout.id, 'x')],
  ['isFirst', () => stores.deliveries.isFirst('x', 1000)],
  ['audit append', () => stores.audit.append([draft()])],
  ['audit read', () => stores.audit.read()],
  ['repairIndexes', () => stores.repairIndexes()],
];

const expectAllUnavailable = async (stores: RedisStores): Promise<void> => {
  const started = performance.now();
  const results = await Promise.allSettled(everyMethod(stores).map(([, call]) => call()));
  const elapsed = performance.now() - started;
  for (const [index, result] of results.entries())
    expect(
      result.status === 'rejected' ? (result.reason as { code?: string }).code : 'answered',
      everyMethod(stores)[index]?.[0],
    ).toBe('store_unavailable');
  expect(elapsed).toBeLessThan(3000);
};

const answers = async (stores: RedisStores): Promise<boolean> => {
  try {
    await stores.rollouts.load(rollout.id);
    return true;
  } catch {
    return false;
  }
};

describe.each([
  ['one Redis', false],
  ['a cluster', true],
])('while %s is away', (_, cluster) => {
  let server: RedisServer;
  let connections: RedisConnections;
  let stores: RedisStores;
  beforeAll(async () => {
    server = await startRedis({ cluster });
    connections = await openConnections(server);
    stores = createRedisStores(connections);
    await stores.rollouts.create(rollout, [draft()]);
  });
  afterAll(async () => {
    connections?.close();
    await server?.stop();
  });

  it('every method says store_unavailable within 3 s, and all is well after a restart on the same port', async () => {
    await server.signal('SIGKILL');
    await expectAllUnavailable(stores);
    const down = await stores.clock.now();
    expect(await stores.clock.now()).toBeGreaterThanOrEqual(down);
    await server.restart();
    await until('the store answers again', () => answers(stores));
    expect(await stores.rollouts.load(rollout.id)).toEqual({ rollout, rev: 1, token: 0 });
    await stores.rollouts.appendAudit(rollout.id, [draft()]);
    expect(await stores.rollouts.readAudit(rollout.id)).toHaveLength(2);
  });

  it('commands under way when it dies end in store_unavailable as well', async () => {
    await server.signal('SIGSTOP');
    const call = stores.rollouts.load(rollout.id).catch((error: { code: string }) => error.code);
    await server.signal('SIGKILL');
    expect(await call).toBe('store_unavailable');
    await server.restart();
    await until('the store answers again', () => answers(stores));
  });

  it('a Redis that hangs is as good as away, and the clock goes on meanwhile', async () => {
    const before = await stores.clock.now();
    await server.signal('SIGSTOP');
    await expectAllUnavailable(stores);
    const started = performance.now();
    const now = await stores.clock.now();
    expect(performance.now() - started).toBeLessThan(1000);
    expect(now - before).toBeGreaterThan(1500);
    await server.signal('SIGCONT');
    await until('the store answers again', () => answers(stores));
  });
});

describe('a Redis that answers and is of no use', () => {
  let server: RedisServer;
  let connections: RedisConnections;
  let stores: RedisStores;
  beforeAll(async () => {
    server = await startRedis();
    connections = await openConnections(server);
    stores = createRedisStores(connections);
    await stores.rollouts.create(rollout, []);
  });
  afterAll(async () => {
    connections?.close();
    await server?.stop();
  });

  const whileSet = async (name: string, value: string, back: string): Promise<unknown> => {
    const admin = rawClient(server.port);
    await admin.config('SET', name, value);
    const result = await stores.rollouts
      .save(rollout.id, change(rollout, 1, { audit: [draft()] }))
      .catch((error: { code: string }) => error.code);
    await admin.config('SET', name, back);
    admin.disconnect();
    return result;
  };

  it('memory full (OOM): nothing is accepted, nothing is half written', async () => {
    expect(await whileSet('maxmemory', '1', '0')).toBe('store_unavailable');
    expect((await stores.rollouts.load(rollout.id))?.rev).toBe(1);
    expect(await stores.rollouts.readAudit(rollout.id)).toEqual([]);
  });

  it('too few replicas (NOREPLICAS)', async () => {
    expect(await whileSet('min-replicas-to-write', '1', '0')).toBe('store_unavailable');
  });

  it('a replica (READONLY), and it serves again when it is master again', async () => {
    const admin = rawClient(server.port);
    await admin.replicaof('127.0.0.1', '1');
    const result = await stores.rollouts
      .takeToken(rollout.id, 0)
      .catch((error: { code: string }) => error.code);
    expect(result).toBe('store_unavailable');
    await admin.replicaof('NO', 'ONE');
    admin.disconnect();
    await until('writes are taken again', () =>
      stores.rollouts.takeToken(rollout.id, 0).then(
        () => true,
        () => false,
      ),
    );
  });

  it('a key of a foreign type is a bug of ours, not an outage', async () => {
    const admin = rawClient(server.port);
    await admin.set('db:{act}', 'not a sorted set');
    await expect(stores.rollouts.active()).rejects.toMatchObject({ code: 'internal' });
    await admin.del('db:{act}');
    admin.disconnect();
  });

  it('a process may start before Redis does', async () => {
    const second = await startRedis();
    await second.signal('SIGKILL');
    const early = connectRedis(settingsFor(second));
    try {
      const earlyStores = createRedisStores(early);
      expect(await early.ready(50)).toBe(false);
      await expectAllUnavailable(earlyStores);
      expect(Math.abs((await earlyStores.clock.now()) - Date.now())).toBeLessThan(1000);
      await second.restart();
      expect(await early.ready(5000)).toBe(true);
      expect(await earlyStores.rollouts.load(rollout.id)).toBeNull();
    } finally {
      early.close();
      await second.stop();
    }
  });
});
