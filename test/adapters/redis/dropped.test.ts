/** What cannot be read is not shown: it is counted, kept where somebody can look at it, and in nobody's way. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { keys } from '../../../src/adapters/redis/keys.ts';
import { createRedisStores } from '../../../src/adapters/redis/stores.ts';
import { createTelemetry } from '../../../src/adapters/telemetry.ts';
import { groupIdOf, shardOf } from '../../../src/core/alert/fingerprint.ts';
import { openConnections } from '../../contract/redis-target.ts';
import { createFakeLog } from '../../fakes/fake-log.ts';
import { makePost } from '../../support/alert-fixtures.ts';
import { type RedisServer, startRedis } from '../../support/redis.ts';

let server: RedisServer;
let connections: Awaited<ReturnType<typeof openConnections>>;
beforeAll(async () => {
  server = await startRedis({});
  connections = await openConnections(server);
});
afterAll(async () => {
  connections?.close();
  await server?.stop();
});

describe('what is dropped', () => {
  it('is counted from 0 on, so that a rule can be written against it', async () => {
    const telemetry = createTelemetry();
    const counted = async (): Promise<readonly string[]> =>
      (await telemetry.registry.metrics())
        .split('\n')
        .filter((line) => line.startsWith('dabbawala_dropped_total{'));
    expect(await counted()).toEqual([
      'dabbawala_dropped_total{what="message"} 0',
      'dabbawala_dropped_total{what="card"} 0',
    ]);

    const stores = createRedisStores(connections, createFakeLog(), telemetry.onDropped);
    const post = makePost('InstanceDown');
    const shard = shardOf(groupIdOf(post));
    await stores.alerts.accept(post);
    await connections.commands.xadd(
      keys.alertIntake(shard),
      '*',
      'id',
      groupIdOf(post),
      'doc',
      '{"source":"alertma',
    );
    expect((await stores.alerts.take(shard, 10))[0]?.messages).toHaveLength(1);
    expect(await connections.commands.xlen(keys.alertAside(shard))).toBe(1);

    await connections.commands.sadd(keys.alertChannels(shard), 'C0WARROOM');
    await connections.commands.zadd(keys.alertDirty(shard, 'C0WARROOM'), 1, groupIdOf(post));
    expect(await stores.alertOutbox.dirty()).toEqual([]);
    expect(await counted()).toEqual([
      'dabbawala_dropped_total{what="message"} 1',
      'dabbawala_dropped_total{what="card"} 1',
    ]);
  });
});
