import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createRedisStores } from '../../src/adapters/redis/stores.ts';
import type { PageRecord, PageStore } from '../../src/ports/pager.ts';
import { MemoryPages } from '../fakes/memory-pages.ts';
import { type RedisServer, startRedis } from '../support/redis.ts';
import { openConnections } from './redis-target.ts';

const page = (more: Partial<PageRecord> = {}): PageRecord => ({
  ...{
    key: 'dabbawala-a-1',
    groupId: 'a-0000000000000001',
    episode: 1,
    told: 'nothing',
    tries: 0,
    nextAt: 0,
  },
  ...more,
});

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
beforeEach(() => connections.commands.flushall());

describe.each<[string, () => PageStore]>([
  ['in memory', () => new MemoryPages()],
  ['in Redis', () => createRedisStores(connections).pages],
])('what a paging service was told, %s', (_, open) => {
  it('is added once, changed, and forgotten', async () => {
    const store = open();
    expect(await store.add(page())).toBe(true);
    expect(await store.add(page({ told: 'triggered' }))).toBe(false);
    expect(await store.pages()).toEqual([page()]);
    await store.put(page({ told: 'acknowledged', tries: 2, nextAt: 5 }));
    expect(await store.pages()).toEqual([page({ told: 'acknowledged', tries: 2, nextAt: 5 })]);
    await store.remove(page().key);
    await store.remove(page().key);
    expect(await store.pages()).toEqual([]);
  });
});
