import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { until } from './until.ts';

export interface RedisServerOptions {
  /** One node that owns all slots: shows every script that touches two. */
  readonly cluster?: boolean;
  /** More settings of redis.conf, as `--name value`. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** A real redis-server of this test's own. */
export interface RedisServer {
  readonly url: string;
  readonly port: number;
  readonly isCluster: boolean;
  /** Ends it: SIGTERM saves, SIGKILL is a crash, SIGSTOP makes it hang (end that with SIGCONT). */
  signal(signal: NodeJS.Signals): Promise<void>;
  /** Starts it again on the same port with the same data. */
  restart(): Promise<void>;
  /** Ends it and removes its data. */
  stop(): Promise<void>;
}

const HOW_TO_GET_IT =
  'redis-server was not found. These tests run against a real one (7.0 or later): install it (Debian: apt-get install redis-server, macOS: brew install redis), or name the binary in REDIS_SERVER.';

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
};

/** A plain client for looking behind the adapter's back. Close it with `disconnect()`. */
export const rawClient = (port: number): Redis => {
  const client = new Redis(port, '127.0.0.1', { retryStrategy: () => 50, maxRetriesPerRequest: null });
  client.on('error', () => {});
  return client;
};

const isRunning = (child: ChildProcess | null): child is ChildProcess =>
  child !== null && child.exitCode === null && child.signalCode === null;

export const startRedis = async (options: RedisServerOptions = {}): Promise<RedisServer> => {
  const directory = await mkdtemp(join(tmpdir(), 'dabbawala-redis-'));
  const port = await freePort();
  const isCluster = options.cluster ?? false;
  const settings: Record<string, string> = {
    port: String(port),
    bind: '127.0.0.1',
    dir: directory,
    save: '',
    appendonly: 'yes',
    appendfsync: 'always',
    'maxmemory-policy': 'noeviction',
    ...(isCluster
      ? {
          'cluster-enabled': 'yes',
          'cluster-port': String(await freePort()),
          'cluster-node-timeout': '2000',
          // A node that never met another does not know its own address, and clients follow what it says.
          'cluster-announce-ip': '127.0.0.1',
        }
      : {}),
    ...options.settings,
  };
  const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
  let child: ChildProcess | null = null;

  const start = async (): Promise<void> => {
    const started = spawn(process.env.REDIS_SERVER ?? 'redis-server', args, { stdio: 'ignore' });
    child = started;
    let failure: Error | null = null;
    started.on('error', (error: NodeJS.ErrnoException) => {
      failure = error.code === 'ENOENT' ? new Error(HOW_TO_GET_IT) : error;
    });
    const client = rawClient(port);
    try {
      await until('redis-server answers', async () => {
        if (failure) throw failure;
        if (started.exitCode !== null) throw new Error(`redis-server ended with ${started.exitCode}`);
        return client.status === 'ready' && (await client.ping()) === 'PONG';
      });
      if (!isCluster) return;
      if ((await client.cluster('INFO')).includes('cluster_slots_assigned:0'))
        await client.call('CLUSTER', 'ADDSLOTSRANGE', '0', '16383');
      await until('the cluster is ok', async () =>
        (await client.cluster('INFO')).includes('cluster_state:ok'),
      );
    } finally {
      client.disconnect();
    }
  };

  const signal = async (name: NodeJS.Signals): Promise<void> => {
    if (!isRunning(child)) return;
    const isEnd = name !== 'SIGSTOP' && name !== 'SIGCONT';
    const ended = isEnd ? once(child, 'exit') : null;
    child.kill(name);
    await ended;
  };

  const stop = async (): Promise<void> => {
    await signal('SIGCONT');
    await signal('SIGKILL');
    await rm(directory, { recursive: true, force: true });
  };

  try {
    await start();
  } catch (error) {
    await stop();
    throw error;
  }
  return { url: `redis://127.0.0.1:${port}`, port, isCluster, signal, restart: start, stop };
};
