/** A flood of alerts: how fast they are durable, how soon each is named in Slack, beside Alertmanager's own way in. */
import { setTimeout as delay } from 'node:timers/promises';
import { type Alertmanager, startAlertmanager } from '../sandbox/processes/index.ts';
import { startWorld, type World } from '../sandbox/world/world.ts';
import type { BenchContext, Benchmark, BenchResult } from './benchmark.ts';
import { percentile, ratio, round } from './measure/numbers.ts';
import { rssOf } from './measure/rss.ts';

const AT_ONCE = 32;
const ROOM = 'C0WARROOM';
const PER_SECOND = 200;
const SECONDS = 10;

interface Flood {
  /** Messages a second that were durable. */
  readonly perSecond: number;
  readonly visibleMs: number;
  readonly lost: number;
}

const nameOf = (flood: string, index: number): string => `${flood}${String(index).padStart(5, '0')}`;

const alertOf = (name: string) => ({
  labels: { alertname: name, severity: 'warning', service: 'bench' },
  annotations: { summary: `${name} is bad` },
  startsAt: new Date().toISOString(),
});

const messageOf = (name: string) => {
  const { labels, annotations, startsAt } = alertOf(name);
  return {
    ...{ version: '4', status: 'firing', receiver: 'war-room', groupKey: `{}:{alertname="${name}"}` },
    ...{ groupLabels: { alertname: name }, commonLabels: labels, commonAnnotations: annotations },
    alerts: [
      {
        ...{ status: 'firing', labels, annotations, startsAt, fingerprint: name },
        endsAt: '0001-01-01T00:00:00Z',
      },
    ],
  };
};

/** ms until all were answered 2xx. Throws when one was not. */
async function send(url: string, token: string, bodies: readonly unknown[]): Promise<number> {
  const started = performance.now();
  let next = 0;
  const sender = async (): Promise<void> => {
    for (let index = next++; index < bodies.length; index = next++) {
      const response = await fetch(url, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify(bodies[index]),
      });
      await response.arrayBuffer();
      if (!response.ok) throw new Error(`${url} answered ${response.status}`);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, sender));
  return performance.now() - started;
}

const webhookOf = (world: World): string => `${world.bots[0]?.webhooksUrl}/alertmanager`;

/** What the channel shows, as one text. */
const shown = (world: World): string =>
  world.slack
    .messages(ROOM)
    .map(({ text, blocks }) => text + JSON.stringify(blocks ?? []))
    .join('\n');

async function flood(
  world: World,
  label: string,
  count: number,
  withinMs: number,
  meanwhile: () => Promise<void> = async () => undefined,
): Promise<Flood> {
  const names = Array.from({ length: count }, (_, index) => nameOf(label, index));
  const started = performance.now();
  const ms = await send(webhookOf(world), world.webhookToken, names.map(messageOf));
  await meanwhile();
  const missing = (): number => {
    const text = shown(world);
    return names.filter((name) => !text.includes(name)).length;
  };
  while (missing() > 0 && performance.now() - started < withinMs) await delay(250);
  return {
    perSecond: count / (ms / 1000),
    visibleMs: performance.now() - started,
    lost: missing(),
  };
}

/** Messages of ours that stand in the channel twice. */
function duplicates(world: World): number {
  const ids = world.slack
    .messages(ROOM)
    .map(({ blocks }) => (blocks?.[0] as { readonly block_id?: string } | undefined)?.block_id ?? '')
    .filter((id) => id.startsWith('card-'));
  return ids.length - new Set(ids).size;
}

/** Answers of the webhook under an even 200 requests a second. */
async function answers(world: World): Promise<readonly number[]> {
  const times: number[] = [];
  const open: Promise<void>[] = [];
  const started = performance.now();
  for (let index = 0; index < PER_SECOND * SECONDS; index += 1) {
    const dueIn = started + (index * 1000) / PER_SECOND - performance.now();
    if (dueIn > 0) await delay(dueIn);
    const at = performance.now();
    // One group, told again and again: the way in is measured, not the channel.
    const sent = send(webhookOf(world), world.webhookToken, [messageOf('Steady')]);
    open.push(sent.then(() => void times.push(performance.now() - at)));
  }
  await Promise.all(open);
  return times;
}

