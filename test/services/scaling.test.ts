/** Autoscaler and budget over whole rollouts, in a process that dies at any call with an effect. */
import { describe, expect, it } from 'vitest';
import { hasEnded } from '../../src/core/rollout/rollout.ts';
import { DabbawalaError } from '../../src/lib/errors.ts';
import { SECOND } from '../support/rollout-fixtures.ts';
import { SCALER_PLAN } from '../support/scaling.ts';
import { BLUE, GREEN, PLAN, Process, World } from './drive-harness.ts';

const OWN = { kind: 'HorizontalPodAutoscaler', name: 'scaler' } as const;
const TWIN = { ...OWN, name: GREEN };
const BREACH = { errors: 400 };

async function begun(candidate: World['candidate'] = () => ({})): Promise<World> {
  const world = new World();
  world.plan = { ...PLAN, autoscaler: SCALER_PLAN, budget: 'pdb' };
  world.candidate = candidate;
  world.workloads.scaling.seed('scaler', BLUE, { min: 2, max: 20 });
  world.workloads.scaling.budgetStates = [
    { name: 'pdb', colour: 'blue', selectsStable: true, selectsCandidate: false },
  ];
  await world.begin();
  return world;
}

/** What an end leaves: one autoscaler with its own minimum, on whoever won. */
const expectSettled = (world: World, target: string, colour: string, where: string): void => {
  const { scaling } = world.workloads;
  expect(scaling.find(OWN), where).toMatchObject({ target, min: 2, floor: null });
  expect(scaling.find(TWIN), where).toBeUndefined();
  expect(scaling.budgetStates[0]?.colour, where).toBe(colour);
};

describe('the autoscaler of a rollout', () => {
  it('has floor and twin before the first weight, and is whole again before the loser is taken down', async () => {
    const world = await begun();
    await world.drive();
    expect(world.workloads.log).toEqual([
      `delete ${GREEN}`,
      `create ${GREEN}`,
      'floor scaler 3',
      `twin ${GREEN} 3`,
      `delete twin ${GREEN}`,
      'budget pdb green',
      `settle scaler ${GREEN} 2`,
      `scale ${BLUE} 0`,
    ]);
  });

  it.each([
    ['promoted', () => ({}), GREEN, 'green'],
    ['rolled-back', (percent: number) => (percent === 100 ? BREACH : {}), BLUE, 'blue'],
  ] as const)('is what it was, wherever the process dies: %s', async (end, candidate, target, colour) => {
    const whole = new Process();
    const first = await begun(candidate);
    await first.drive(whole);
    expect(whole.calls).toBeGreaterThan(14);

    for (let at = 1; at <= whole.calls; at += 1)
      for (const when of ['before', 'after'] as const) {
        const world = await begun(candidate);
        const where = `${when} call ${at}`;
        await world.drive(new Process(at, when));
        world.clock.advance(8 * SECOND);
        if (!hasEnded(await world.rollout())) expect(await world.drive(), where).toBe('left');
        expect((await world.rollout()).phase, where).toBe(end);
        expectSettled(world, target, colour, where);
        expect(world.faults, where).toEqual([]);
      }
  });

  it('that may not be written ends no rollout half way, and says why', async () => {
    const world = await begun();
    const { settleAutoscaler } = world.workloads;
    let refusals = 0;
    const holds = new Set<string>();
    world.workloads.settleAutoscaler = async (...args) => {
      if (refusals++ < 5) throw new DabbawalaError('forbidden', 'Cluster "mumbai-1" refused to patch it.');
      return settleAutoscaler.apply(world.workloads, args);
    };
    world.onSleep = async () => {
      const { hold, phase } = await world.rollout();
      if (hold) holds.add(`${phase}: ${hold.text}`);
    };
    await world.drive();
    expect((await world.rollout()).phase).toBe('promoted');
    expect([...holds].join()).toMatch(
      /draining: Autoscaler and budget are not as they shall stay: .*refused/,
    );
    expectSettled(world, GREEN, 'green', 'after the right came');
  });
});
