import { describe, expect, it } from 'vitest';
import { verifyChain } from '../../src/core/audit-chain.ts';
import { type Ask, hasEnded } from '../../src/core/rollout/rollout.ts';
import { DabbawalaError } from '../../src/lib/errors.ts';
import { ASHA, SECOND, T0, TARGET } from '../support/rollout-fixtures.ts';
import { BLUE, GREEN, ID, PLACE, PLAN, Process, World } from './drive-harness.ts';

const BREACH = { errors: 400 };
const rollbackAsk: Ask = { kind: 'rollback', by: ASHA, at: T0, reason: null };

const begun = async (): Promise<World> => {
  const world = new World();
  await world.begin();
  return world;
};

/** Drives on until the loop sleeps with the rollout in this phase. */
const driveTo = async (world: World, isThere: (world: World) => Promise<boolean>): Promise<void> => {
  const stop = new AbortController();
  world.onSleep = async () => {
    if (await isThere(world)) stop.abort();
  };
  await world.drive(new Process(), stop.signal);
  world.onSleep = () => {};
};
const inPhase = (phase: string) => async (world: World) => (await world.rollout()).phase === phase;

const expectChain = async (world: World): Promise<void> => {
  expect(verifyChain(await world.stores.rollouts.readAudit(ID))).toBeNull();
};

describe('a whole rollout', () => {
  it('goes up the steps, scales the former stable down and frees the claim', async () => {
    const world = await begun();
    expect(await world.drive()).toBe('left');
    expect(await world.rollout()).toMatchObject({ phase: 'promoted', peakPercent: 100 });
    expect(world.writes).toEqual([25, 100]);
    expect([await world.replicas(BLUE), await world.replicas(GREEN)]).toEqual([0, 3]);
    expect(await world.stores.targets.readClaim(TARGET)).toBeNull();
    expect(world.router.managers(PLAN.route)).not.toContain('dabbawala');
    expect((await world.router.read(PLAN.route)).marks).toMatchObject({ stableColour: 'green' });
    expect(world.faults).toEqual([]);
    await expectChain(world);
  });

  it('goes back on a breach and keeps the former stable as it was', async () => {
    const world = await begun();
    world.candidate = (percent) => (percent === 100 ? BREACH : {});
    await world.drive();
    expect(await world.rollout()).toMatchObject({
      phase: 'rolled-back',
      cause: { code: 'rule_breached_critical' },
    });
    expect(world.writes).toEqual([25, 100, 0]);
    expect([await world.replicas(BLUE), await world.replicas(GREEN)]).toEqual([3, 0]);
    expect(world.faults).toEqual([]);
  });

  it('writes weight 0 in the pass that read the breach, before it sleeps again', async () => {
    const world = await begun();
    await driveTo(world, inPhase('analysing'));
    world.candidate = (percent) => (percent > 0 ? BREACH : {});
    const stop = new AbortController();
    let sleepsAtBreach = -1;
    world.afterSample = async () => {
      if (sleepsAtBreach < 0) sleepsAtBreach = world.sleeps;
    };
    world.onSleep = () => {
      if (sleepsAtBreach >= 0) stop.abort();
    };
    await world.drive(new Process(), stop.signal);
    expect(world.writes).toEqual([25, 0]);
    expect(world.sleeps).toBeLessThanOrEqual(sleepsAtBreach + 1);
  });

  it('looks at Prometheus once a tick while it drains back, not as fast as it can', async () => {
    const world = await begun();
    await driveTo(world, inPhase('analysing'));
    let samples = 0;
    world.beforeSample = async () => {
      samples += 1;
    };
    world.candidate = () => ({ requests: 50 });
    // As right after a shift, before the first tick.
    const { clock } = await world.rollout();
    await world.change({ asks: [rollbackAsk], clock: { ...clock, lastTickAt: null } });
    const stop = new AbortController();
    const from = world.clock.nowMs;
    world.onSleep = () => {
      if (world.clock.nowMs >= from + 10 * SECOND) stop.abort();
    };
    await world.drive(new Process(), stop.signal);
    expect(await world.rollout()).toMatchObject({ phase: 'draining', drainTowards: 'stable' });
    expect(samples).toBeLessThanOrEqual(12);
  });
});

