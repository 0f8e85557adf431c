import { setTimeout as delay } from 'node:timers/promises';
import { Cluster, Redis } from 'ioredis';
import type { Config } from '../../config/schema.ts';
import { type Log, silentLog } from '../../lib/log.ts';
import { commandOf, readScript, SCRIPTS, type ScriptName } from './scripts.ts';

export type RedisClient = Redis | Cluster;
export type RedisSettings = Config['redis'];

/** A reconnect is tried within a second for ever: Redis coming back must not wait for anybody. */
const retryDelay = (times: number): number => Math.min(50 * times, 1000);
/** After a failover behind one address the old master answers READONLY: only a new connection finds the new one. */
const reconnectOnError = (error: Error): boolean => error.message.startsWith('READONLY');

type Role = 'commands' | 'worker' | 'subscriber';

/**
 * Commands fail fast: nothing is queued while Redis is away, and nothing whose outcome is unknown is sent twice (a
 * repeated SET NX would answer "not the first"). Workers block in Redis and wait for it instead.
 */
const roleOptions = (role: Role, timeoutMs: number) => ({
  connectionName: `dabbawala-${role}`,
  connectTimeout: timeoutMs,
  reconnectOnError,
  ...(role === 'commands'
    ? {
        commandTimeout: timeoutMs,
        // A peer that vanished without a word: the socket is given up, not only the command.
        socketTimeout: timeoutMs * 3,
        maxRetriesPerRequest: 0,
        autoResendUnfulfilledCommands: false,
      }
    : { maxRetriesPerRequest: null }),
});

/** Whoever the sentinels call the master now: asked at each connection, so also after the old one has gone.
 * Without ioredis' `failoverDetector`: now and then (seen with 6.0.0) it left a connection that never came back. */
function sentinelOptions(url: string, { master, nodes }: NonNullable<RedisSettings['sentinel']>) {
  const redis = new URL(url);
  const [first, ...others] = nodes.map((node) => new URL(node));
  const isTls = redis.protocol === 'rediss:';
  const database = Number(redis.pathname.slice(1) || 0);
  return {
    name: master,
    sentinels: [first, ...others].flatMap((node) =>
      node ? [{ host: node.hostname, port: Number(node.port || 26_379) }] : [],
    ),
    ...(first?.username ? { sentinelUsername: decodeURIComponent(first.username) } : {}),
    ...(first?.password ? { sentinelPassword: decodeURIComponent(first.password) } : {}),
    ...(first?.protocol === 'rediss:' ? { enableTLSForSentinelMode: true, sentinelTLS: {} } : {}),
    ...(redis.username ? { username: decodeURIComponent(redis.username) } : {}),
    ...(redis.password ? { password: decodeURIComponent(redis.password) } : {}),
    ...(isTls ? { tls: {} } : {}),
    db: database,
    retryStrategy: retryDelay,
    sentinelRetryStrategy: retryDelay,
  };
}

const openClient = (settings: RedisSettings, role: Role): RedisClient => {
  const options = roleOptions(role, settings.commandTimeout);
  const enableOfflineQueue = role !== 'commands';
  if (settings.sentinel)
    return new Redis({ ...sentinelOptions(settings.url, settings.sentinel), ...options, enableOfflineQueue });
  if (!settings.cluster)
    return new Redis(settings.url, { ...options, enableOfflineQueue, retryStrategy: retryDelay });
  const url = new URL(settings.url);
  const isTls = url.protocol === 'rediss:';
  return new Cluster([{ host: url.hostname, port: Number(url.port || 6379) }], {
    enableOfflineQueue,
    clusterRetryStrategy: retryDelay,
    slotsRefreshTimeout: settings.commandTimeout,
    // With TLS the nodes' host names must stay as they are, or no certificate matches.
    ...(isTls ? { dnsLookup: (address, callback) => callback(null, address) } : {}),
    redisOptions: {
      ...options,
      ...(url.username ? { username: decodeURIComponent(url.username) } : {}),
      ...(url.password ? { password: decodeURIComponent(url.password) } : {}),
      ...(isTls ? { tls: {} } : {}),
    },
  });
};

/** All connections of one process. Nobody else makes clients. */
export interface RedisConnections {
  readonly settings: RedisSettings;
  /** Fail-fast; has the Lua scripts. */
  readonly commands: RedisClient;
  /** For BullMQ workers: waits for Redis as long as it takes. Made at first use. */
  readonly worker: () => RedisClient;
  readonly subscriber: () => RedisClient;
  /** true as soon as commands can be answered; false when `timeoutMs` passed first. */
  readonly ready: (timeoutMs: number) => Promise<boolean>;
  readonly close: () => void;
}

export const connectRedis = (settings: RedisSettings, log: Log = silentLog): RedisConnections => {
  const open: RedisClient[] = [];
  const make = (role: Role): RedisClient => {
    const client = openClient(settings, role);
    // Without a listener an error event ends the process. One line per outage, not one per attempt.
    let isDown = false;
    client.on('error', (error: Error) => {
      if (!isDown) log.warn({ role, reason: error.message }, 'Redis connection failed; trying again');
      isDown = true;
    });
    client.on('ready', () => {
      if (isDown) log.info({ role }, 'Redis connection is back');
      isDown = false;
    });
    open.push(client);
    return client;
  };
  const once = (role: Role): (() => RedisClient) => {
    let client: RedisClient | null = null;
    return () => {
      client ??= make(role);
      return client;
    };
  };
  const commands = make('commands');
  for (const name of Object.keys(SCRIPTS) as ScriptName[])
    commands.defineCommand(commandOf(name), { numberOfKeys: SCRIPTS[name].keys, lua: readScript(name) });
  return {
    settings,
    commands,
    worker: once('worker'),
    subscriber: once('subscriber'),
    ready: (timeoutMs) => waitUntilReady(commands, timeoutMs),
    close: () => {
      for (const client of open) client.disconnect();
    },
  };
};

/** true when the client is ready within the time, false otherwise; never throws. */
export const waitUntilReady = async (client: RedisClient, timeoutMs: number): Promise<boolean> => {
  if (client.status === 'ready') return true;
  if (client.status === 'end') return false;
  const abort = new AbortController();
  const becameReady = new Promise<boolean>((resolve) => {
    const onReady = (): void => resolve(true);
    client.once('ready', onReady);
    abort.signal.addEventListener('abort', () => client.off('ready', onReady));
  });
  const tooLate = delay(timeoutMs, false, { signal: abort.signal }).catch(() => false);
  const isReady = await Promise.race([becameReady, tooLate]);
  abort.abort();
  return isReady;
};
