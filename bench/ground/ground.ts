/** Starts the world, a durable Redis with the running rollouts in it, and the bot that drives them. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, startRedis, until } from '../../sandbox/processes/index.ts';
import { type Bot, startBot } from '../../sandbox/world/bot.ts';
import { connectRedis } from '../../src/adapters/redis/connect.ts';
import { createRedisStores, type RedisStores } from '../../src/adapters/redis/stores.ts';
import type { BenchContext } from '../benchmark.ts';
import { startHelper } from '../measure/helper.ts';
import { benchConfig } from './bot-config.ts';
import { runningRollout } from './running-rollout.ts';
import { type GroundReady, type GroundRequest, rolloutId } from './settings.ts';

export interface GroundOptions extends Pick<GroundRequest, 'running' | 'idle' | 'bare' | 'users'> {
  readonly tickMs: number;
}

export interface Ground {
  readonly world: GroundReady;
  readonly request: GroundRequest;
  readonly bot: Bot;
  /** The bot's own store, read and written with its own code. */
  readonly stores: RedisStores;
}

/** The bot needs about this long until it drives all: the first tick of each comes after. */
const LEAD_MS = 4000;
/** Arguments of Node for the bot, to look inside it: `--cpu-prof --cpu-prof-dir=…`. */
const BOT_NODE_OPTIONS = process.env['BENCH_BOT_NODE_OPTIONS'];

export async function startGround(options: GroundOptions, { keep, say }: BenchContext): Promise<Ground> {
  const { tickMs, ...services } = options;
  const request: GroundRequest = {
    ...services,
    botToken: `xoxb-bench-${randomBytes(12).toString('hex')}`,
    signingSecret: randomBytes(16).toString('hex'),
    clusterToken: randomBytes(16).toString('hex'),
  };
  const dir = await mkdtemp(join(tmpdir(), 'dabbawala-bench-'));
  keep({ close: () => rm(dir, { recursive: true, force: true }) });
  say(
    `  starting API server, Slack, registry; ${request.running.length} running rollouts, ${request.idle.length} services at rest`,
  );
  const { ready: world } = keep(
    await startHelper<GroundReady>(new URL('./child.ts', import.meta.url), request),
  );
  const redis = keep(await startRedis());
  const connections = connectRedis({ url: redis.url, cluster: false, commandTimeout: 5000 });
  keep({ close: async () => connections.close() });
  await connections.ready(5000);
  const stores = createRedisStores(connections);
  await seed(stores, world, request, tickMs);

  say('  starting the bot');
  const tokenFile = join(dir, 'token');
  await writeFile(tokenFile, request.clusterToken, { mode: 0o600 });
  const ports = {
    slackPort: await freePort(),
    healthPort: await freePort(),
    webhookPort: await freePort(),
  };
  const configFile = join(dir, 'bot.yml');
  await writeFile(configFile, benchConfig({ ...ports, tokenFile, redis: redis.url }, request, world));
  const bot = keep(
    await startBot({
      ...ports,
      configFile,
      botToken: request.botToken,
      signingSecret: request.signingSecret,
      logFile: join(dir, 'bot.log'),
      ...(BOT_NODE_OPTIONS === undefined ? {} : { env: { NODE_OPTIONS: BOT_NODE_OPTIONS } }),
    }),
  );
  await allDriven(stores, request.running, bot);
  return { world, request, bot, stores };
}

async function seed(
  stores: RedisStores,
  world: GroundReady,
  { running }: GroundRequest,
  tickMs: number,
): Promise<void> {
  const now = await stores.clock.now();
  await Promise.all(
    running.map(async (service, index) => {
      const firstTickInMs = LEAD_MS + (index / running.length) * tickMs;
      const rollout = runningRollout(service, world, { now, tickMs, firstTickInMs });
      await stores.targets.takeClaim(rollout.target, rollout.id);
      await stores.rollouts.create(rollout, []);
    }),
  );
}

/** Every rollout has been looked at and saved at least twice since the bot came up. */
async function allDriven(stores: RedisStores, services: readonly string[], bot: Bot): Promise<void> {
  try {
    await until(
      async () => {
        const all = await Promise.all(services.map((name) => stores.rollouts.load(rolloutId(name))));
        return all.every((stored) => (stored?.rollout.clock.knownTicks ?? 0) >= 2);
      },
      { what: 'every rollout is driven', timeoutMs: 60_000, everyMs: 200 },
    );
  } catch (error) {
    throw new Error(`${String(error)}\n${await bot.recentLog(20)}`, { cause: error });
  }
}