describe('a process that dies at any call with an effect', () => {
  const scenarios = [
    ['happy', () => ({}), 'promoted', [25, 100]],
    ['breach', (percent: number) => (percent === 100 ? BREACH : {}), 'rolled-back', [25, 100, 0]],
  ] as const;

  it.each(scenarios)('ends right after a restart: %s', async (_, candidate, end, weights) => {
    const whole = new Process();
    const first = await begun();
    first.candidate = candidate;
    await first.drive(whole);
    expect(whole.calls).toBeGreaterThan(10);

    for (let at = 1; at <= whole.calls; at += 1)
      for (const when of ['before', 'after'] as const) {
        const world = await begun();
        world.candidate = candidate;
        const where = `${when} call ${at}`;
        await world.drive(new Process(at, when));
        world.clock.advance(8 * SECOND);
        if (!hasEnded(await world.rollout())) expect(await world.drive(), where).toBe('left');
        expect((await world.rollout()).phase, where).toBe(end);
        // No step is left out, none is written with two values; the same one may be written twice.
        expect(
          world.writes.filter((percent, index, all) => percent !== all[index - 1]),
          where,
        ).toEqual(weights);
        expect(world.faults, where).toEqual([]);
        expect(await world.percent(), where).toBe(end === 'promoted' ? 100 : 0);
        expect([await world.replicas(BLUE), await world.replicas(GREEN)], where).toEqual(
          end === 'promoted' ? [0, 3] : [3, 0],
        );
        await expectChain(world);
        const audit = await world.stores.rollouts.readAudit(ID);
        expect(audit.filter((record) => record.action === 'rollout.ended').length, where).toBe(1);
      }
  });
});

describe('two owners', () => {
  it('write no weight twice with different values when both drive at once', async () => {
    const world = await begun();
    await Promise.all([world.drive(), world.drive()]);
    while (!hasEnded(await world.rollout())) await world.drive();
    expect((await world.rollout()).phase).toBe('promoted');
    expect(world.writes.filter((percent, index, all) => percent !== all[index - 1])).toEqual([25, 100]);
    expect(world.faults).toEqual([]);
    await expectChain(world);
  });

  it('does not let one that slept scale down the colour that the next one gave the traffic to', async () => {
    const world = await begun();
    await driveTo(world, async (there) => (await there.rollout()).cause.code === 'drained');
    // The first owner looks once more, sees that all is well, and is stopped before it can act.
    let wake: () => void = () => {};
    let isTaken = false;
    const asleep = new Promise<void>((resolve) => {
      world.afterSample = async () => {
        if (isTaken) return;
        const awake = new Promise<void>((go) => {
          wake = go;
        });
        resolve();
        await awake;
      };
    });
    const sleeper = world.drive();
    await asleep;
    isTaken = true;
    world.candidate = (percent) => (percent > 0 ? BREACH : {});
    await world.drive();
    expect((await world.rollout()).phase).toBe('rolled-back');
    wake();
    await sleeper;
    expect(await world.replicas(BLUE)).toBe(3);
    expect(world.faults).toEqual([]);
  });
});

describe('without the state store', () => {
  it('takes an advance that could not be saved for not decided: it needs fresh evidence', async () => {
    const world = await begun();
    await driveTo(world, inPhase('analysing'));
    const save = world.stores.rollouts.save.bind(world.stores.rollouts);
    const stores = world.stores as { rollouts: typeof world.stores.rollouts };
    stores.rollouts.save = async (id, change) => {
      if (change.next.phase === 'shifting') {
        world.stores.setDown(true);
        world.isPrometheusDown = true;
      }
      return save(id, change);
    };
    const from = world.sleeps;
    const stop = new AbortController();
    world.onSleep = (sleeps) => {
      if (sleeps === from + 20) world.stores.setDown(false);
      if (sleeps === from + 30) stop.abort();
    };
    await world.drive(new Process(), stop.signal);
    expect(world.writes).toEqual([25]);
    expect(await world.rollout()).toMatchObject({ phase: 'analysing', desiredPercent: 25 });
  });

  it('goes back on a breach at once and writes it down when the store is back, once', async () => {
    const world = await begun();
    await driveTo(world, inPhase('analysing'));
    const from = world.sleeps;
    let weightWhileDown: number | null = null;
    world.onSleep = async (sleeps) => {
      if (sleeps === from + 1) {
        world.stores.setDown(true);
        world.candidate = (percent) => (percent > 0 ? BREACH : {});
      }
      if (sleeps === from + 5) {
        weightWhileDown = await world.percent();
        world.stores.setDown(false);
      }
    };
    await world.drive();
    expect(weightWhileDown).toBe(0);
    expect(world.router.announced).toEqual([
      expect.stringMatching(/^Rolled back while the state store was away: Error rate/),
    ]);
    expect(await world.rollout()).toMatchObject({
      phase: 'rolled-back',
      cause: { code: 'rule_breached_critical' },
    });
    const audit = await world.stores.rollouts.readAudit(ID);
    expect(audit.filter((record) => record.action === 'rollout.rollback')).toHaveLength(1);
    await expectChain(world);
  });

  it('writes a rollback down over what was asked meanwhile and loses no ask', async () => {
    const world = await begun();
    await driveTo(world, inPhase('analysing'));
    world.candidate = (percent) => (percent > 0 ? { ...BREACH } : { requests: 10 });
    const from = world.sleeps;
    const stop = new AbortController();
    world.onSleep = async (sleeps) => {
      if (sleeps === from + 1) world.stores.setDown(true);
      if (sleeps === from + 5) {
        world.stores.setDown(false);
        await world.change({ asks: [rollbackAsk], reason: 'asked in between' });
      }
      if (sleeps === from + 8) stop.abort();
    };
    await world.drive(new Process(), stop.signal);
    expect(await world.rollout()).toMatchObject({
      phase: 'draining',
      drainTowards: 'stable',
      cause: { code: 'rule_breached_critical' },
    });
  });

  it('watches on from memory when the record can no longer be read', async () => {
    const world = await begun();
    await driveTo(world, inPhase('analysing'));
    const from = world.sleeps;
    const stop = new AbortController();
    world.onSleep = (sleeps) => {
      if (sleeps === from + 1) world.stores.corrupt(ID);
      if (sleeps === from + 3) world.candidate = (percent) => (percent > 0 ? BREACH : {});
      if (sleeps === from + 10) stop.abort();
    };
    await world.drive(new Process(), stop.signal);
    expect(world.writes).toEqual([25, 0]);
  });

  it('watches on from memory when the store has lost the rollout, without spinning', async () => {
    const world = await begun();
    await driveTo(world, inPhase('analysing'));
    const stop = new AbortController();
    const from = world.clock.nowMs;
    let looks = 0;
    let isWiped = false;
    world.beforeSample = async () => {
      looks += 1;
    };
    world.onSleep = () => {
      if (!isWiped) world.stores.wipe();
      isWiped = true;
      if (looks === 5) world.candidate = (percent) => (percent > 0 ? BREACH : {});
      if (world.clock.nowMs > from + 15 * SECOND) stop.abort();
    };
    await world.drive(new Process(), stop.signal);
    expect(looks).toBeLessThan(25);
    expect(world.writes).toEqual([25, 0]);
  });
});

