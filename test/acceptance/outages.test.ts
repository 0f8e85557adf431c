/** What the bot stands on is away for some seconds: a rollout waits or goes back, and never guesses. The whole bot. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startWorld, type World } from '../../sandbox/world/world.ts';
import { edited, NO_LIMITS, serviceOf } from './support/config.ts';
import { ASHA, BHARAT, CHITRA, Lane, lostRequests, ROOM, until } from './support/lane.ts';
import { Memory } from './support/memory.ts';

let world: World;
let memory: Memory;

beforeAll(async () => {
  world = await startWorld({
    pace: 'test',
    rps: 120,
    slackLimits: NO_LIMITS,
    editConfig: edited((config) => {
      serviceOf(config, 'payment-gateway').steps = [25, 50, 100];
      serviceOf(config, 'payment-gateway').times['drain'] = '4s';
      // They stay at 25 % until something happens to them.
      for (const name of ['upi-switch', 'ledger']) serviceOf(config, name).times['step'] = '120s';
    }),
  });
  memory = new Memory(world);
}, 60_000);
afterAll(async () => {
  memory?.close();
  await world?.close();
});

const lane = (service: string): Lane => new Lane(world, service);

async function reach25(on: Lane, version: string): Promise<void> {
  await on.plan(ASHA, version);
  await on.approve(BHARAT);
  await on.shows(/25 % reached; watching/, 30_000);
}

/** Fails as soon as the candidate's weight is another one; for so long as `while` says. */
async function keepsWeight(on: Lane, percent: number, forMs: number): Promise<void> {
  const ends = performance.now() + forMs;
  await until(
    'the end of the outage',
    () => {
      const { green } = on.weights();
      if (green !== percent) throw new Error(`the weight moved to ${green} % while nothing could be seen`);
      return performance.now() >= ends ? true : null;
    },
    forMs + 1000,
  );
}

/** 30 % of the candidate's requests fail: beyond the critical limit, so the first sample acts. */
async function breach(service: string, version: string): Promise<number> {
  await world.faults.apply({ kind: 'errors', service, version, percent: 30 });
  return Date.now();
}

const weightZero = async (on: Lane, since: number, withinMs: number): Promise<void> => {
  await on.weighs('green', 0, withinMs);
  const back = on.weightWrites(since).find(({ weights }) => weights.includes(0));
  expect((back?.at ?? Number.POSITIVE_INFINITY) - since).toBeLessThan(withinMs);
};

/** Scrape, tick and the write: what a breach takes when nothing is in the way. */
const SECONDS = 5000;

