/** A real redis-server, killed with SIGKILL at random instants and started again with its file: each rollout ends right. */
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { check } from '../checker.ts';
import { type ChaosWorld, startChaos } from '../support/chaos-world.ts';
import { collect, Store } from '../support/history.ts';
import { cardsAreRight, laneNames, playRollouts } from '../support/rollouts.ts';
import { newChance } from '../support/seed.ts';

const KILLS = 10;
const LANES = laneNames(8);

let chaos: ChaosWorld;
let store: Store;

beforeAll(async () => {
  chaos = await startChaos({
    lanes: LANES.map((name) => ({ name })),
    botEntry: inject('botEntry'),
    rpsEach: 20,
    minRequests: 4,
  });
  store = new Store(chaos);
}, 120_000);
afterAll(async () => {
  store?.close();
  await chaos?.close();
});

describe('the state store, killed at random', () => {
  it('ten times, its file kept: every rollout ends right, a breach goes back meanwhile, no invariant is broken', async () => {
    const chance = newChance('redis');
    const kills = Array.from({ length: KILLS }, () => ({
      after: chance.between(200, 6000),
      downMs: chance.between(100, 3000),
    }));
    let killed = 0;
    const playing = playRollouts(chaos, store, LANES, chance, () => killed >= KILLS);
    for (const { after, downMs } of kills) {
      await delay(after);
      await chaos.world.redis.stop('SIGKILL');
      await delay(downMs);
      await chaos.world.redis.restart();
      killed += 1;
    }
    const { ends, wrong, breaches } = await playing;
    console.log(`redis: ${ends.length} rollouts ended: ${ends.join(', ')}`);
    expect(wrong).toEqual([]);
    expect(ends.length).toBeGreaterThanOrEqual(LANES.length);
    expect(check(await collect(chaos, store, { breaches }))).toEqual([]);
    expect(await cardsAreRight(chaos, store, LANES)).toEqual([]);
  });
});
