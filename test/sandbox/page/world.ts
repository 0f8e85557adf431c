import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type FaultRequest, WORLD } from '../../../sandbox/contract.ts';
import { buildPage } from '../../../sandbox/page/build.ts';
import { type Slack, startSlack } from '../../../sandbox/slack/index.ts';
import { type Json, PLAN_CARD, ROLLED_BACK_CARD, SHIFTING_CARD } from './fixtures.ts';
import { type StubBot, startStubBot } from './stub-bot.ts';

export interface PageWorld {
  readonly url: string;
  readonly slack: Slack;
  readonly bot: StubBot;
  close(): Promise<void>;
}

const WEIGHTS: Readonly<Record<string, number>> = { 'payment-gateway': 50 };

const deployment = (service: string, colour: string, tag: string, replicas: number): Json => ({
  metadata: { name: `${service}-${colour}` },
  spec: {
    replicas,
    template: {
      spec: { containers: [{ name: service, image: `registry.local:5000/tiffin/${service}:${tag}` }] },
    },
  },
  status: { readyReplicas: replicas },
});

function cluster(path: string): Json {
  if (path.includes('virtualservices')) {
    return {
      items: WORLD.services.map(({ name }) => ({
        metadata: { name },
        spec: {
          http: [
            {
              route: [
                { destination: { host: name, subset: 'blue' }, weight: 100 - (WEIGHTS[name] ?? 0) },
                { destination: { host: name, subset: 'green' }, weight: WEIGHTS[name] ?? 0 },
              ],
            },
          ],
        },
      })),
    };
  }
  return {
    items: WORLD.services.flatMap(({ name, live, replicas }) => [
      deployment(name, 'blue', live, replicas),
      deployment(name, 'green', WEIGHTS[name] ? 'v2.3.1' : live, WEIGHTS[name] ? replicas : 0),
    ]),
  };
}

/** The page on a real local Slack with a stub bot: what its tests and its developers look at. */
export async function startPageWorld(options: { port?: number } = {}): Promise<PageWorld> {
  const folder = await mkdtemp(join(tmpdir(), 'dabbawala-page-'));
  await buildPage(folder);
  const token = 'xoxb-page-test';
  const bot = await startStubBot(token);
  const started = Date.now();
  let faults: FaultRequest[] = [];
  const extra = async () => ({
    services: WORLD.services.map((service) => {
      const sent = Math.floor(((Date.now() - started) / 1000) * 66) + 4000;
      return { ...service, rps: 66, load: { sent, ok: sent, faulty: 0, failed: 0 } };
    }),
    faults,
  });
  const slack = await startSlack({
    ...(options.port ? { port: options.port } : {}),
    signingSecret: 'page',
    botToken: token,
    bot: () => bot.url,
    commands: ['/dabba', '/deploy', '/traffic', '/rollback'],
    cluster: async (path) => ({ status: 200, body: cluster(path) }),
    extra,
    onFault: async (fault) => {
      faults = [...faults.filter((one) => one.kind !== fault.kind), ...(fault.off ? [] : [fault])];
      return {};
    },
    onReset: async () => {
      faults = [];
    },
    staticDir: folder,
    limits: { postIntervalMs: 1, postBurst: 1000, tier3PerMinute: 100_000 },
  });
  bot.attach(slack.apiUrl);
  return {
    url: slack.url,
    slack,
    bot,
    async close() {
      await slack.close();
      await bot.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** A morning in the war room. Returns the ts of each card. */
export async function fill({ bot, slack }: PageWorld): Promise<Readonly<Record<string, string>>> {
  const channel = 'C0WARROOM';
  const post = async (blocks: readonly Json[], text: string, rest: Json = {}): Promise<string> => {
    const answer = await bot.api('chat.postMessage', { channel, text, blocks, ...rest });
    if (answer.ok !== true) throw new Error(JSON.stringify(answer));
    return String(answer.ts);
  };
  await slack.command({
    user: 'U0BHARAT',
    channel,
    text: 'Morning. UPI retries look slow, @asha please ship v2.3.1 @dabbawala',
  });
  const rolledBack = await post(ROLLED_BACK_CARD, '🔴 payment-gateway · prod · ROLLED BACK');
  for (const text of [
    'Traffic at *25 %*: all rules pass.',
    '🔴 *Rolled back* in 4.2 s: error rate 3.05 % > 0.5 %. <@U0ASHA> <!subteam^S0ONCALL>',
  ])
    await bot.api('chat.postMessage', { channel, text, thread_ts: rolledBack });
  await slack.command({ user: 'U0CHITRA', channel, text: 'Seen. `UPI_RETRY_MS` again?', thread: rolledBack });
  const shifting = await post(SHIFTING_CARD, '🔵 payment-gateway · prod · ANALYSING');
  await bot.api('chat.update', { channel, ts: shifting, text: 'now', blocks: SHIFTING_CARD });
  await bot.api('chat.postMessage', { channel, text: 'Traffic at *50 %*.', thread_ts: shifting });
  const plan = await post(PLAN_CARD, '🟡 payment-gateway · prod · WAITING FOR APPROVAL');
  await bot.api('chat.postEphemeral', {
    channel,
    user: 'U0ASHA',
    text: '⛔ You asked for this rollout, so you cannot approve it. <!subteam^S0APPROVE> can.',
  });
  return { rolledBack, shifting, plan };
}