describe('while a rollout shifts', { timeout: 60_000 }, () => {
  beforeAll(async () => {
    await Promise.all([
      reach25(lane('upi-switch'), 'v1.9.0'),
      reach25(lane('ledger'), 'v5.1.0'),
      (async () => {
        const on = lane('payment-gateway');
        await on.plan(ASHA, 'v2.3.1');
        await on.approve(BHARAT);
        await on.weighs('green', 25);
        await on.ask(CHITRA, '/dabba hold payment-gateway reason="wait for the test"', /Hold of/);
        await on.shows(/PAUSED/);
      })(),
    ]);
  }, 60_000);

  it('Prometheus away: held with the query named, never rolled back, and on by itself', async () => {
    const on = lane('payment-gateway');
    await on.ask(CHITRA, '/dabba go payment-gateway', /goes on/);
    await world.faults.apply({ kind: 'prometheus' });
    const held = await on.shows(/HELD[\s\S]*Prometheus/);
    expect(held.text).toMatch(/Held since/);
    await keepsWeight(on, 25, 3000);
    await on.threadSays(/Holding at 25 %: [\s\S]*Prometheus/);
    expect([...on.thread(), on.words()].join('\n')).toMatch(/istio_requests_total|histogram_quantile|query/i);
    for (const service of ['upi-switch', 'ledger']) expect(lane(service).weights().green).toBe(25);
    await world.faults.apply({ kind: 'prometheus', off: true });
    await on.weighs('green', 50, 30_000);
    await on.threadSays(/Shifting to 50 %/);
    expect(on.thread().join('\n')).not.toMatch(/[Rr]olled back/);
    const holds = (await memory.audit('payment-gateway')).filter(({ action }) => action === 'rollout.hold');
    expect(holds.length).toBeGreaterThan(0);
  });

  it('the API server away for some seconds: held, and on', async () => {
    const on = lane('payment-gateway');
    await on.shows(/50 %/);
    await world.cluster.setDown('refuse');
    await on.shows(/HELD[\s\S]*(route|cluster|candidate)/i);
    await keepsWeight(on, 50, 2500);
    expect(on.words()).not.toMatch(/ROLL(ED|ING) BACK/);
    await world.cluster.setDown(null);
    await on.weighs('green', 100, 30_000);
    await on.shows(/BAKING|DRAINING|PROMOTED/);
  });

  it('the bot put out of the channel: the rollout goes on, and the card is right when it is back', async () => {
    const on = lane('payment-gateway');
    world.slack.kick(ROOM, true);
    try {
      await until(
        'the end in the store',
        async () =>
          (await memory.rollouts('payment-gateway')).some(
            ({ version, phase }) => version === 'v2.3.1' && phase === 'promoted',
          )
            ? true
            : null,
        20_000,
      );
      const refusals = world.slack.log().filter(({ error }) => error === 'not_in_channel');
      expect(refusals.length).toBeGreaterThan(0);
    } finally {
      world.slack.kick(ROOM, false);
    }
    await on.shows(/PROMOTED/, 40_000);
    await on.threadSays(/Promoted: v2\.3\.1 is stable/);
  });

  it('Redis away: a command is answered within 3 s, and a breach still goes back', async () => {
    const on = lane('upi-switch');
    await world.redis.stop();
    try {
      const askedAt = performance.now();
      await on.ask(
        BHARAT,
        '/deploy payment-gateway v2.4.0 reason="x"',
        /State store unavailable, nothing done/,
      );
      expect(performance.now() - askedAt).toBeLessThan(3000);
      const since = await breach('upi-switch', 'v1.9.0');
      await weightZero(on, since, SECONDS);
      expect(on.weights()).toEqual({ blue: 100, green: 0 });
    } finally {
      await world.redis.restart();
    }
    await on.shows(/ROLLED BACK[\s\S]*(Error rate|failed requests)/, 30_000);
    await memory.recorded(
      'the rollback',
      ({ action, object }) => action === 'rollout.rollback' && object.startsWith(on.target),
    );
    await memory.isFree('upi-switch');
    expect(await memory.claim('payment-gateway')).toBeNull();
    expect(lane('payment-gateway').cards()).toHaveLength(1);
  });

  it('Slack answers 429 for some seconds: the way back waits for nothing, the card is right afterwards', async () => {
    const on = lane('ledger');
    world.slack.set429({ seconds: 6 });
    const since = await breach('ledger', 'v5.1.0');
    await weightZero(on, since, SECONDS);
    expect(on.words()).not.toMatch(/ROLLED BACK/);
    await on.shows(/ROLLED BACK[\s\S]*Error rate/, 20_000);
    await on.threadSays(/Error rate[\s\S]*U0ASHA/);
    await memory.isFree('ledger');
  });

  it('Slack is down: the way back waits for nothing, one card and each line once afterwards', async () => {
    const on = lane('upi-switch');
    await world.faults.apply({ kind: 'errors', service: 'upi-switch', version: 'v1.8.1', off: true });
    await reach25(on, 'v1.8.1');
    const cards = on.cards().length;
    world.slack.setDown('hang');
    const since = await breach('upi-switch', 'v1.8.1');
    await weightZero(on, since, SECONDS);
    world.slack.setDown('500');
    await until(
      'the end in the store',
      async () =>
        (await memory.rollouts('upi-switch')).some(
          ({ version, phase }) => version === 'v1.8.1' && phase === 'rolled-back',
        )
          ? true
          : null,
      20_000,
    );
    world.slack.setDown(null);
    await on.shows(/ROLLED BACK[\s\S]*Error rate/, 45_000);
    await on.threadSays(/Rolled back: Error rate/, 45_000);
    expect(on.cards()).toHaveLength(cards);
    const lines = on.thread();
    expect(new Set(lines).size).toBe(lines.length);
  });

  it('none of it lost a request or broke an audit chain', async () => {
    expect(await lostRequests(world)).toEqual([]);
    expect(await memory.brokenChains()).toEqual([]);
  });
});