describe('a cluster that does not answer', () => {
  it('tries the way back again at a pace, not as fast as it can', async () => {
    const world = await begun();
    await driveTo(world, inPhase('analysing'));
    await world.change({ asks: [rollbackAsk] });
    world.router.failWith(new DabbawalaError('cluster_unavailable', 'The cluster does not answer.'));
    const from = world.sleeps;
    let reads = 0;
    world.router.read = ((read) => (route) => {
      reads += 1;
      if (reads > 500) throw new Error('spinning');
      return read(route);
    })(world.router.read.bind(world.router));
    world.onSleep = (sleeps) => {
      if (sleeps === from + 10) world.router.failWith(null);
    };
    await world.drive();
    expect((await world.rollout()).phase).toBe('rolled-back');
    expect(reads).toBeLessThan(100);
  });
});

describe('an object that cannot be taken over', () => {
  it('does not keep the loop from watching and going back', async () => {
    const world = await begun();
    await driveTo(world, inPhase('analysing'));
    world.candidate = (percent) => (percent > 0 ? BREACH : {});
    world.router.takeOver = async () => {
      throw new DabbawalaError('internal', 'The API server answered 400.');
    };
    const stop = new AbortController();
    const from = world.sleeps;
    world.onSleep = (sleeps) => {
      if (sleeps === from + 5) stop.abort();
    };
    await world.drive(new Process(), stop.signal);
    expect(world.writes).toEqual([25, 0]);
  });
});

describe('wakes', () => {
  it('cannot starve the watch: a look that was cut once is carried through the next time', async () => {
    const world = await begun();
    await driveTo(world, inPhase('analysing'));
    world.candidate = (percent) => (percent > 0 ? BREACH : {});
    let cut = new AbortController();
    world.beforeSample = async () => cut.abort();
    const stop = new AbortController();
    world.onSleep = (sleeps) => {
      if (sleeps > 500) stop.abort();
    };
    const wakeups = world.wakeups();
    world.wakeups = () => ({
      ...wakeups,
      nextWake: () => {
        cut = new AbortController();
        return cut.signal;
      },
    });
    await world.drive(new Process(), stop.signal);
    expect((await world.rollout()).phase).toBe('rolled-back');
  });
});

describe('before the candidate is made', () => {
  it('never deletes the idle colour once somebody moved the traffic to it', async () => {
    const world = await begun();
    world.workloads.seed(PLACE, GREEN, {
      colour: 'green',
      rolloutId: 'r-000000000000',
      digest: PLAN.to.digest,
    });
    // Planned and approved; the bot was away, and on-call went to the other colour by hand.
    await world.change({ phase: 'preparing', plan: PLAN });
    world.router.edit(PLAN.route, { blue: 0, green: 100 });
    await world.drive();
    expect(await world.rollout()).toMatchObject({ phase: 'closed', outcome: 'void' });
    expect(world.workloads.log).toEqual([]);
    expect(await world.percent()).toBe(100);
    expect(await world.stores.targets.readClaim(TARGET)).toBeNull();
  });
});