/** Alerts a second that Alertmanager takes by its API; null: the program is not there. */
async function alertmanagerRate(world: World, count: number, context: BenchContext): Promise<number | null> {
  let alertmanager: Alertmanager;
  try {
    alertmanager = context.keep(
      await startAlertmanager({ webhook: { url: `${webhookOf(world)}-none`, token: 'none' } }),
    );
  } catch (error) {
    if (error instanceof Error && error.name === 'MissingProgram') return null;
    throw error;
  }
  const bodies = Array.from({ length: count }, (_, index) => [alertOf(nameOf('Theirs', index))]);
  const ms = await send(`${alertmanager.url}/api/v2/alerts`, 'none', bodies);
  await alertmanager.close();
  return count / (ms / 1000);
}

async function run(context: BenchContext): Promise<BenchResult> {
  const start = async (postBurst: number): Promise<World> =>
    context.keep(await startWorld({ pace: 'test', rps: 5, slackLimits: { postBurst } }));
  context.say('  200 alerts, Slack tolerates 1 at once, then 5');
  const small: Flood[] = [];
  for (const burst of [1, 5]) {
    const world = await start(burst);
    small.push(await flood(world, 'Small', 200, 60_000));
    await world.close();
  }
  context.say('  2,000 alerts, the bot killed in the middle, three answers of Slack lost');
  const world = await start(1);
  const [bot] = world.bots;
  const times = await answers(world);
  const rssBefore = await rssOf(bot?.pid ?? 0);
  await flood(world, 'Warm', 2000, 90_000);
  const rssAfter = await rssOf(bot?.pid ?? 0);
  world.slack.resetAfterPost(3);
  const large = await flood(world, 'Large', 2000, 90_000, async () => {
    await bot?.kill();
    await bot?.start();
  });
  const theirs = await alertmanagerRate(world, 2000, context);
  const limited = world.slack.log().filter(({ status }) => status === 429).length;
  const fields = {
    visible200Ms: round(small[0]?.visibleMs ?? Number.NaN, 0),
    visible200Burst5Ms: round(small[1]?.visibleMs ?? Number.NaN, 0),
    visible2000Ms: round(large.visibleMs, 0),
    lost: small.reduce((sum, { lost }) => sum + lost, large.lost),
    duplicates: duplicates(world),
    limited,
    acceptedPerSecond: round(large.perSecond, 0),
    alertmanagerPerSecond: theirs === null ? 'not there' : round(theirs, 0),
    acceptRatio: theirs === null ? 'not there' : ratio(large.perSecond, theirs),
    rssGrowth: ratio(rssAfter, rssBefore),
    webhookP50Ms: round(percentile(times, 50)),
    webhookP95Ms: round(percentile(times, 95)),
  };
  return {
    fields,
    summary: [
      `  200 alerts named within ${fields.visible200Ms} ms (burst 1), ${fields.visible200Burst5Ms} ms (burst 5)`,
      `  2,000 within ${fields.visible2000Ms} ms, with a kill -9 in it; lost ${fields.lost}, twice ${fields.duplicates}, answers 429: ${limited}`,
      `  durable: ${fields.acceptedPerSecond} a second; Alertmanager's own way in: ${fields.alertmanagerPerSecond}, ratio ${fields.acceptRatio}`,
      `  memory after 2,000 alerts: ${fields.rssGrowth}x; webhook under ${PER_SECOND} a second: p50 ${fields.webhookP50Ms} ms, p95 ${fields.webhookP95Ms} ms`,
    ],
  };
}

export const alerts: Benchmark = {
  name: 'alerts',
  title: 'a flood of alerts: durable, named in Slack, beside Alertmanager',
  limitS: 175,
  run,
};
