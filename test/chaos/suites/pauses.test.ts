/**
 * Two replicas of the built process, stopped with SIGSTOP (a long pause of its memory, a frozen machine) until the other has
 * taken over, then woken up in the belief that they still drive. Nobody writes with an older token; each rollout ends right.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { check } from '../checker.ts';
import { type ChaosWorld, startChaos } from '../support/chaos-world.ts';
import { collect, routeWrites, Store } from '../support/history.ts';
import { cardsAreRight, laneNames, playRollouts } from '../support/rollouts.ts';
import { newChance } from '../support/seed.ts';

const PAUSES = 6;
const LANES = laneNames(6);
/** Promised for a process that is no longer heard of: another drives. */
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

/** Stops the process for so long; wakes it whatever comes. */
async function freeze(replica: number, forMs: number): Promise<void> {
  const pid = chaos.world.bots[replica]?.pid;
  if (!pid) throw new Error(`replica ${replica} does not run`);
  process.kill(pid, 'SIGSTOP');
  try {
    await delay(forMs);
  } finally {
    process.kill(pid, 'SIGCONT');
  }
}

describe('a replica that sleeps and wakes up', () => {
  it('six times, one after the other: the other takes over, the sleeper writes nothing, every rollout ends right', async () => {
    const chance = newChance('pauses');
    const pauses = Array.from({ length: PAUSES }, () => ({
      replica: chance.between(0, 1),
      after: chance.between(200, 4000),
      forMs: chance.between(8000, 14_000),
    }));
    const dark: (readonly [number, number])[] = [];
    const playing = playRollouts(chaos, store, LANES, chance, () => dark.length >= PAUSES);
    for (const { replica, after, forMs } of pauses) {
      await delay(after);
      const from = Date.now();
      await freeze(replica, forMs);
      dark.push([from, from + TAKE_OVER_MS]);
    }
    const { ends, wrong, breaches } = await playing;
    const takeOvers = routeWrites(chaos).filter(
      ({ at, percent }) => percent === null && dark.some(([from, to]) => at > from && at < to),
    );
    console.log(`pauses: ${ends.length} rollouts ended: ${ends.join(', ')}`);
    expect(wrong).toEqual([]);
    // Else nobody slept who drove.
    expect(takeOvers.length).toBeGreaterThan(PAUSES);
    expect(ends.length).toBeGreaterThanOrEqual(LANES.length);
    expect(check(await collect(chaos, store, { breaches, dark }))).toEqual([]);
    expect(await cardsAreRight(chaos, store, LANES)).toEqual([]);
  });
});
