import { createMemoryStores } from '../fakes/memory-store.ts';
import { openRedisStore } from './redis-target.ts';
import { describeStore } from './store.suite.ts';

describeStore('in memory', async () => {
  const stores = createMemoryStores();
  return {
    ...stores,
    other: stores,
    corrupt: async (id) => stores.corrupt(id),
    pass: async (ms) => stores.clock.advance(ms),
    close: async () => {},
  };
});
describeStore('Redis', openRedisStore(false));
describeStore('Redis Cluster, one node with all slots', openRedisStore(true));
