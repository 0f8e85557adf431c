import { setTimeout as delay } from 'node:timers/promises';
import { connectRedis, type RedisConnections, type RedisSettings } from '../../src/adapters/redis/connect.ts';
import { keys } from '../../src/adapters/redis/keys.ts';
import { createRedisStores } from '../../src/adapters/redis/stores.ts';
import { configSchema } from '../../src/config/schema.ts';
import { type RedisServer, startRedis } from '../support/redis.ts';
import type { OpenedStore } from './store.suite.ts';

export const settingsFor = (server: RedisServer, overrides: Partial<RedisSettings> = {}): RedisSettings => ({
  ...configSchema.shape.redis.parse({ url: server.url, cluster: server.isCluster }),
  ...overrides,
});

export const openConnections = async (
  server: RedisServer,
  overrides: Partial<RedisSettings> = {},
): Promise<RedisConnections> => {
  const connections = connectRedis(settingsFor(server, overrides));
  if (await connections.ready(5000)) return connections;
  connections.close();
  throw new Error('the test server did not become ready');
};

/** The contract's target on a real server: two processes' worth of connections. */
export const openRedisStore = (cluster: boolean) => async (): Promise<OpenedStore> => {
  const server = await startRedis({ cluster });
  const opened: RedisConnections[] = [];
  const close = async (): Promise<void> => {
    for (const each of opened) each.close();
    await server.stop();
  };
  const open = async (): Promise<RedisConnections> => {
    const connections = await openConnections(server).catch(async (error) => {
      await close();
      throw error;
    });
    opened.push(connections);
    return connections;
  };
  const connections = await open();
  const otherConnections = await open();
  return {
    ...createRedisStores(connections),
    other: createRedisStores(otherConnections),
    corrupt: async (id) => {
      await connections.commands.hset(keys.state(id), 'doc', '{"schemaVersion":1,"id":');
    },
    pass: (ms) => delay(ms),
    close,
  };
};
