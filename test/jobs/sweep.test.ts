import { describe, expect, it } from 'vitest';
import { repairIndexes } from '../../src/jobs/repair-indexes.ts';
import { sweep } from '../../src/jobs/sweep.ts';
import { DabbawalaError } from '../../src/lib/errors.ts';
import { createFakeLog } from '../fakes/fake-log.ts';
import { createMemoryStores, MemoryClock } from '../fakes/memory-store.ts';
import { MINUTE, makeApproval, makeRollout, T0, TARGET } from '../support/rollout-fixtures.ts';

function open() {
  const clock = new MemoryClock(T0 + 6 * MINUTE);
  const stores = createMemoryStores(clock);
  const woken: string[] = [];
  const backlog: number[] = [];
  const deps = {
    store: stores.rollouts,
    targets: stores.targets,
    outbox: stores.outbox,
    queue: {
      wake: async (id: string) => void woken.push(id),
      wakeChannel: async (channel: string) => void woken.push(channel),
    },
    clock,
    log: createFakeLog(),
    onBacklog: (cards: number) => void backlog.push(cards),
  };
  return { clock, stores, woken, backlog, deps };
}

describe('the sweep', () => {
  it('wakes whatever nobody drives, and nothing that only waits for a person', async () => {
    const { stores, woken, deps } = open();
    const running = makeRollout({ id: 'r-running00001' });
    const waiting = makeRollout({
      id: 'r-waiting00001',
      phase: 'awaiting-approval',
      approvals: [makeApproval()],
    });
    const ended = makeRollout({ id: 'r-ended0000001', phase: 'promoted', endedAt: T0 });
    for (const rollout of [running, waiting, ended]) await stores.rollouts.create(rollout, []);
    await sweep(deps);
    expect(woken).toContain(running.id);
    expect(woken).not.toContain(waiting.id);
    expect(woken).not.toContain(ended.id);
  });

  it('wakes an approval whose time has come', async () => {
    const { clock, stores, woken, deps } = open();
    await stores.rollouts.create(
      makeRollout({ id: 'r-waiting00001', phase: 'awaiting-approval', approvals: [makeApproval()] }),
      [],
    );
    clock.set(T0 + 10 * MINUTE);
    await sweep(deps);
    expect(woken).toContain('r-waiting00001');
  });

  it('frees the claim of an ended rollout at once and of a missing one after 30 s', async () => {
    const { clock, stores, deps } = open();
    await stores.rollouts.create(makeRollout({ id: 'r-ended0000001', phase: 'promoted', endedAt: T0 }), []);
    await stores.targets.takeClaim(TARGET, 'r-ended0000001');
    await stores.targets.takeClaim({ ...TARGET, service: 'ledger' }, 'r-missing00001');
    await sweep(deps);
    expect(await stores.targets.readClaim(TARGET)).toBeNull();
    expect(await stores.targets.readClaim({ ...TARGET, service: 'ledger' })).toBe('r-missing00001');
    clock.advance(31_000);
    await sweep(deps);
    expect(await stores.targets.readClaim({ ...TARGET, service: 'ledger' })).toBeNull();
  });

  it('keeps the claim of a rollout that cannot be read: it may still move traffic', async () => {
    const { clock, stores, deps } = open();
    await stores.rollouts.create(makeRollout({ id: 'r-corrupt00001' }), []);
    await stores.targets.takeClaim(TARGET, 'r-corrupt00001');
    stores.corrupt('r-corrupt00001');
    clock.advance(60 * MINUTE);
    await sweep(deps);
    expect(await stores.targets.readClaim(TARGET)).toBe('r-corrupt00001');
  });

  it('counts what Slack has not seen yet and wakes its channel', async () => {
    const { stores, woken, backlog, deps } = open();
    await stores.rollouts.create(makeRollout({ id: 'r-running00001' }), []);
    await sweep(deps);
    expect(woken).toContain('C0WARROOM');
    expect(backlog).toEqual([1]);
  });

  it('does nothing and throws nothing while the store is away', async () => {
    const { stores, woken, deps } = open();
    stores.setDown(true);
    await expect(sweep(deps)).resolves.toBeUndefined();
    expect(woken).toEqual([]);
  });
});

describe('repairing indexes', () => {
  it('never throws', async () => {
    const log = createFakeLog();
    await repairIndexes(async () => 3, log);
    await repairIndexes(async () => Promise.reject(new DabbawalaError('store_unavailable', 'away')), log);
    await expect(repairIndexes(async () => Promise.reject(new Error('odd')), log)).resolves.toBeUndefined();
  });
});
