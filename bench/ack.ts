/** From the command to its acknowledgement after the durable commit, beside a Bolt app that only says hello. */
import { setTimeout as delay } from 'node:timers/promises';
import { until } from '../sandbox/processes/index.ts';
import type { BenchContext, Benchmark, BenchResult } from './benchmark.ts';
import { type Ground, startGround } from './ground/ground.ts';
import { serviceName, TAGS, TEAM, userId, WAR_ROOM } from './ground/settings.ts';
import type { HelloReady, HelloRequest } from './hello.ts';
import { startHelper } from './measure/helper.ts';
import { createRandom, median, percentile, ratio, round } from './measure/numbers.ts';
import { rssOf } from './measure/rss.ts';
import { type Acked, type SlashCommand, sendCommand } from './measure/slack-client.ts';

const RUNNING = 100;
/** Commands of each side in a round; as many services at rest, since a target holds one rollout at a time. */
const A_ROUND = 20;
const ROUNDS = 16;
/** Thrown away: code that is not compiled yet, names that are not cached yet. */
const WARM_UP_ROUNDS = 1;
/** So many that nobody comes near ten commands a minute. */
const USERS = 100;
/** The product's default: each rollout looks at its metrics every 5 s. */
const TICK_MS = 5000;
/**
 * Mean pause between two commands, so that they fall anywhere between the ticks. Faster than people are, and than Slack
 * takes cards: what waits in the outbox grows all the while.
 */
const PAUSE_MS = 60;
const SLACK_WAITS_MS = 3000;

interface Measured {
  readonly bot: number[];
  readonly hello: number[];
  readonly botRss: number[];
  readonly helloRss: number[];
  notAccepted: number;
}

type Send = (command: SlashCommand) => Promise<Acked>;

async function run(context: BenchContext): Promise<BenchResult> {
  const idle = Array.from({ length: A_ROUND }, (_, index) => serviceName('idle', index));
  const ground = await startGround(
    {
      running: Array.from({ length: RUNNING }, (_, index) => serviceName('run', index)),
      idle,
      bare: [],
      users: USERS,
      tickMs: TICK_MS,
    },
    context,
  );
  context.say('  starting the Bolt hello-world');
  const { request, world } = ground;
  const helloRequest: HelloRequest = { ...request, slackApi: world.slackApi };
  const hello = context.keep(
    await startHelper<HelloReady>(new URL('./hello.ts', import.meta.url), helloRequest),
  );
  const to =
    (url: string): Send =>
    (command) =>
      sendCommand(url, request.signingSecret, TEAM, WAR_ROOM, command);
  const sides: Sides = { bot: to(ground.bot.eventsUrl ?? ''), hello: to(hello.ready.url), idle, ground };
  for (let user = 0; user < USERS; user++)
    await sides.bot({ user: userId(user), command: '/dabba', text: 'help' });

  const random = createRandom(1);
  for (let warm = 0; warm < WARM_UP_ROUNDS; warm++) await playRound(sides, warm, random, newMeasured());
  const measured = newMeasured();
  let rounds = 0;
  while (rounds < ROUNDS && performance.now() < context.measureUntil) {
    await playRound(sides, WARM_UP_ROUNDS + rounds, random, measured);
    measured.botRss.push(await rssOf(ground.bot.pid ?? 0));
    measured.helloRss.push(await rssOf(hello.pid));
    rounds += 1;
    if (rounds % 4 === 0)
      context.say(
        `  round ${rounds}: p50 ${round(median(measured.bot))} ms against ${round(median(measured.hello))} ms, memory ${round(measured.botRss.at(-1) ?? 0, 0)} against ${round(measured.helloRss.at(-1) ?? 0, 0)} MiB`,
      );
  }
  return resultOf(measured);
}

interface Sides {
  readonly bot: Send;
  readonly hello: Send;
  readonly idle: readonly string[];
  readonly ground: Ground;
}

const newMeasured = (): Measured => ({ bot: [], hello: [], botRss: [], helloRss: [], notAccepted: 0 });

/** Hello-world, then the bot, then everything asked for is withdrawn, unmeasured. */
async function playRound(sides: Sides, index: number, random: () => number, measured: Measured) {
  const userOf = (turn: number): string => userId((index * A_ROUND + turn) % USERS);
  const pause = () => delay(2 * PAUSE_MS * random());
  for (let turn = 0; turn < A_ROUND; turn++) {
    await pause();
    const acked = await sides.hello({ user: userOf(turn), command: '/hello', text: '' });
    if (acked.status !== 200) throw new Error(`hello-world answered ${acked.status}: ${acked.body}`);
    measured.hello.push(acked.ms);
  }
  for (const [turn, service] of sides.idle.entries()) {
    await pause();
    const text = `${service} ${TAGS.next} reason="Benchmark"`;
    const acked = await sides.bot({ user: userOf(turn), command: '/deploy', text });
    measured.bot.push(acked.ms);
    if (!acked.body.includes('is accepted')) {
      measured.notAccepted += 1;
      console.error(`not accepted: ${acked.status} ${acked.body.slice(0, 300)}`);
    }
  }
  for (const [turn, service] of sides.idle.entries())
    await sides.bot({ user: userOf(turn), command: '/rollback', text: `${service} reason="Benchmark"` });
  await until(
    async () => {
      const claims = await Promise.all(
        sides.idle.map((service) =>
          sides.ground.stores.targets.readClaim({ service, environment: 'prod', region: null }),
        ),
      );
      return claims.every((claim) => claim === null);
    },
    { what: 'every withdrawn deploy has ended', timeoutMs: 20_000 },
  );
}

function resultOf(measured: Measured): BenchResult {
  const { bot, hello } = measured;
  const fields = {
    ratioP50: ratio(percentile(bot, 50), percentile(hello, 50)),
    ratioP99: ratio(percentile(bot, 99), percentile(hello, 99)),
    missed3s: bot.filter((ms) => ms > SLACK_WAITS_MS).length,
    rssRatio: ratio(median(measured.botRss), median(measured.helloRss)),
    samples: bot.length,
    running: RUNNING,
    notAccepted: measured.notAccepted,
    botP50Ms: round(percentile(bot, 50)),
    botP99Ms: round(percentile(bot, 99)),
    floorP50Ms: round(percentile(hello, 50)),
    floorP99Ms: round(percentile(hello, 99)),
  };
  return {
    fields,
    summary: [
      `command to acknowledgement, ${fields.samples} of each, ${RUNNING} rollouts running in the bot`,
      `               p50        p99`,
      `  hello-world  ${fields.floorP50Ms} ms    ${fields.floorP99Ms} ms`,
      `  bot          ${fields.botP50Ms} ms    ${fields.botP99Ms} ms`,
      `  ratio        ${fields.ratioP50}x      ${fields.ratioP99}x`,
      `  later than 3 s: ${fields.missed3s}; not accepted: ${fields.notAccepted}`,
      `  memory: ${round(median(measured.botRss), 0)} MiB against ${round(median(measured.helloRss), 0)} MiB, ${fields.rssRatio}x`,
    ],
  };
}

export const ack: Benchmark = {
  name: 'ack',
  title: 'from a command to its acknowledgement after the durable commit, beside a Bolt hello-world',
  limitS: 170,
  run,
};
