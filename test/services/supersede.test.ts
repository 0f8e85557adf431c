/** A rollout that waits for another one's end, against the drive loop: whatever dies in between, it is not lost. */
import { describe, expect, it } from 'vitest';
import { verifyChain } from '../../src/core/audit-chain.ts';
import type { Rollout } from '../../src/core/rollout/rollout.ts';
import { makeRollout, SECOND, T0, TARGET } from '../support/rollout-fixtures.ts';
import { ID, PLAN, Process, World } from './drive-harness.ts';

const FIRST = 'r-bbbbbbbbbbbb';

/** A first rollout that goes back as soon as it is asked, and what waits for it. */
async function begun(end: Partial<Rollout> = { phase: 'rolled-back' }): Promise<World> {
  const world = new World();
  const { stores } = world;
  await stores.rollouts.create(makeRollout({ id: FIRST, phase: 'analysing', asks: [] }), []);
  await stores.targets.takeClaim(TARGET, FIRST);
  await stores.targets.takeTurn(TARGET, ID);
  await world.begin({ supersedes: { rolloutId: FIRST, version: 'v2.3.1', until: T0 + 900 * SECOND } });
  world.onSleep = async () => {
    const stored = await stores.rollouts.load(FIRST);
    if (!stored?.rollout.asks.some(({ kind }) => kind === 'rollback')) return;
    const next = { ...stored.rollout, endedAt: T0, asks: [], ...end };
    const change = { token: null, lines: [], audit: [], isDirty: true };
    await stores.rollouts.save(FIRST, { ...change, next, expectedRev: stored.rev });
    await stores.targets.releaseClaim(TARGET, FIRST);
  };
  return world;
}

describe('a rollout that supersedes another', () => {
  it('has it go back, takes the claim, and goes its own way from the plan on', async () => {
    const world = await begun();
    await world.drive();
    expect(await world.rollout()).toMatchObject({ phase: 'promoted' });
    expect(world.writes).toEqual([25, 100]);
    expect((await world.stores.rollouts.load(FIRST))?.rollout.supersededBy).toBe(ID);
    expect(await world.stores.targets.readClaim(TARGET)).toBeNull();
    expect(await world.stores.targets.readTurn(TARGET)).toBeNull();
    const records = await world.stores.rollouts.readAudit(FIRST);
    expect(verifyChain(records)).toBeNull();
    expect(records.filter(({ action }) => action === 'rollout.ask')).toMatchObject([
      { actor: { id: 'U0ASHA' }, data: { ask: 'rollback', successor: ID } },
    ]);
  });

  it('keeps its place meanwhile: nobody else gets the claim', async () => {
    const world = await begun();
    const { targets } = world.stores;
    const release = targets.releaseClaim.bind(targets);
    targets.releaseClaim = async (target, id) => {
      await release(target, id);
      if (id !== FIRST) return;
      expect(await targets.takeClaim(TARGET, 'r-cccccccccccc')).toEqual({ kind: 'held', rolloutId: ID });
    };
    await world.drive();
    expect(await world.rollout()).toMatchObject({ phase: 'promoted' });
    expect.assertions(2);
  });

  it('is not lost though the process dies at any of its first calls', async () => {
    for (const when of ['before', 'after'] as const)
      for (let call = 1; call <= 6; call++) {
        const world = await begun();
        const process = new Process(call, when);
        await world.drive(process);
        world.clock.advance(30 * SECOND);
        if ((await world.rollout()).phase !== 'promoted') await world.drive();
        expect(await world.rollout(), `${when} call ${call}`).toMatchObject({ phase: 'promoted' });
        expect(world.faults).toEqual([]);
      }
  });

  it('is refused in words and gives its place up when the first one fails', async () => {
    const world = await begun({ phase: 'failed' });
    await world.drive();
    const rollout = await world.rollout();
    expect(rollout).toMatchObject({ phase: 'closed', outcome: 'refused' });
    expect(world.writes).toEqual([]);
    expect(await world.stores.targets.readTurn(TARGET)).toBeNull();
    expect((await world.router.read(PLAN.route)).percent).toEqual({ blue: 100, green: 0 });
  });
});
