/** Starts the whole world in the right order and ends all of it, by id, in the opposite one. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Cluster, startCluster } from '../cluster/cluster.ts';
import { type Part, WORLD } from '../contract.ts';
import { type Mesh, startMesh } from '../mesh/mesh.ts';
import { freePort, type Prometheus, type Redis, startPrometheus, startRedis } from '../processes/index.ts';
import { type Registry, startRegistry } from '../registry/registry.ts';
import { type Slack, startSlack } from '../slack/index.ts';
import { type Bot, startBot } from './bot.ts';
import { botConfig, type Pace } from './bot-config.ts';
import { worldFacts } from './facts.ts';
import { createFaults, type Faults } from './faults.ts';
import { seedHistory } from './history.ts';
import { worldObjects } from './objects.ts';

export interface WorldOptions {
  readonly pace: Pace;
  /** Port of the page and of the local Slack; default a free one. */
  readonly port?: number;
  /** Replicas of the bot; default 1. */
  readonly replicas?: number;
  readonly rps?: number;
  /** Folder of the built page. */
  readonly staticDir?: string;
  readonly redisCluster?: boolean;
  /** Slack's own limits for tests that need none; default as strict as Slack. */
  readonly slackLimits?: Parameters<typeof startSlack>[0]['limits'];
  /** Told what starts, line by line. */
  readonly onProgress?: (line: string) => void;
  /** Entry of the bot; default its source. */
  readonly botEntry?: string;
  readonly botEnv?: Readonly<Record<string, string>>;
  /** Changes the bot's configuration text. */
  readonly editConfig?: (text: string) => string;
}

export interface World extends Part {
  readonly slack: Slack;
  readonly cluster: Cluster;
  readonly mesh: Mesh;
  readonly registry: Registry;
  readonly prometheus: Prometheus;
  readonly redis: Redis;
  readonly bots: readonly Bot[];
  readonly faults: Faults;
  readonly dir: string;
}

const MESH_TOKEN = 'mesh';
const KUBECTL_TOKEN = 'kubectl';

export async function startWorld(options: WorldOptions): Promise<World> {
  const parts: Part[] = [];
  const say = options.onProgress ?? (() => undefined);
  const keep = <T extends Part>(part: T): T => {
    parts.push(part);
    return part;
  };
  let closing: Promise<void> | null = null;
  const closeAll = async (): Promise<void> => {
    for (const part of parts.toReversed())
      await part.close().catch((error) => console.error('not closed cleanly:', error));
  };
  const close = (): Promise<void> => (closing ??= closeAll());
  try {
    const dir = await mkdtemp(join(tmpdir(), 'dabbawala-'));
    keep({ close: () => rm(dir, { recursive: true, force: true }) });
    const token = randomBytes(16).toString('hex');
    const tokenFile = join(dir, 'token');
    await writeFile(tokenFile, token, { mode: 0o600 });

    say('image registry and pods');
    const registry = keep(
      await startRegistry({
        repositories: WORLD.services.map(({ name, tags }) => ({ name: `tiffin/${name}`, tags })),
      }),
    );
    const mesh = keep(await startMesh({ digests: registry.digests, rps: options.rps ?? 200 }));
    say('Prometheus and Redis');
    const [prometheus, redis] = await Promise.all([
      startPrometheus({ targets: mesh.metricsTargets }).then(keep),
      startRedis({ clusterEnabled: options.redisCluster ?? false }).then(keep),
    ]);
    say('Kubernetes API server');
    const cluster = keep(
      await startCluster({
        token,
        otherTokens: { [MESH_TOKEN]: 'mesh', [KUBECTL_TOKEN]: 'kubectl' },
        runtime: mesh.runtime,
      }),
    );
    const images = {
      repository: (service: string) => `${registry.host}/tiffin/${service}`,
      digestOf: (service: string, tag: string) => registry.digestOf(`tiffin/${service}`, tag),
    };
    cluster.seed(worldObjects(images));
    await mesh.connect({ clusterUrl: cluster.url, token: MESH_TOKEN });
    await cluster.settle(30_000);
    if (options.redisCluster !== true) await seedHistory(redis.url, images, Date.now());

    say('local Slack');
    const signingSecret = randomBytes(16).toString('hex');
    const botToken = `xoxb-sandbox-${randomBytes(12).toString('hex')}`;
    const bots: Bot[] = [];
    let faults: Faults | null = null;
    let nextBot = 0;
    const slack = keep(
      await startSlack({
        ...(options.port === undefined ? {} : { port: options.port }),
        signingSecret,
        botToken,
        commands: ['/dabba', '/deploy', '/traffic', '/rollback'],
        ...(options.slackLimits ? { limits: options.slackLimits } : {}),
        ...(options.staticDir ? { staticDir: options.staticDir } : {}),
        bot: () => {
          const up = bots.flatMap((bot) => (bot.eventsUrl === null ? [] : [bot.eventsUrl]));
          return up.length === 0 ? null : (up[nextBot++ % up.length] ?? null);
        },
        onFault: async (request) => faults?.apply(request),
        cluster: async (path) => {
          const answer = await fetch(`${cluster.url}/${path.replace(/^\//, '')}`, {
            headers: { authorization: `Bearer ${KUBECTL_TOKEN}` },
          });
          return { status: answer.status, body: await answer.json().catch(() => null) };
        },
        extra: () => worldFacts({ cluster, mesh, registry, faults: () => faults?.active() ?? [] }),
        onReset: async () => {
          await faults?.clear();
          await mesh.resetCounters();
        },
      }),
    );

    say('the bot');
    const addresses = {
      slackApi: slack.apiUrl,
      redis: redis.url,
      cluster: cluster.url,
      tokenFile,
      prometheus: prometheus.url,
      registryHost: registry.host,
    };
    for (let replica = 0; replica < (options.replicas ?? 1); replica++) {
      const [slackPort, healthPort] = [await freePort(), await freePort()];
      const configFile = join(dir, `bot-${replica}.yml`);
      const text = botConfig({ ...addresses, slackPort, healthPort }, options.pace);
      const edited = options.editConfig ? options.editConfig(text) : text;
      await writeFile(
        configFile,
        options.redisCluster ? edited.replace(/(\nredis:\n)/, '$1  cluster: true\n') : edited,
      );
      bots.push(
        keep(
          await startBot({
            configFile,
            botToken,
            signingSecret,
            slackPort,
            healthPort,
            logFile: join(dir, `bot-${replica}.log`),
            ...(options.botEntry ? { entry: options.botEntry } : {}),
            ...(options.botEnv ? { env: options.botEnv } : {}),
          }),
        ),
      );
    }
    faults = createFaults({
      mesh,
      cluster,
      prometheus,
      redis,
      bots,
      kubectl: { url: cluster.url, token: KUBECTL_TOKEN },
    });
    say('200 requests per second');
    // Ends first: pods drain until nobody sends any more, and no proxy hears of their end once the cluster is gone.
    keep({ close: () => mesh.stopLoad() });
    await mesh.startLoad();
    await mesh.resetCounters();
    return { slack, cluster, mesh, registry, prometheus, redis, bots, faults, dir, close };
  } catch (error) {
    await close();
    throw error;
  }
}
