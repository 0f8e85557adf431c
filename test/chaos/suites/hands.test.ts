/**
 * Somebody else writes the weights, up and down, once and again every second, at every step, all side by side. Lowered is
 * an order to go back; raised is set back at most twice in two minutes; and nobody fights for the weight.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { check } from '../checker.ts';
import { type ChaosWorld, STEPS, startChaos, VERSIONS } from '../support/chaos-world.ts';
import { CONTROLLER, editOnce, PERSON, startLoop } from '../support/hands.ts';
import { collect, routeWrites, Store } from '../support/history.ts';
import { ChaosLane } from '../support/lane.ts';

const [, , VERSION = ''] = VERSIONS;
/** How long a controller puts its weight back. */
const LOOP_MS = 15_000;
/** In two minutes, decisions of the plan apart. */
const REASSERTS = 2;

interface Case {
  readonly name: string;
  readonly to: 'up' | 'down';
  readonly by: 'person' | 'loop';
  readonly percent: number;
}

const CASES: readonly Case[] = (['up', 'down'] as const).flatMap((to) =>
  (['person', 'loop'] as const).flatMap((by) =>
    STEPS.filter((percent) => to === 'down' || percent < 100).map((percent) => ({
      name: `${to}-${by}-${String(percent).padStart(3, '0')}`,
      to,
      by,
      percent,
    })),
  ),
);

let chaos: ChaosWorld;
let store: Store;

beforeAll(async () => {
  chaos = await startChaos({
    // The step in question first, and long: the hand comes while it is watched, however busy the machine is.
    lanes: CASES.map(({ name, percent }) => ({ name, steps: percent < 100 ? [percent, 100] : [100] })),
    botEntry: inject('botEntry'),
    rpsEach: 6,
    minRequests: 2,
    times: { tick: '2s', step: '20s', bake: '20s' },
  });
  store = new Store(chaos);
}, 120_000);
afterAll(async () => {
  store?.close();
  await chaos?.close();
});

const weightsSince = (service: string, since: number): readonly number[] =>
  routeWrites(chaos).flatMap((write) =>
    write.service === service && write.at >= since && write.percent !== null ? [write.percent] : [],
  );

/** The weight is lowered: one write of 0, and the end. */
async function lowered(lane: ChaosLane, id: string, { by, percent }: Case): Promise<string | null> {
  const lower = Math.floor(percent / 2);
  const since = Date.now();
  if (by === 'person') await editOnce(chaos, lane.service, lower);
  else {
    const loop = startLoop(chaos, lane.service, lower);
    await delay(LOOP_MS);
    const fought = weightsSince(lane.service, since);
    await loop.stop();
    // Whoever owns the controller gives way; else it is set back when the two minutes are over.
    if (lane.weightOf('green') !== 0) await editOnce(chaos, lane.service, 0);
    if (fought.length > 1 + REASSERTS) return `a weight war: ${fought.join(', ')} in ${LOOP_MS / 1000} s`;
  }
  const end = await lane.ends(id);
  const writes = weightsSince(lane.service, since);
  if (writes.some((weight) => weight !== 0)) return `wrote ${writes.join(', ')} after it was lowered`;
  if (by === 'person' && writes.length !== 1) return `wrote 0 ${writes.length} times`;
  if (end.phase !== 'rolled-back' || end.cause.code !== 'foreign_edit_lowered')
    return `ended ${end.phase}: ${end.cause.text}`;
  return end.cause.text.includes(by === 'person' ? PERSON : CONTROLLER)
    ? null
    : `did not name who it was: ${end.cause.text}`;
}

/** The weight is raised by a person: set back once, and on with the plan. */
async function raisedOnce(lane: ChaosLane, id: string, { percent }: Case): Promise<string | null> {
  const since = Date.now();
  await editOnce(chaos, lane.service, percent + 7);
  const end = await lane.ends(id);
  const again = weightsSince(lane.service, since).filter((weight) => weight === percent);
  if (again.length !== 1) return `set ${percent} % back ${again.length} times`;
  return end.phase === 'promoted' ? null : `ended ${end.phase}: ${end.cause.text}`;
}

/** The weight is raised again and again: set back twice, then a person is asked, who goes back. */
async function raisedByLoop(lane: ChaosLane, id: string, { percent }: Case): Promise<string | null> {
  const since = Date.now();
  const loop = startLoop(chaos, lane.service, percent + 7);
  try {
    const stopped = await lane.reaches(id, 'is paused', ({ phase }) => phase === 'paused', 30_000);
    if (stopped.cause.code !== 'foreign_edit' || !stopped.cause.text.includes(CONTROLLER))
      return `paused for another reason: ${stopped.cause.text}`;
    await delay(LOOP_MS);
    const writes = weightsSince(lane.service, since);
    if (writes.length > REASSERTS) return `a weight war: ${writes.join(', ')}`;
    const now = await store.load(id);
    if (now?.phase !== 'paused') return `did not stay paused: ${now?.phase}`;
  } finally {
    await loop.stop();
  }
  await lane.rollBack();
  const end = await lane.ends(id);
  return end.phase === 'rolled-back' ? null : `ended ${end.phase}: ${end.cause.text}`;
}

async function play(entry: Case, turn: number): Promise<string | null> {
  const lane = new ChaosLane(chaos, store, entry.name, turn);
  const id = await lane.deploy(VERSION);
  await lane.reachesStep(id, entry.percent);
  if (entry.to === 'down') return lowered(lane, id, entry);
  return entry.by === 'person' ? raisedOnce(lane, id, entry) : raisedByLoop(lane, id, entry);
}

describe('another hand on the weights', () => {
  it('up and down, once and every second, at each step: respected, named, never fought', async () => {
    const faults = await Promise.all(
      CASES.map(async (entry, turn) => {
        const fault = await play(entry, turn).catch((error: unknown) => String(error));
        return fault === null ? [] : [`${entry.name}: ${fault}`];
      }),
    );
    expect(faults.flat()).toEqual([]);
    expect(check(await collect(chaos, store))).toEqual([]);
  });
});
