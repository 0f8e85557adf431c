/**
 * Prometheus of no use for a real minute, in each of its forms, at each step of a healthy candidate, all side by side:
 * nothing goes back, nothing goes on, and afterwards all of it is promoted.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { check } from '../checker.ts';
import { type ChaosWorld, STEPS, startChaos, VERSIONS } from '../support/chaos-world.ts';
import { collect, routeWrites, Store } from '../support/history.ts';
import { ChaosLane } from '../support/lane.ts';
import { OUTAGES, type Outage } from '../support/metrics-proxy.ts';

const OUTAGE_MS = 60_000;
const [, , VERSION = ''] = VERSIONS;

interface Case {
  readonly name: string;
  readonly outage: Outage;
  readonly percent: number;
}

const CASES: readonly Case[] = OUTAGES.flatMap((outage, form) =>
  STEPS.map((percent) => ({ name: `form-${form}-at-${String(percent).padStart(3, '0')}`, outage, percent })),
);

let chaos: ChaosWorld;
let store: Store;

beforeAll(async () => {
  chaos = await startChaos({
    lanes: CASES.map(({ name }) => ({ name, hasOwnMetrics: true })),
    botEntry: inject('botEntry'),
    rpsEach: 6,
    minRequests: 2,
    times: { tick: '2s', step: '8s', bake: '8s' },
  });
  store = new Store(chaos);
}, 120_000);
afterAll(async () => {
  store?.close();
  await chaos?.close();
});

/** What was seen of one rollout: the outage as it began and as it ended. */
async function play({ name, outage, percent }: Case, turn: number): Promise<string | null> {
  const lane = new ChaosLane(chaos, store, name, turn);
  const id = await lane.deploy(VERSION);
  const before = await lane.reachesStep(id, percent);
  const proxy = chaos.proxyOf(name);
  await proxy.set(outage);
  const from = Date.now();
  await delay(OUTAGE_MS);
  const after = await store.load(id);
  const to = Date.now();
  await proxy.set(null);
  const moved = routeWrites(chaos).filter(({ service, at }) => service === name && at >= from && at <= to);
  if (moved.length > 0) return `wrote ${moved.map((write) => write.percent).join(', ')} % in the outage`;
  if (after?.phase !== before.phase) return `went from ${before.phase} to ${after?.phase} in the outage`;
  if (after.hold?.code !== 'metrics_unknown') return `did not say that it sees nothing: ${after.hold?.text}`;
  if (outage !== 'connection refused' && proxy.refused === 0) return 'nobody asked in the outage';
  const end = await lane.ends(id);
  return end.phase === 'promoted' ? null : `ended ${end.phase}: ${end.cause.text}`;
}

describe('a minute without Prometheus', () => {
  it('in each form, at each step: nothing goes back or on, and all of it is promoted afterwards', async () => {
    const ends = await Promise.all(
      CASES.map(async (entry, turn) => {
        const fault = await play(entry, turn).catch((error: unknown) => String(error));
        return fault === null ? [] : [`${entry.outage} at ${entry.percent} %: ${fault}`];
      }),
    );
    expect(ends.flat()).toEqual([]);
    expect(check(await collect(chaos, store))).toEqual([]);
  });
});
