/**
 * Two replicas of the built process, killed with SIGKILL at twenty random instants, alone (the other takes over) or both at
 * once (nobody is there until they are started again), while rollouts of several services run. Each ends right.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { check } from '../checker.ts';
import { type ChaosWorld, startChaos } from '../support/chaos-world.ts';
import { collect, Store } from '../support/history.ts';
import { cardsAreRight, laneNames, playRollouts } from '../support/rollouts.ts';
import { type Chance, newChance } from '../support/seed.ts';

const KILLS = 20;
const LANES = laneNames(8);
/** Promised after a kill: somebody drives again. */
const TAKE_OVER_MS = 15_000;

let chaos: ChaosWorld;
let store: Store;

beforeAll(async () => {
  chaos = await startChaos({
    lanes: LANES.map((name) => ({ name })),
    botEntry: inject('botEntry'),
    rpsEach: 20,
    minRequests: 4,
    replicas: 2,
  });
  store = new Store(chaos);
}, 120_000);
afterAll(async () => {
  store?.close();
  await chaos?.close();
});

interface Kill {
  readonly form: 'take-over' | 'restart';
  /** Which of the two dies alone. */
  readonly replica: number;
  /** Since the last one was mended, ms. */
  readonly after: number;
  readonly downMs: number;
}

const drawKills = (chance: Chance): readonly Kill[] =>
  Array.from({ length: KILLS }, () => ({
    form: chance.pick(['take-over', 'restart'] as const),
    replica: chance.between(0, 1),
    after: chance.between(200, 6000),
    downMs: chance.between(0, 3000),
  }));

async function kill({ form, replica, downMs }: Kill): Promise<readonly [number, number]> {
  const victims = form === 'restart' ? chaos.world.bots : chaos.world.bots.slice(replica, replica + 1);
  const from = Date.now();
  await Promise.all(victims.map((bot) => bot.kill()));
  await delay(downMs);
  await Promise.all(victims.map((bot) => bot.start()));
  return [from, (form === 'restart' ? Date.now() : from) + TAKE_OVER_MS];
}

describe('the built process, killed at random', () => {
  it('twenty times, restarted or taken over: every rollout ends right, and no invariant is broken', async () => {
    const chance = newChance('kills');
    const kills = drawKills(chance);
    const dark: (readonly [number, number])[] = [];
    const playing = playRollouts(chaos, store, LANES, chance, () => dark.length >= KILLS);
    for (const next of kills) {
      await delay(next.after);
      dark.push(await kill(next));
    }
    const { ends, wrong, breaches } = await playing;
    console.log(`kills: ${ends.length} rollouts ended: ${ends.join(', ')}`);
    expect(wrong).toEqual([]);
    expect(ends.length).toBeGreaterThanOrEqual(LANES.length);
    expect(check(await collect(chaos, store, { breaches, dark }))).toEqual([]);
    expect(await cardsAreRight(chaos, store, LANES)).toEqual([]);
  });
});
