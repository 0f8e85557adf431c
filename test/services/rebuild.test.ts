/** What a wiped store is filled with again, from routes in memory. */
import { describe, expect, it } from 'vitest';
import { planDigest } from '../../src/core/rollout/plan-digest.ts';
import type { Rollout } from '../../src/core/rollout/rollout.ts';
import { DabbawalaError } from '../../src/lib/errors.ts';
import { silentLog } from '../../src/lib/log.ts';
import { marksOf } from '../../src/services/apply-effects.ts';
import { createRebuild } from '../../src/services/rebuild.ts';
import { FakeChat } from '../fakes/fake-chat.ts';
import { FakeRouter } from '../fakes/fake-router.ts';
import { createMemoryStores, MemoryClock } from '../fakes/memory-store.ts';
import { ASHA, MINUTE, makePlan, makeRollout, T0, TARGET } from '../support/rollout-fixtures.ts';
import { Process, World } from './drive-harness.ts';
import { configWith } from './use-case-config.ts';

const PLAN = { ...makePlan(), digest: planDigest(makePlan()) };
const ROLLOUT = makeRollout({ plan: PLAN });
const CONFIG = configWith(PLAN.to.repository, ASHA.id);

const stand = async (rollout: Rollout | null = ROLLOUT, percent = 25) => {
  const stores = createMemoryStores(new MemoryClock(T0 + 6 * MINUTE));
  const router = new FakeRouter();
  const chat = new FakeChat();
  const woken: string[] = [];
  router.seed(PLAN.route, { blue: 100, green: 0 });
  if (rollout)
    await router.setWeight(PLAN.route, {
      candidate: 'green',
      percent,
      marks: marksOf(rollout, PLAN, 7, percent),
      seen: await router.read(PLAN.route),
    });
  router.writes.length = 0;
  let names = 0;
  const replica = () =>
    createRebuild({
      config: CONFIG,
      store: stores.rollouts,
      ...{ targets: stores.targets, deliveries: stores.deliveries, epoch: stores.epoch },
      ...{ router, chat, clock: stores.clock, log: silentLog },
      queue: { wake: async (id) => void woken.push(id), wakeChannel: async () => {} },
      newId: () => `epoch${++names}`,
    });
  return { stores, router, chat, woken, replica, rebuild: replica() };
};

describe('a store without memory', () => {
  it('gets the unfinished rollout back: paused, claimed, active, in the history, on a new card with a page', async () => {
    const { stores, router, woken, rebuild } = await stand();
    await rebuild();
    expect((await stores.rollouts.load(ROLLOUT.id))?.rollout).toMatchObject({
      phase: 'paused',
      cause: { code: 'state_lost' },
      confirmedPercent: 25,
    });
    expect(await stores.targets.readClaim(TARGET)).toBe(ROLLOUT.id);
    expect(await stores.rollouts.active()).toEqual([ROLLOUT.id]);
    expect(await stores.targets.history(TARGET, 5)).toEqual([ROLLOUT.id]);
    const [card] = await stores.outbox.dirty();
    expect(card).toMatchObject({ ts: null, lines: [{ mentions: expect.arrayContaining([ASHA.id]) }] });
    expect(await stores.rollouts.readAudit(ROLLOUT.id)).toMatchObject([{ action: 'rollout.restored' }]);
    expect(woken).toEqual([ROLLOUT.id]);
    expect(router.writes).toEqual([]);
  });

  it('gets it once, however many replicas look at once', async () => {
    const { stores, replica } = await stand();
    await Promise.all([replica()(), replica()(), replica()()]);
    expect(await stores.rollouts.readAudit(ROLLOUT.id)).toHaveLength(1);
    expect((await stores.rollouts.load(ROLLOUT.id))?.rev).toBe(1);
  });

  it('gets it again after each loss, and looks at no route in between', async () => {
    const { stores, router, rebuild } = await stand();
    let looks = 0;
    const recall = router.recall.bind(router);
    router.recall = async (route) => {
      looks += 1;
      return recall(route);
    };
    for (const expected of [1, 2]) {
      await rebuild();
      await rebuild();
      expect(looks).toBe(expected);
      expect(await stores.rollouts.load(ROLLOUT.id)).not.toBeNull();
      stores.wipe();
    }
  });

  it('that is wiped again in the middle of it is looked at again', async () => {
    const { stores, rebuild } = await stand();
    const create = stores.rollouts.create.bind(stores.rollouts);
    let wipes = 0;
    stores.rollouts.create = async (...args) => {
      const stored = await create(...args);
      if (wipes++ === 0) stores.wipe();
      return stored;
    };
    await rebuild();
    expect(await stores.rollouts.load(ROLLOUT.id)).toBeNull();
    await rebuild();
    expect(await stores.rollouts.load(ROLLOUT.id)).not.toBeNull();
  });

  it('waits for a cluster that does not answer', async () => {
    const { stores, router, rebuild } = await stand();
    router.failWith(new DabbawalaError('cluster_unavailable', 'The cluster does not answer.'));
    await rebuild();
    expect(await stores.rollouts.active()).toEqual([]);
    router.failWith(null);
    await rebuild();
    expect(await stores.rollouts.active()).toEqual([ROLLOUT.id]);
  });

  it('waits for another rollout that took the target meanwhile', async () => {
    const { stores, rebuild } = await stand();
    await stores.targets.takeClaim(TARGET, 'r-000000000009');
    await rebuild();
    expect(await stores.rollouts.load(ROLLOUT.id)).toBeNull();
    await stores.targets.releaseClaim(TARGET, 'r-000000000009');
    await rebuild();
    expect(await stores.targets.readClaim(TARGET)).toBe(ROLLOUT.id);
  });

  it('gets nothing of a rollout that has ended', async () => {
    const { stores, router, rebuild } = await stand();
    await router.release(PLAN.route);
    await rebuild();
    expect(await stores.rollouts.active()).toEqual([]);
  });

  it('keeps a record that it has, whatever the route says', async () => {
    const { stores, rebuild } = await stand();
    await stores.rollouts.create(ROLLOUT, []);
    await rebuild();
    expect((await stores.rollouts.load(ROLLOUT.id))?.rollout.phase).toBe('analysing');
  });
});

