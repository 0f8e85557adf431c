/** How long a critical breach takes at the product's own tick of 5 s: measured from outside, by what was told and written. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startWorld, type World } from '../../sandbox/world/world.ts';
import { edited, NO_LIMITS, serviceOf } from './support/config.ts';
import { ASHA, BHARAT, Lane, until } from './support/lane.ts';
import { MetricsTap } from './support/metrics-tap.ts';

/** The limit beyond which the first sample acts. */
const CRITICAL_PERCENT = 5;
const TICK_MS = 5000;

let tap: MetricsTap;
let world: World;
beforeAll(async () => {
  tap = await MetricsTap.open('payment-gateway-green');
  world = await startWorld({
    pace: 'test',
    rps: 120,
    slackLimits: NO_LIMITS,
    editConfig: edited((config) => {
      const { sandbox } = config['clusters'] as { sandbox: { prometheus: { url: string } } };
      tap.target = sandbox.prometheus.url;
      sandbox.prometheus.url = tap.url;
      Object.assign(serviceOf(config, 'payment-gateway').times, { tick: `${TICK_MS}ms`, step: '120s' });
    }),
  });
}, 60_000);
afterAll(async () => {
  await world?.close();
  tap?.close();
});

it('is answered in the pass that was told of it: weight 0 within 1 s of the answer and 6 s of the sample', async () => {
  const lane = new Lane(world, 'payment-gateway');
  await lane.plan(ASHA, 'v2.3.1');
  await lane.approve(BHARAT);
  await lane.shows(/25 % reached; watching/, 60_000);
  const since = Date.now();
  await world.faults.apply({ kind: 'errors', service: 'payment-gateway', version: 'v2.3.1', percent: 30 });

  const visibleAt = await until('the sample is in Prometheus', async () =>
    ((await tap.failingNow()) ?? 0) > CRITICAL_PERCENT ? Date.now() : null,
  );
  const writtenAt = await until(
    'weight 0 is written',
    () => lane.weightWrites(since).find(({ weights }) => weights.includes(0))?.at ?? null,
    3 * TICK_MS,
  );
  const told = tap.told.filter(({ at, failing }) => at >= since && (failing ?? 0) > CRITICAL_PERCENT);
  const before = told.filter(({ at }) => at <= writtenAt);
  // The first answer that told of it was acted on: had it waited for another tick, there would be two.
  expect(before).toHaveLength(1);
  expect(writtenAt - (before[0]?.at ?? 0)).toBeLessThanOrEqual(1000);
  expect(writtenAt - visibleAt).toBeLessThanOrEqual(TICK_MS + 1000);
}, 120_000);
