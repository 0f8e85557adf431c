import { freePort } from './port.ts';
import { askRedis } from './resp.ts';
import { type Service, startService } from './service.ts';
import { until } from './until.ts';

export interface RedisOptions {
  readonly port?: number;
  /** One node that holds all slots: every key that leaves its hash tag shows as CROSSSLOT. */
  readonly clusterEnabled?: boolean;
  /** Kept at close; without it a temporary folder is made and removed. */
  readonly dir?: string;
}

export type Redis = Service;

/** The settings that production is told to use: nothing acknowledged is ever lost or evicted. */
const DURABLE = [
  ['--appendonly', 'yes'],
  ['--appendfsync', 'always'],
  ['--save', ''],
  ['--maxmemory-policy', 'noeviction'],
].flat();

/** A node that was just born owns no slots; one that was restarted has them in nodes.conf. */
async function takeAllSlots(port: number): Promise<void> {
  const info = await askRedis(port, 'CLUSTER INFO');
  if (!info.includes('cluster_slots_assigned:16384')) {
    const answer = await askRedis(port, 'CLUSTER ADDSLOTSRANGE 0 16383');
    if (!answer.startsWith('+OK')) throw new Error(`CLUSTER ADDSLOTSRANGE: ${answer.trim()}`);
  }
  await until(async () => (await askRedis(port, 'CLUSTER INFO')).includes('cluster_state:ok'), {
    what: 'redis cluster_state:ok',
    timeoutMs: 10_000,
  });
}

/** Starts a real redis-server on loopback. */
export async function startRedis(options: RedisOptions = {}): Promise<Redis> {
  const isCluster = options.clusterEnabled ?? false;
  const busPort = isCluster ? await freePort() : 0;
  const cluster = isCluster
    ? [
        ['--cluster-enabled', 'yes'],
        ['--cluster-config-file', 'nodes.conf'],
        ['--cluster-port', String(busPort)],
        ['--cluster-announce-ip', '127.0.0.1'],
      ].flat()
    : [];
  return startService({
    title: 'redis-server',
    scheme: 'redis',
    port: options.port,
    dir: options.dir,
    readyMs: 15_000,
    program: async (port, dir) => ({
      command: 'redis-server',
      debianPackage: 'redis-server',
      brewFormula: 'redis',
      args: ['--bind', '127.0.0.1', '--port', String(port), '--dir', dir, ...DURABLE, ...cluster],
    }),
    isReady: async (port) => {
      if (!(await askRedis(port, 'PING')).startsWith('+PONG')) return false;
      if (isCluster) await takeAllSlots(port);
      return true;
    },
  });
}
