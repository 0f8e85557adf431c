import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { keys } from '../../src/adapters/redis/keys.ts';
import { createRedisStores } from '../../src/adapters/redis/stores.ts';
import type { BeatRecord } from '../../src/core/watch/heartbeat.ts';
import type { LateRecord } from '../../src/core/watch/late.ts';
import type { WatchStore } from '../../src/ports/watch-store.ts';
import { MemoryWatch } from '../fakes/memory-watch.ts';
import { type RedisServer, startRedis } from '../support/redis.ts';
import { openConnections } from './redis-target.ts';

const beats = (rev: number, lookedAt = 5): BeatRecord => ({
  ...{ schemaVersion: 1, rev, lookedAt, beats: { prometheus: { from: 1, missingSince: null } } },
  unraised: [{ name: 'prometheus', kind: 'missing', at: 2, since: 1, lastAt: null }],
});
const late = (rev: number): LateRecord => ({
  ...{ schemaVersion: 1, rev, seen: { a: { mark: 'x', at: 1 } }, late: { C0ROOM: { since: 1, worstMs: 2 } } },
  unsaid: [{ id: 'watch-late-C0ROOM-1', at: 1, kind: 'late', channel: 'C0ROOM', cards: 1, waitedMs: 2 }],
});

let server: RedisServer;
let connections: Awaited<ReturnType<typeof openConnections>>;
beforeAll(async () => {
  server = await startRedis({ cluster: true });
  connections = await openConnections(server);
});
afterAll(async () => {
  connections?.close();
  await server?.stop();
});
beforeEach(() => connections.commands.flushall());

describe.each<[string, () => WatchStore]>([
  ['in memory', () => new MemoryWatch()],
  ['in Redis', () => createRedisStores(connections).watch],
])('the watch %s', (_, open) => {
  it('remembers when each heartbeat was last heard', async () => {
    const store = open();
    expect(await store.lastBeats()).toEqual({});
    await store.beat('prometheus', 5);
    await store.beat('prometheus', 7);
    await store.beat('other', 6);
    expect(await store.lastBeats()).toEqual({ prometheus: 7, other: 6 });
  });

  it('takes one change a rev', async () => {
    const store = open();
    expect([await store.readBeats(), await store.readLate()]).toEqual([null, null]);
    expect(await Promise.all([store.saveBeats(beats(1)), store.saveBeats(beats(1))])).toEqual([true, false]);
    expect(await store.saveBeats(beats(2, 9))).toBe(true);
    expect(await store.readBeats()).toEqual(beats(2, 9));
    expect([await store.saveLate(late(1)), await store.saveLate(late(1))]).toEqual([true, false]);
    expect(await store.readLate()).toEqual(late(1));
  });
});

describe('the watch in Redis', () => {
  it('begins anew where it cannot be read', async () => {
    const store = createRedisStores(connections).watch;
    await connections.commands.hset(keys.lateWatch, 'rev', 7, 'doc', '{"schemaVersion":');
    expect(await store.readLate()).toMatchObject({ rev: 7, seen: {}, unsaid: [] });
    expect(await store.saveLate(late(8))).toBe(true);
  });
});