describe('a route whose memory cannot be used', () => {
  it('with traffic on the candidate pages in words, once, and nothing is moved', async () => {
    const { stores, router, chat, replica } = await stand();
    router.spoilMemory(PLAN.route);
    await Promise.all([replica()(), replica()()]);
    expect(chat.messages).toHaveLength(1);
    expect(chat.messages[0]?.text).toMatch(
      /STATE LOST[\s\S]*r-7k2m9qx4c1ab[\s\S]*no state of ours[\s\S]*blue has 75 %, green 25 %[\s\S]*Give blue[\s\S]*payments\/payment-gateway/,
    );
    expect(router.writes).toEqual([]);
    expect(await stores.rollouts.active()).toEqual([]);
    expect(await stores.targets.readClaim(TARGET)).toBeNull();
  });

  it('without any pages nobody', async () => {
    const { router, chat, rebuild } = await stand(ROLLOUT, 0);
    router.spoilMemory(PLAN.route);
    await rebuild();
    expect(chat.messages).toEqual([]);
  });

  it('is paged by the next replica when the first could not', async () => {
    const { stores, router, chat, replica } = await stand();
    router.spoilMemory(PLAN.route);
    chat.isDown = true;
    await replica()();
    expect(chat.messages).toEqual([]);
    chat.isDown = false;
    stores.clock.advance(2 * MINUTE);
    await replica()();
    expect(chat.messages).toHaveLength(1);
  });
});

/** Drives until the rollout sleeps in the phase, does `then` there once, and after that `onSleep` at each sleep. */
const driving = async (
  phase: string,
  then: (world: World) => Promise<void> | void,
  onSleep: (world: World, rebuild: () => Promise<void>) => Promise<void> = async () => {},
): Promise<World> => {
  const world = new World();
  await world.begin();
  const rebuild = createRebuild({
    config: CONFIG,
    store: world.stores.rollouts,
    ...{ targets: world.stores.targets, deliveries: world.stores.deliveries, epoch: world.stores.epoch },
    ...{ router: world.router, chat: new FakeChat(), clock: world.clock, log: silentLog },
    queue: { wake: async () => {}, wakeChannel: async () => {} },
    newId: () => `epoch${world.sleeps}`,
  });
  let isThere = false;
  world.onSleep = async (sleeps) => {
    if (isThere && sleeps % 5 === 0) return onSleep(world, rebuild);
    if (isThere || (await world.rollout()).phase !== phase) return;
    isThere = true;
    await then(world);
  };
  return world;
};
const wipe = (world: World): void => world.stores.wipe();

describe('the loop that drove it', () => {
  it('goes on watching from memory and takes the restored record over', async () => {
    const stop = new AbortController();
    const world = await driving('analysing', wipe, async (wiped, rebuild) => {
      await rebuild();
      if ((await wiped.rollout()).verdicts.length > 0) stop.abort();
    });
    await world.drive(new Process(), stop.signal);
    expect(await world.rollout()).toMatchObject({ phase: 'paused', cause: { code: 'state_lost' } });
    expect(world.writes).toEqual([25]);
  });

  it('that went back on a breach meanwhile has that recorded', async () => {
    const wipeAndBreak = (world: World): void => {
      wipe(world);
      world.candidate = (percent) => (percent > 0 ? { errors: 400 } : {});
    };
    const world = await driving('analysing', wipeAndBreak, (_world, rebuild) => rebuild());
    await world.drive();
    const rollout = await world.rollout();
    expect(rollout).toMatchObject({ phase: 'rolled-back', cause: { code: 'rule_breached_critical' } });
    expect(world.writes).toEqual([25, 0]);
  });

  it('leaves when the rollout had ended in the cluster and its record is gone', async () => {
    const world = await driving('draining', async (ended) => {
      await ended.router.release(PLAN.route);
      wipe(ended);
    });
    expect(await world.drive()).toBe('left');
    expect(world.writes).toEqual([25, 100]);
  });

  it.each(['planning', 'awaiting-approval'])('leaves when it was lost while %s', async (phase) => {
    const world = await driving('never', () => {});
    await world.change({ phase: phase as never });
    world.beforeSample = async () => {
      throw new Error('nothing is looked at');
    };
    const load = world.stores.rollouts.load.bind(world.stores.rollouts);
    world.stores.rollouts.load = async (id) => {
      const stored = await load(id);
      wipe(world);
      return stored;
    };
    expect(await world.drive()).toBe('left');
    expect(world.writes).toEqual([]);
  });

  it('records an end anew when the store was wiped in the middle of it', async () => {
    const world = await driving('draining', (ending) => {
      const release = ending.router.release.bind(ending.router);
      ending.router.release = async (route) => {
        await release(route);
        wipe(ending);
      };
    });
    expect(await world.drive()).toBe('left');
    expect(await world.rollout()).toMatchObject({ phase: 'promoted' });
    expect(await world.stores.outbox.dirty()).toHaveLength(1);
    expect(world.writes).toEqual([25, 100]);
  });
});
