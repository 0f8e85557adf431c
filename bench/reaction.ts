/** From the breaching sample in Prometheus to weight 0 on the API server, beside a loop that does only that. */
import { setTimeout as delay } from 'node:timers/promises';
import type { BareLoopRequest } from './bare-loop.ts';
import type { BenchContext, Benchmark, BenchResult } from './benchmark.ts';
import { type Ground, startGround } from './ground/ground.ts';
import { type FlipAnswer, rolloutId, serviceName } from './ground/settings.ts';
import { startHelper } from './measure/helper.ts';
import { createRandom, percentile, ratio, round, spread } from './measure/numbers.ts';
import { type RealReactions, realReactions } from './real-world.ts';

/** Candidates that break, one after the other, each once. */
const BREAKING = 40;
/** Candidates beside them that never do. */
const HEALTHY = 10;
const TICK_MS = 1000;

async function run(context: BenchContext): Promise<BenchResult> {
  const breaking = Array.from({ length: BREAKING }, (_, index) => serviceName('brk', index));
  const healthy = Array.from({ length: HEALTHY }, (_, index) => serviceName('well', index));
  const bare = Array.from({ length: BREAKING }, (_, index) => serviceName('bare', index));
  const ground = await startGround(
    { running: [...breaking, ...healthy], idle: [], bare, users: 1, tickMs: TICK_MS },
    context,
  );
  const { world, request } = ground;
  const bareRequest: BareLoopRequest = {
    services: bare,
    tickMs: TICK_MS,
    cluster: world.cluster,
    clusterToken: request.clusterToken,
    prometheus: world.prometheus,
  };
  const loop = context.keep(await startHelper(new URL('./bare-loop.ts', import.meta.url), bareRequest));
  const ours: number[] = [];
  const floor: number[] = [];
  const offsets = spread(BREAKING, createRandom(1));
  for (const [index, offset] of offsets.entries()) {
    if (performance.now() > context.measureUntil) break;
    const [service = '', other = ''] = [breaking[index], bare[index]];
    // Anywhere between two ticks: a fault knows nothing of our beat.
    await delay((1 + offset) * TICK_MS - (Date.now() % TICK_MS));
    const { ms } = await flip(ground, [service, other]);
    ours.push(ms[service] ?? Number.NaN);
    floor.push(ms[other] ?? Number.NaN);
    if ((index + 1) % 10 === 0)
      context.say(
        `  ${index + 1} faults: p50 ${percentile(ours, 50)} ms, bare loop p50 ${percentile(floor, 50)} ms`,
      );
  }
  const falseRollbacks = await rolledBack(ground, healthy);
  // The sandbox needs both cores for itself.
  await Promise.all([ground.bot.close(), loop.close()]);
  return resultOf(ours, floor, falseRollbacks, await realReactions(context));
}

async function flip(ground: Ground, services: readonly string[]): Promise<FlipAnswer> {
  const parameters = new URLSearchParams(services.map((service) => ['service', service]));
  const answer = await fetch(`${ground.world.prometheus}/control/flip?${parameters}`);
  if (!answer.ok) throw new Error(`weight 0 was not written: ${await answer.text()}`);
  return (await answer.json()) as FlipAnswer;
}

/** How many of these are no longer in the step that they should still be in. */
async function rolledBack({ stores }: Ground, services: readonly string[]): Promise<number> {
  const all = await Promise.all(services.map((service) => stores.rollouts.load(rolloutId(service))));
  return all.filter((stored) => stored?.rollout.phase !== 'analysing').length;
}

function resultOf(
  ours: readonly number[],
  floor: readonly number[],
  falseRollbacks: number,
  real: RealReactions,
): BenchResult {
  const fields = {
    p50Ms: percentile(ours, 50),
    p99Ms: percentile(ours, 99),
    falseRollbacks: falseRollbacks + real.falseRollbacks,
    floorP50Ms: percentile(floor, 50),
    floorP99Ms: percentile(floor, 99),
    ratioP50: ratio(percentile(ours, 50), percentile(floor, 50)),
    ratioP99: ratio(percentile(ours, 99), percentile(floor, 99)),
    samples: ours.length,
    healthyBeside: HEALTHY + 1,
    realP50Ms: round(percentile(real.ms, 50), 0),
    realWorstMs: round(Math.max(...real.ms), 0),
    realSamples: real.ms.length,
  };
  return {
    fields,
    summary: [
      `breaching sample visible to weight 0 written, ticks of 1 s`,
      `                             p50       p99`,
      `  bare loop (fixture)        ${fields.floorP50Ms} ms    ${fields.floorP99Ms} ms`,
      `  bot (fixture), ${fields.samples} faults   ${fields.p50Ms} ms    ${fields.p99Ms} ms`,
      `  bot (real Prometheus), ${fields.realSamples}   ${fields.realP50Ms} ms    worst ${fields.realWorstMs} ms`,
      `  healthy candidates rolled back: ${fields.falseRollbacks} of ${fields.healthyBeside}`,
    ],
  };
}

export const reaction: Benchmark = {
  name: 'reaction',
  title: 'from a breaching sample in Prometheus to weight 0 on the API server, beside a bare loop',
  limitS: 175,
  run,
};
