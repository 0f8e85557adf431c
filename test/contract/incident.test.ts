import { expect, it } from 'vitest';
import { keys } from '../../src/adapters/redis/keys.ts';
import { createRedisStores } from '../../src/adapters/redis/stores.ts';
import { MemoryIncidents } from '../fakes/memory-incidents.ts';
import { makeIncident } from '../support/incident-fixtures.ts';
import { startRedis } from '../support/redis.ts';
import { describeIncidents, type OpenedIncidents } from './incident.suite.ts';
import { openConnections } from './redis-target.ts';
import { draft } from './store-fixtures.ts';

describeIncidents('in memory', async () => {
  let store = new MemoryIncidents();
  return {
    get incidents() {
      return store;
    },
    get other() {
      return store;
    },
    wipe: async () => {
      store = new MemoryIncidents();
    },
    close: async () => undefined,
  };
});

const openRedis = (cluster: boolean) => async (): Promise<OpenedIncidents> => {
  const server = await startRedis({ cluster });
  const all = [await openConnections(server), await openConnections(server)] as const;
  return {
    incidents: createRedisStores(all[0]).incidents,
    other: createRedisStores(all[1]).incidents,
    wipe: async () => {
      await all[0].commands.flushall();
    },
    close: async () => {
      for (const connections of all) connections.close();
      await server.stop();
    },
  };
};
describeIncidents('Redis', openRedis(false));
describeIncidents('Redis Cluster, one node with all slots', openRedis(true));

it('an incident that cannot be read is in nobody’s way', async () => {
  const server = await startRedis();
  const connections = await openConnections(server);
  try {
    const dropped: string[] = [];
    const { incidents, incidentOutbox } = createRedisStores(connections, undefined, (what) =>
      dropped.push(what),
    );
    const found = (id: string) => ({ next: makeIncident({ id }), lines: [], audit: [draft()] });
    const [bad, good] = [await incidents.create(found), await incidents.create(found)];
    await connections.commands.hset(keys.incidentState(bad.incident.id), 'doc', '{"id":"INC-1"}');
    expect((await incidentOutbox.dirty()).map(({ id }) => id)).toEqual([good.incident.id]);
    expect(dropped).toEqual(['card']);
    expect((await incidents.open()).map(({ incident }) => incident.id)).toEqual([good.incident.id]);
    await expect(incidents.load(bad.incident.id)).rejects.toThrow('cannot be read');
    await incidentOutbox.markPosted(good.incident.id, 1, '1.0');
    expect(await incidentOutbox.dirty()).toEqual([]);
    expect(await incidentOutbox.cardTs(good.incident.id)).toBe('1.0');
  } finally {
    connections.close();
    await server.stop();
  }
});
