import { describe, expect, it } from 'vitest';
import { DabbawalaError } from '../../src/lib/errors.ts';
import { Redraws } from '../../src/services/redraw-card.ts';
import { createFakeLog } from '../fakes/fake-log.ts';
import { createMemoryStores } from '../fakes/memory-store.ts';
import { makeApproval, makeRollout, T0 } from '../support/rollout-fixtures.ts';

const WAITING = makeRollout({
  id: 'r-waiting00001',
  phase: 'awaiting-approval',
  approvals: [makeApproval()],
});

async function open() {
  const { rollouts, outbox } = createMemoryStores();
  const store = { isAway: false };
  const log = createFakeLog();
  const reach = <T>(work: () => Promise<T>): Promise<T> =>
    store.isAway ? Promise.reject(new DabbawalaError('store_unavailable', 'away')) : work();
  const start = (): Redraws =>
    new Redraws({
      store: {
        active: () => reach(() => rollouts.active()),
        load: (id) => reach(() => rollouts.load(id)),
        save: (id, change) => reach(() => rollouts.save(id, change)),
      },
      queue: { wakeChannel: async () => undefined },
      log,
    });
  const create = async (rollout = WAITING): Promise<void> => {
    await rollouts.create(rollout, []);
    const [card] = (await outbox.dirty()).filter(({ id }) => id === rollout.id);
    await outbox.markPosted(rollout.id, card?.cardRev ?? 0, '1.2');
  };
  const dirty = async (): Promise<readonly string[]> => (await outbox.dirty()).map(({ id }) => id);
  return { store, log, start, create, dirty };
}

describe('a card that a click left without buttons', () => {
  it('is drawn again when the process died before it could be marked', async () => {
    const { start, create, dirty } = await open();
    await create();
    await create(makeRollout({ id: 'r-paused000001', phase: 'paused' }));
    await create(makeRollout({ id: 'r-moving000001', phase: 'analysing' }));
    await create(makeRollout({ id: 'r-ended0000001', phase: 'promoted', endedAt: T0 }));
    await start().drawOwed();
    expect((await dirty()).toSorted()).toEqual(['r-paused000001', 'r-waiting00001']);
  });

  it('is drawn again when the store that was away is back', async () => {
    const { store, log, start, create, dirty } = await open();
    const redraws = start();
    await redraws.drawOwed();
    await create();
    store.isAway = true;
    await expect(redraws.draw(WAITING.id)).rejects.toMatchObject({ code: 'store_unavailable' });
    await redraws.drawOwed();
    expect(await dirty()).toEqual([]);
    store.isAway = false;
    await redraws.drawOwed();
    expect(await dirty()).toEqual([WAITING.id]);
    expect(log.lines.filter(({ level }) => level === 'error')).toEqual([]);
  });

  it('is looked for once: a running process draws no card for nothing', async () => {
    const { store, start, create, dirty } = await open();
    const redraws = start();
    store.isAway = true;
    await redraws.drawOwed();
    store.isAway = false;
    await redraws.drawOwed();
    await create();
    await redraws.drawOwed();
    expect(await dirty()).toEqual([]);
  });
});
