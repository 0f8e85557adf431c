/** The drive loop on its way back to a stable that is short of pods, whole and broken off at any call. */
import { describe, expect, it } from 'vitest';
import { SECOND } from '../support/rollout-fixtures.ts';
import { BLUE, ID, PLACE, PLAN, Process, World } from './drive-harness.ts';

interface Story {
  readonly isStoreDown?: boolean;
  /** When the third pod is ready again, s after the breach; left out: never. */
  readonly wholeAfter?: number;
}

/** A breach at 100 % while blue has lost two of its three pods; one comes back 5 s later. */
async function play(first: Process, { isStoreDown, wholeAfter }: Story = {}) {
  const world = new World();
  await world.begin();
  let shortAt = 0;
  let callsBefore = 0;
  world.candidate = () => (shortAt > 0 ? { errors: 400 } : {});
  world.onSleep = async () => {
    if (shortAt === 0 && (await world.percent()) === 100) {
      shortAt = world.clock.nowMs;
      callsBefore = first.calls;
      world.workloads.setReady(PLACE, BLUE, 1);
      if (isStoreDown) world.stores.setDown(true);
    }
    if (shortAt === 0) return;
    if (world.clock.nowMs >= shortAt + 5 * SECOND) world.workloads.setReady(PLACE, BLUE, 2);
    if (wholeAfter !== undefined && world.clock.nowMs >= shortAt + wholeAfter * SECOND)
      world.workloads.setReady(PLACE, BLUE, 3);
    if (world.clock.nowMs >= shortAt + 60 * SECOND) world.stores.setDown(false);
  };
  if ((await world.drive(first)) === 'died') await world.drive();
  return { world, callsBefore };
}

describe('the way back to a stable that is short of pods', () => {
  it('is taken in steps: what its pods carry, more when one is ready, all after 120 s', async () => {
    const { world } = await play(new Process());
    expect(world.writes).toEqual([25, 100, 67, 34, 0]);
    expect(await world.rollout()).toMatchObject({ phase: 'rolled-back', confirmedPercent: 0, wayBack: null });
    expect(world.faults).toEqual([]);
  });

  it('goes on with the store away, and is written down when it is back', async () => {
    const { world } = await play(new Process(), { isStoreDown: true });
    expect(world.writes).toEqual([25, 100, 67, 34, 0]);
    expect(await world.rollout()).toMatchObject({ phase: 'rolled-back' });
    const audit = await world.stores.rollouts.readAudit(ID);
    expect(audit.filter(({ action }) => action === 'rollout.rollback')).toHaveLength(1);
  });

  it('never raises a weight and ends at 0, wherever its process dies', async () => {
    const whole = new Process();
    const { callsBefore } = await play(whole, { wholeAfter: 8 });
    expect(whole.calls).toBeGreaterThan(callsBefore + 5);
    for (let call = callsBefore + 1; call <= whole.calls; call++)
      for (const when of ['before', 'after'] as const) {
        const { world } = await play(new Process(call, when), { wholeAfter: 8 });
        const back = world.writes.slice(world.writes.indexOf(100));
        expect(back, `died ${when} call ${call}`).toEqual(back.toSorted((a, b) => b - a));
        expect((await world.rollout()).phase, `died ${when} call ${call}`).toBe('rolled-back');
        expect((await world.router.read(PLAN.route)).percent.green).toBe(0);
        expect(world.faults).toEqual([]);
      }
  });
});
