/** Starts the whole world in the right order and ends all of it, by id, in the opposite one. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Cluster, ClusterView } from '../cluster/cluster.ts';
import { type Part, WORLD, type WorldService } from '../contract.ts';
import { freePort } from '../processes/index.ts';
import { type Slack, startSlack } from '../slack/index.ts';
import { type Bot, startBot } from './bot.ts';
import { type Addresses, botConfig, type Pace } from './bot-config.ts';
import { worldFacts } from './facts.ts';
import { createFaults, type Faults } from './faults.ts';
import { type Ground, type GroundOptions, startGround } from './ground.ts';
import { wipe } from './history.ts';

export interface WorldOptions {
  /** Default those of the demo. What people see of the world, and its fault panel, knows these alone. */
  readonly services?: readonly WorldService[];
  readonly pace: Pace;
  /** Port of the page and of the local Slack; default a free one. */
  readonly port?: number;
  /** Replicas of the bot; default 1. */
  readonly replicas?: number;
  readonly rps?: number;
  /** Folder of the built page. */
  readonly staticDir?: string;
  readonly redisCluster?: boolean;
  /** Default as strict as Slack. */
  readonly slackLimits?: Parameters<typeof startSlack>[0]['limits'];
  /** Told what starts, line by line. */
  readonly onProgress?: (line: string) => void;
  /** Entry of the bot; default its source. */
  readonly botEntry?: string;
  readonly botEnv?: Readonly<Record<string, string>>;
  /** Changes the bot's configuration text. */
  readonly editConfig?: (text: string) => string;
}

export interface World<C extends ClusterView = Cluster>
  extends Part,
    Omit<Ground<C>, 'token' | 'trust' | 'restore'> {
  readonly slack: Slack;
  readonly bots: readonly Bot[];
  readonly faults: Faults;
  readonly dir: string;
  /** What Alertmanager and Falco send with their messages. */
  readonly webhookToken: string;
  /** Back to the first day: no message, no rollout, no fault. */
  reset(): Promise<void>;
}

/** A world on whatever cluster. */
export type AnyWorld = World<ClusterView>;

interface Secrets {
  readonly signingSecret: string;
  readonly botToken: string;
  readonly webhookToken: string;
}

export const startWorld = (options: WorldOptions): Promise<World> => startWorldOn(startGround, options);

/** The same world on other ground: a real cluster. */
export async function startWorldOn<C extends ClusterView>(
  openGround: (options: GroundOptions) => Promise<Ground<C>>,
  options: WorldOptions,
): Promise<World<C>> {
  const parts: Part[] = [];
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
    return { ...(await build(openGround, options, keep)), close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function build<C extends ClusterView>(
  openGround: (options: GroundOptions) => Promise<Ground<C>>,
  options: WorldOptions,
  keep: <T extends Part>(part: T) => T,
): Promise<Omit<World<C>, 'close'>> {
  const say = options.onProgress ?? (() => undefined);
  const dir = await mkdtemp(join(tmpdir(), 'dabbawala-'));
  keep({ close: () => rm(dir, { recursive: true, force: true }) });
  const ground = await openGround({
    services: options.services ?? WORLD.services,
    rps: options.rps ?? 200,
    redisCluster: options.redisCluster ?? false,
    say,
    keep,
  });
  const secrets: Secrets = {
    signingSecret: randomBytes(16).toString('hex'),
    botToken: `xoxb-sandbox-${randomBytes(12).toString('hex')}`,
    webhookToken: randomBytes(24).toString('hex'),
  };
  const bots: Bot[] = [];
  const { cluster, kubectl, mesh, prometheus, redis } = ground;
  const faults = createFaults({
    mesh,
    cluster,
    prometheus,
    redis,
    bots,
    kubectl,
    webhookToken: secrets.webhookToken,
  });
  const reset = async (): Promise<void> => {
    await Promise.all(bots.map((bot) => bot.kill()));
    await faults.clear();
    await wipe(redis.url);
    await ground.restore();
    await Promise.all(bots.map((bot) => bot.start()));
  };
  say('local Slack');
  const slack = keep(await startLocalSlack(options, secrets, ground, bots, faults, reset));
  say('the bot');
  for (let replica = 0; replica < (options.replicas ?? 1); replica++)
    bots.push(keep(await startReplica(options, secrets, ground, slack, dir, replica)));
  return {
    ...ground,
    slack,
    bots,
    faults,
    dir,
    webhookToken: secrets.webhookToken,
    reset: async () => {
      await reset();
      slack.reset();
    },
  };
}

const startLocalSlack = (
  options: WorldOptions,
  secrets: Secrets,
  { cluster, kubectl, mesh }: Ground<ClusterView>,
  bots: readonly Bot[],
  faults: Faults,
  onReset: () => Promise<void>,
): Promise<Slack> => {
  let next = 0;
  return startSlack({
    ...secrets,
    commands: ['/dabba', '/deploy', '/traffic', '/rollback', '/incident'],
    ...(options.port === undefined ? {} : { port: options.port }),
    ...(options.slackLimits ? { limits: options.slackLimits } : {}),
    ...(options.staticDir ? { staticDir: options.staticDir } : {}),
    // Each request to the next replica, as a load balancer would.
    bot: () => {
      const up = bots.flatMap((bot) => (bot.eventsUrl === null ? [] : [bot.eventsUrl]));
      return up.length === 0 ? null : (up[next++ % up.length] ?? null);
    },
    onFault: (request) => faults.apply(request),
    cluster: async (path) => {
      const headers = { authorization: `Bearer ${kubectl.token}` };
      const answer = await fetch(`${kubectl.url}/${path.replace(/^\//, '')}`, { headers });
      return { status: answer.status, body: await answer.json().catch(() => null) };
    },
    extra: () => worldFacts({ cluster, mesh, faults: () => faults.active() }),
    onReset,
  });
};

async function startReplica(
  options: WorldOptions,
  secrets: Secrets,
  { redis, cluster, prometheus, registry, token, trust }: Ground<ClusterView>,
  slack: Slack,
  dir: string,
  replica: number,
): Promise<Bot> {
  const tokenFile = join(dir, 'token');
  await writeFile(tokenFile, token, { mode: 0o600 });
  const addresses: Addresses = {
    slackApi: slack.apiUrl,
    slackPort: await freePort(),
    healthPort: await freePort(),
    webhookPort: await freePort(),
    redis: redis.url,
    isRedisCluster: options.redisCluster ?? false,
    cluster: cluster.url,
    tokenFile,
    trust,
    prometheus: prometheus.url,
    registryHost: registry.host,
  };
  const configFile = join(dir, `bot-${replica}.yml`);
  const text = botConfig(addresses, options.pace, options.services ?? WORLD.services);
  await writeFile(configFile, options.editConfig ? options.editConfig(text) : text);
  return startBot({
    ...secrets,
    configFile,
    slackPort: addresses.slackPort,
    healthPort: addresses.healthPort,
    webhookPort: addresses.webhookPort,
    logFile: join(dir, `bot-${replica}.log`),
    ...(options.botEntry ? { entry: options.botEntry } : {}),
    env: {
      ALERTMANAGER_WEBHOOK_TOKEN: secrets.webhookToken,
      FALCO_WEBHOOK_TOKEN: secrets.webhookToken,
      ...options.botEnv,
    },
  });
}
