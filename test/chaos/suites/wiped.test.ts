/**
 * Redis forgets everything (FLUSHALL) at random instants of rollouts of several services. None goes on by itself: what had
 * traffic is paused with its state lost, or goes back for a breach; what had none touches nothing.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { check } from '../checker.ts';
import { type ChaosWorld, startChaos, VERSIONS } from '../support/chaos-world.ts';
import { collect, routeWrites, Store } from '../support/history.ts';
import { ChaosLane } from '../support/lane.ts';
import { newChance } from '../support/seed.ts';

/** A write that was decided before the store forgot may still be on its way. */
const ON_ITS_WAY_MS = 3000;
/** As long as two steps take: whoever went on by itself would be seen. */
const WATCH_MS = 12_000;
/** They start one after the other, so that each is somewhere else when the store forgets. */
const LANES = Array.from({ length: 8 }, (_, index) => `lane-${index}`);
const APART_MS = 6000;
/** Asked, and never approved. */
const WAITING = 'waiting';
const ROUNDS = 2;

let chaos: ChaosWorld;
let store: Store;

beforeAll(async () => {
  chaos = await startChaos({
    lanes: [...LANES, WAITING].map((name) => ({ name })),
    botEntry: inject('botEntry'),
    rpsEach: 15,
    minRequests: 3,
    times: { tick: '1s', step: '5s', bake: '6s', drain: '4s' },
  });
  store = new Store(chaos);
}, 120_000);
afterAll(async () => {
  store?.close();
  await chaos?.close();
});

/** One rollout as it was when the store forgot. */
interface Running {
  readonly lane: ChaosLane;
  readonly id: string;
  readonly wipedAt: number;
}

/** The candidate's percent by our last write; 0: none. */
const percentOf = (id: string, until = Number.POSITIVE_INFINITY): number =>
  routeWrites(chaos).findLast(({ rollout, percent, at }) => rollout === id && percent !== null && at <= until)
    ?.percent ?? 0;

/** What went on by itself after the store forgot. */
const rises = ({ id, lane, wipedAt }: Running): readonly string[] => {
  const from = wipedAt + ON_ITS_WAY_MS;
  const had = percentOf(id, from);
  return routeWrites(chaos)
    .filter(({ rollout, at, percent }) => rollout === id && at > from && (percent ?? 0) > had)
    .map(({ percent }) => `${lane.service}: went on to ${percent} % from ${had} %`);
};

/** Restored, gone back, or forgotten without traffic; what is paused is taken back by a person. */
async function settle({ lane, id, wipedAt }: Running): Promise<readonly string[]> {
  const had = percentOf(id, wipedAt + ON_ITS_WAY_MS);
  const now = await store.load(id);
  if (!now) return had === 0 ? [] : [`${lane.service}: forgotten with ${had} % on the candidate`];
  if (now.phase === 'promoted') return [`${lane.service}: promoted by itself`];
  if (now.endedAt !== null) return [];
  const isLost = now.phase === 'paused' && now.cause.code === 'state_lost';
  const isOnItsWayBack = now.phase === 'draining' && now.drainTowards === 'stable';
  if (!isLost && !isOnItsWayBack) return [`${lane.service}: is ${now.phase}: ${now.cause.text}`];
  if (isLost) await lane.rollBack();
  const { phase, cause } = await lane.ends(id);
  if (percentOf(id) > 0) return [`${lane.service}: keeps ${percentOf(id)} %`];
  return ['rolled-back', 'closed'].includes(phase) ? [] : [`${lane.service}: ended ${phase}: ${cause.text}`];
}

async function start(version: string): Promise<readonly { lane: ChaosLane; id: string }[]> {
  const waiting = new ChaosLane(chaos, store, WAITING, LANES.length);
  const asked = waiting.ask(version).then(({ id }) => ({ lane: waiting, id }));
  const running = LANES.map(async (name, turn) => {
    const lane = new ChaosLane(chaos, store, name, turn);
    await delay(turn * APART_MS);
    return { lane, id: await lane.deploy(version) };
  });
  return Promise.all([...running, asked]);
}

/** What went wrong in one round. */
async function round(version: string, jitterMs: number): Promise<readonly string[]> {
  const started = await start(version);
  await delay(jitterMs);
  const states = new Map((await store.rollouts()).map((rollout) => [rollout.id, rollout]));
  await store.flush();
  const wipedAt = Date.now();
  const running = started
    .filter(({ id }) => states.get(id)?.endedAt === null)
    .map((entry) => ({ ...entry, wipedAt }));
  const places = running.map(({ id }) => `${states.get(id)?.phase} ${states.get(id)?.confirmedPercent} %`);
  console.log(`wiped: ${version} at ${places.join(', ')}`);
  const broken = running.find(({ id }) => percentOf(id) > 0);
  if (broken)
    await chaos.world.mesh.setBehaviour(`tiffin/${broken.lane.service}`, version, { errorPercent: 60 });
  await delay(WATCH_MS);
  const wentOn = running.flatMap(rises);
  const stays =
    broken && percentOf(broken.id) > 0 ? [`${broken.lane.service}: fails and keeps its traffic`] : [];
  const wrong = await Promise.all(running.map(settle));
  return [...wentOn, ...stays, ...wrong.flat()];
}

describe('a state store that forgets', () => {
  it('at random instants: nothing goes on by itself, a breach still goes back, people take the rest back', async () => {
    const chance = newChance('wiped');
    const jitters = Array.from({ length: ROUNDS }, () => chance.between(0, 9000));
    for (const [index, jitterMs] of jitters.entries())
      expect(await round(VERSIONS[2 + index] ?? '', jitterMs)).toEqual([]);
    // Who approved what before is forgotten: what stays is the order of the tokens, the chains since, and the requests.
    const { writes, chainFaults, lostRequests } = await collect(chaos, store);
    const facts = { looks: [], decisions: [], rollouts: [], breaches: [], dark: [] };
    const found = check({ ...facts, writes, chainFaults, lostRequests });
    expect(found.filter(({ text }) => !text.includes('nobody knows'))).toEqual([]);
  });
});
