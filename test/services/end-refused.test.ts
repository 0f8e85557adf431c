/** The API server refuses the last part of a promotion: people see why, and may still go back. */
import { expect, it } from 'vitest';
import { DabbawalaError } from '../../src/lib/errors.ts';
import { ASHA } from '../support/rollout-fixtures.ts';
import { BLUE, GREEN, World } from './drive-harness.ts';

it('a promotion whose end is refused says so on the record and still goes back when somebody says so', async () => {
  const world = new World();
  await world.begin();
  const scale = world.workloads.scale.bind(world.workloads);
  let tries = 0;
  world.workloads.scale = async (place, name, uid, replicas) => {
    if (name !== BLUE) return scale(place, name, uid, replicas);
    tries += 1;
    throw new DabbawalaError('forbidden', 'The cluster refuses to scale it.');
  };
  let isAsked = false;
  world.onSleep = async () => {
    const { cause, hold, asks } = await world.rollout();
    // What the service asks before it takes the order.
    if (isAsked || tries < 5 || cause.code === 'drained') return;
    expect(hold).toMatchObject({ code: 'end_not_done', text: expect.stringContaining('refuses to scale') });
    isAsked = true;
    await world.change({
      asks: [...asks, { kind: 'rollback', by: ASHA, at: await world.clock.now(), reason: null }],
    });
  };
  await world.drive();
  expect(await world.rollout()).toMatchObject({ phase: 'rolled-back', cause: { code: 'asked_rollback' } });
  expect(await world.percent()).toBe(0);
  expect([await world.replicas(BLUE), await world.replicas(GREEN)]).toEqual([3, 0]);
  expect(world.faults).toEqual([]);
});
