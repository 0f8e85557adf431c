import { createRedisStores } from '../../src/adapters/redis/stores.ts';
import { MemoryOnCall } from '../fakes/memory-on-call.ts';
import { startRedis } from '../support/redis.ts';
import { describeOnCall, type OpenedOnCall } from './on-call.suite.ts';
import { openConnections } from './redis-target.ts';

describeOnCall('in memory', async () => {
  let store = new MemoryOnCall();
  return {
    get onCall() {
      return store;
    },
    get other() {
      return store;
    },
    wipe: async () => {
      store = new MemoryOnCall();
    },
    close: async () => undefined,
  };
});

const openRedis = (cluster: boolean) => async (): Promise<OpenedOnCall> => {
  const server = await startRedis({ cluster });
  const all = [await openConnections(server), await openConnections(server)] as const;
  return {
    onCall: createRedisStores(all[0]).onCall,
    other: createRedisStores(all[1]).onCall,
    wipe: async () => {
      await all[0].commands.flushall();
    },
    close: async () => {
      for (const connections of all) connections.close();
      await server.stop();
    },
  };
};
describeOnCall('Redis', openRedis(false));
describeOnCall('Redis Cluster, one node with all slots', openRedis(true));
