/** A master that dies and is replaced by its replica, as three real sentinels decide. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { freePort } from '../../../sandbox/processes/index.ts';
import { connectRedis, type RedisConnections } from '../../../src/adapters/redis/connect.ts';
import { createRedisStores, type RedisStores } from '../../../src/adapters/redis/stores.ts';
import { configSchema } from '../../../src/config/schema.ts';
import { isDabbawalaError } from '../../../src/lib/errors.ts';
import { newRollout } from '../../contract/store-fixtures.ts';
import { type RedisServer, rawClient, startRedis } from '../../support/redis.ts';
import { until } from '../../support/until.ts';

const MASTER = 'dabbawala';
const SENTINELS = 3;
/** Of the old master's silence; the rest of a failover is their election. */
const DOWN_AFTER_MS = 1500;
const FAILOVER_MS = 45_000;

let folder: string;
let master: RedisServer;
let replica: RedisServer;
const sentinels: ChildProcess[] = [];
const ports: number[] = [];
let connections: RedisConnections;
let stores: RedisStores;

async function startSentinel(port: number): Promise<void> {
  const file = join(folder, `sentinel-${port}.conf`);
  await writeFile(
    file,
    [
      `port ${port}`,
      'bind 127.0.0.1',
      `dir ${folder}`,
      `sentinel monitor ${MASTER} 127.0.0.1 ${master.port} 2`,
      `sentinel down-after-milliseconds ${MASTER} ${DOWN_AFTER_MS}`,
      `sentinel failover-timeout ${MASTER} 5000`,
    ].join('\n'),
  );
  sentinels.push(
    spawn(process.env['REDIS_SERVER'] ?? 'redis-server', [file, '--sentinel'], { stdio: 'ignore' }),
  );
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dabbawala-sentinel-'));
  master = await startRedis();
  replica = await startRedis({ settings: { replicaof: `127.0.0.1 ${master.port}` } });
  for (let index = 0; index < SENTINELS; index += 1) ports.push(await freePort());
  for (const port of ports) await startSentinel(port);
  const [port = 0] = ports;
  const sentinel = rawClient(port);
  await until('the sentinels know one another and the replica', async () => {
    const facts = (await sentinel.call('SENTINEL', 'MASTER', MASTER).catch(() => [])) as string[];
    const fact = (name: string): number => Number(facts[facts.indexOf(name) + 1] ?? 0);
    return fact('num-slaves') === 1 && fact('num-other-sentinels') === SENTINELS - 1;
  });
  sentinel.disconnect();
  connections = connectRedis(
    configSchema.shape.redis.parse({
      sentinel: { master: MASTER, nodes: ports.map((each) => `redis://127.0.0.1:${each}`) },
    }),
  );
  expect(await connections.ready(10_000)).toBe(true);
  stores = createRedisStores(connections);
}, 90_000);

afterAll(async () => {
  connections?.close();
  await Promise.all(
    sentinels.map(async (child) => {
      if (child.exitCode !== null) return;
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    }),
  );
  await Promise.all([master?.stop(), replica?.stop()]);
  await rm(folder, { recursive: true, force: true });
});

it('says what a failover may lose, and how to lose less', async () => {
  const { isDurable, sentence } = await stores.durability();
  expect(isDurable).toBe(false);
  expect(sentence).toMatch(/a crash loses nothing.*A failover may lose the last changes/);
  await connections.commands.config('SET', 'min-replicas-to-write', '1');
  expect((await stores.durability()).sentence).toMatch(/loses at most what its 1 replica/);
  await connections.commands.config('SET', 'min-replicas-to-write', '0');
});

it('is refused in words while there is none, and the new one has all that its replica had', async () => {
  const rollout = newRollout();
  await stores.rollouts.create(rollout, []);
  const old = rawClient(master.port);
  expect(await old.wait(1, 10_000)).toBe(1);
  old.disconnect();
  await master.signal('SIGKILL');

  const asked = performance.now();
  const refused: unknown = await stores.rollouts.load(rollout.id).catch((error: unknown) => error);
  expect(performance.now() - asked).toBeLessThan(3000);
  expect(isDabbawalaError(refused, 'store_unavailable')).toBe(true);

  await until(
    'the replica is the master',
    async () => {
      const stored = await stores.rollouts.load(rollout.id).catch(() => null);
      return stored?.rollout.id === rollout.id;
    },
    FAILOVER_MS,
  );
  const saved = await stores.rollouts.save(rollout.id, {
    next: { ...rollout, phase: 'awaiting-approval' },
    expectedRev: 1,
    token: null,
    lines: [],
    audit: [],
    isDirty: true,
  });
  expect(saved).toEqual({ kind: 'saved', rev: 2 });
}, 90_000);
