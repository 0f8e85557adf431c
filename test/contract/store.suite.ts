import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { verifyChain } from '../../src/core/audit-chain.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type {
  AuditLog,
  Deliveries,
  Outbox,
  RolloutStore,
  StoreEpoch,
  TargetStore,
} from '../../src/ports/rollout-store.ts';
import { until } from '../support/until.ts';
import { asha, change, draft, line, newRollout, nextRolloutId, nextTarget, ravi } from './store-fixtures.ts';

export interface StorePorts {
  readonly rollouts: RolloutStore;
  readonly targets: TargetStore;
  readonly outbox: Outbox;
  readonly deliveries: Deliveries;
  readonly audit: AuditLog;
  readonly epoch: StoreEpoch;
  readonly clock: Clock;
}

/** One implementation of the store's ports, opened for a test file. */
export interface OpenedStore extends StorePorts {
  /** A second process on the same state: nothing is shared in memory (the fake may return itself). */
  readonly other: StorePorts;
  /** Overwrites a rollout's stored state with what cannot be read. */
  corrupt(id: string): Promise<void>;
  /** Makes the clock, and thereby time-outs of the store, pass `ms`. A real store may just let the time pass. */
  pass(ms: number): Promise<void>;
  close(): Promise<void>;
}

const times = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index));

/** What every state store must do. Another one is held to it by a factory of its own. */
export const describeStore = (name: string, open: () => Promise<OpenedStore>): void => {
  describe(`state store: ${name}`, () => {
    let store: OpenedStore;
    beforeAll(async () => {
      store = await open();
    });
    afterAll(async () => {
      await store?.close();
    });

    describe('rollouts', () => {
      it('a created rollout is loaded as it was, rev 1, active, with its audit', async () => {
        const rollout = newRollout();
        expect(await store.rollouts.create(rollout, [draft()])).toEqual({ rollout, rev: 1, token: 0 });
        expect(await store.other.rollouts.load(rollout.id)).toEqual({ rollout, rev: 1, token: 0 });
        expect(await store.rollouts.active()).toContain(rollout.id);
        expect(await store.rollouts.readAudit(rollout.id)).toMatchObject([{ ...draft(), seq: 1 }]);
      });

      it('a rollout that is not there loads as null and cannot be saved or driven', async () => {
        const rollout = newRollout();
        expect(await store.rollouts.load(rollout.id)).toBeNull();
        expect(await store.rollouts.save(rollout.id, change(rollout, 1))).toEqual({ kind: 'conflict' });
        await expect(store.rollouts.takeToken(rollout.id, 0)).rejects.toMatchObject({ code: 'no_rollout' });
        expect(await store.rollouts.load(rollout.id)).toBeNull();
      });

      it('thread lines of a creation are there with it, and with it alone', async () => {
        const rollout = newRollout();
        await store.rollouts.create(rollout, [draft()], [line('first'), line('second')]);
        await expect(store.rollouts.create(rollout, [], [line('never')])).rejects.toThrow();
        const card = (await store.outbox.dirty()).find(({ id }) => id === rollout.id);
        expect(card?.lines.map(({ id, text }) => [id, text])).toEqual([
          [`${rollout.id}-1-1`, 'first'],
          [`${rollout.id}-1-2`, 'second'],
        ]);
      });

      it('the same id cannot be created twice', async () => {
        const rollout = newRollout();
        await store.rollouts.create(rollout, [draft()]);
        await expect(store.rollouts.create(rollout, [draft()])).rejects.toMatchObject({
          code: 'state_conflict',
        });
        expect(await store.rollouts.readAudit(rollout.id)).toHaveLength(1);
      });

      it('fields that this version does not know are kept', async () => {
        const rollout = { ...newRollout(), fromTheNextVersion: { kept: true } };
        await store.rollouts.create(rollout, []);
        expect((await store.rollouts.load(rollout.id))?.rollout).toEqual(rollout);
      });

      it('a save raises rev and stores the state; an old rev is a conflict and changes nothing', async () => {
        const rollout = newRollout();
        await store.rollouts.create(rollout, []);
        const next = { ...rollout, phase: 'awaiting-approval' as const };
        expect(await store.rollouts.save(rollout.id, change(next, 1))).toEqual({ kind: 'saved', rev: 2 });
        const late = change({ ...rollout, phase: 'failed' }, 1, {
          lines: [line('never')],
          audit: [draft()],
          isDirty: true,
        });
        expect(await store.other.rollouts.save(rollout.id, late)).toEqual({ kind: 'conflict' });
        expect(await store.rollouts.load(rollout.id)).toEqual({ rollout: next, rev: 2, token: 0 });
        expect(await store.rollouts.readAudit(rollout.id)).toEqual([]);
        expect((await store.outbox.dirty()).find((card) => card.id === rollout.id)?.lines).toEqual([]);
      });

      it('a driver with an older token is fenced, a person is not', async () => {
        const rollout = newRollout();
        await store.rollouts.create(rollout, []);
        const first = await store.rollouts.takeToken(rollout.id, 0);
        const second = await store.other.rollouts.takeToken(rollout.id, 0);
        expect(second).toBeGreaterThan(first);
        expect(
          await store.rollouts.save(rollout.id, change(rollout, 1, { token: first, audit: [draft()] })),
        ).toEqual({
          kind: 'fenced',
          token: second,
        });
        expect(await store.rollouts.save(rollout.id, change(rollout, 1, { token: second }))).toMatchObject({
          kind: 'saved',
        });
        expect(await store.rollouts.save(rollout.id, change(rollout, 2))).toMatchObject({ kind: 'saved' });
        expect(await store.rollouts.readAudit(rollout.id)).toEqual([]);
      });

      it('a token is never below the floor and never given twice', async () => {
        const rollout = newRollout();
        await store.rollouts.create(rollout, []);
        expect(await store.rollouts.takeToken(rollout.id, 41)).toBe(41);
        expect(await store.rollouts.takeToken(rollout.id, 7)).toBe(42);
        const tokens = await Promise.all(
          times(50, (i) => (i % 2 ? store : store.other).rollouts.takeToken(rollout.id, 0)),
        );
        expect(new Set(tokens).size).toBe(50);
      });

      it('of a hundred savers of one rev exactly one is saved, with its line and its audit record', async () => {
        const rollout = newRollout();
        await store.rollouts.create(rollout, [draft()]);
        const results = await Promise.all(
          times(100, (i) =>
            (i % 2 ? store : store.other).rollouts.save(
              rollout.id,
              change({ ...rollout, version: `v${i}` }, 1, {
                lines: [line(`line of ${i}`)],
                audit: [draft({ data: { saver: i } })],
                isDirty: true,
              }),
            ),
          ),
        );
        expect(results.filter((result) => result.kind === 'saved')).toEqual([{ kind: 'saved', rev: 2 }]);
        expect(results.filter((result) => result.kind === 'conflict')).toHaveLength(99);
        const winner = results.findIndex((result) => result.kind === 'saved');
        expect((await store.rollouts.load(rollout.id))?.rollout.version).toBe(`v${winner}`);
        const records = await store.rollouts.readAudit(rollout.id);
        expect(records.map((record) => record.data.saver)).toEqual([undefined, winner]);
        const card = (await store.outbox.dirty()).find(({ id }) => id === rollout.id);
        expect(card?.lines.map(({ text }) => text)).toEqual([`line of ${winner}`]);
      });

      it('an unreadable rollout is refused by its id and stops no other', async () => {
        const broken = newRollout({ channel: 'C0QUARANTINE' });
        const sound = newRollout({ channel: 'C0QUARANTINE' });
        await store.rollouts.create(broken, []);
        await store.rollouts.create(sound, []);
        await store.corrupt(broken.id);
        await expect(store.rollouts.load(broken.id)).rejects.toMatchObject({
          code: 'internal',
          message: expect.stringContaining(broken.id),
        });
        expect((await store.rollouts.load(sound.id))?.rollout).toEqual(sound);
        expect((await store.outbox.dirty('C0QUARANTINE')).map(({ id }) => id)).toEqual([sound.id]);
      });

      it('a state that could not be read back is refused and the last good one stays', async () => {
        const rollout = newRollout();
        await store.rollouts.create(rollout, []);
        const poisoned = { ...rollout, desiredPercent: Number.NaN };
        await expect(store.rollouts.save(rollout.id, change(poisoned, 1))).rejects.toMatchObject({
          code: 'internal',
        });
        await expect(store.rollouts.create({ ...poisoned, id: nextRolloutId() }, [])).rejects.toMatchObject({
          code: 'internal',
        });
        expect(await store.rollouts.load(rollout.id)).toEqual({ rollout, rev: 1, token: 0 });
      });

      it('leaves the active list only when ended and delivered', async () => {
        const rollout = newRollout();
        const { id } = rollout;
        await store.rollouts.create(rollout, []);
        await store.outbox.markPosted(id, 1, '1.1');
        await store.rollouts.forgetActive(id);
        expect(await store.rollouts.active()).toContain(id);
        const ended = { ...rollout, phase: 'promoted' as const, endedAt: 1_700_000_100_000 };
        await store.rollouts.save(id, change(ended, 1, { isDirty: true }));
        await store.rollouts.forgetActive(id);
        expect(await store.rollouts.active()).toContain(id);
        await store.outbox.markPosted(id, 2, '1.1');
        await store.rollouts.forgetActive(id);
        await store.rollouts.forgetActive(id);
        expect(await store.rollouts.active()).not.toContain(id);
        await store.rollouts.save(id, change(ended, 2, { lines: [line('one more word')] }));
        expect(await store.rollouts.active()).toContain(id);
      });
    });

    describe('epoch', () => {
      it('has no name in a new store, and one name however many give it one', async () => {
        expect(await store.epoch.read()).toBeNull();
        const names = await Promise.all(
          times(20, (i) => (i % 2 ? store : store.other).epoch.begin(`epoch-${i}`)),
        );
        expect(new Set(names).size).toBe(1);
        expect(await store.other.epoch.read()).toBe(names[0]);
        expect(await store.epoch.begin('another')).toBe(names[0]);
      });
    });

    describe('audit', () => {
      it('fifty writers in two processes make one chain that verifies', async () => {
        const rollout = newRollout();
        await store.rollouts.create(rollout, [draft()]);
        await Promise.all(
          times(50, (i) =>
            (i % 2 ? store : store.other).rollouts.appendAudit(rollout.id, [
              draft({ outcome: 'denied', data: { try: i } }),
              draft({ outcome: 'denied', data: { try: `${i} again` } }),
            ]),
          ),
        );
        const records = await store.rollouts.readAudit(rollout.id);
        expect(records).toHaveLength(101);
        expect(verifyChain(records)).toBeNull();
        expect(new Set(records.map((record) => JSON.stringify(record.data))).size).toBe(101);
      });

      it('saves and denied tries share the chain, whoever writes', async () => {
        const rollout = newRollout();
        await store.rollouts.create(rollout, [draft({ action: 'a' })]);
        await store.other.rollouts.appendAudit(rollout.id, [draft({ action: 'b', outcome: 'denied' })]);
        await store.rollouts.save(rollout.id, change(rollout, 1, { audit: [draft({ action: 'c' })] }));
        await store.other.rollouts.save(rollout.id, change(rollout, 2, { audit: [draft({ action: 'd' })] }));
        const records = await store.rollouts.readAudit(rollout.id);
        expect(records.map(({ action, seq }) => `${seq}${action}`)).toEqual(['1a', '2b', '3c', '4d']);
        expect(verifyChain(records)).toBeNull();
      });

      it('carries what JSON cannot say without losing the record', async () => {
        const target = nextTarget();
        await store.targets.appendAudit(target, [
          draft({ data: { half: 'emoji \ud83d', nan: Number.NaN, ok: true } }),
        ]);
        const records = await store.targets.readAudit(target);
        expect(records[0]?.data).toEqual({ half: 'emoji \ufffd', nan: null, ok: true });
        expect(verifyChain(records)).toBeNull();
      });

      it('acts that belong to no target have a chain of their own', async () => {
        await store.audit.append([draft({ action: 'deploy.request', outcome: 'refused' })]);
        await store.other.audit.append([draft({ outcome: 'denied' }), draft({ outcome: 'failed' })]);
        const records = await store.audit.read();
        expect(records.map(({ outcome }) => outcome)).toEqual(['refused', 'denied', 'failed']);
        expect(verifyChain(records)).toBeNull();
      });

      it('an empty list of records is no record', async () => {
        const target = nextTarget();
        await store.targets.appendAudit(target, []);
        expect(await store.targets.readAudit(target)).toEqual([]);
      });
    });

    describe('targets', () => {
      it('of fifty takers of a claim exactly one has it, and the others are told who', async () => {
        const target = nextTarget();
        const ids = times(50, nextRolloutId);
        const results = await Promise.all(
          ids.map((id, i) => (i % 2 ? store : store.other).targets.takeClaim(target, id)),
        );
        const winner = ids[results.findIndex((result) => result.kind === 'taken')];
        expect(results.filter((result) => result.kind === 'taken')).toHaveLength(1);
        expect(await store.targets.readClaim(target)).toBe(winner);
        for (const result of results)
          if (result.kind === 'held') expect(result).toEqual({ kind: 'held', rolloutId: winner });
        expect(await store.targets.takeClaim(target, winner ?? '')).toEqual({ kind: 'taken' });
      });

      it('a claim is released by its holder alone, and its target is free then', async () => {
        const target = nextTarget();
        const [mine, theirs] = [nextRolloutId(), nextRolloutId()];
        const before = await store.clock.now();
        await store.targets.takeClaim(target, mine);
        const claims = await store.other.targets.claims();
        const claim = claims.find(({ rolloutId }) => rolloutId === mine);
        expect(claim?.target).toEqual(target);
        expect(claim?.takenAt).toBeGreaterThanOrEqual(before - 50);
        await store.targets.releaseClaim(target, theirs);
        expect(await store.targets.readClaim(target)).toBe(mine);
        await store.targets.releaseClaim(target, mine);
        await store.targets.releaseClaim(target, mine);
        expect(await store.targets.readClaim(target)).toBeNull();
        expect((await store.targets.claims()).map(({ rolloutId }) => rolloutId)).not.toContain(mine);
        expect(await store.targets.takeClaim(target, theirs)).toEqual({ kind: 'taken' });
      });

      it('a claim that is free goes to the one rollout that waits for it, and to nobody else', async () => {
        const target = nextTarget();
        const [running, next, other] = [nextRolloutId(), nextRolloutId(), nextRolloutId()];
        await store.targets.takeClaim(target, running);
        expect(await store.targets.readTurn(target)).toBeNull();
        expect(await store.targets.takeTurn(target, next)).toEqual({ kind: 'taken' });
        expect(await store.other.targets.takeTurn(target, next)).toEqual({ kind: 'taken' });
        expect(await store.other.targets.takeTurn(target, other)).toEqual({ kind: 'held', rolloutId: next });
        expect(await store.other.targets.readTurn(target)).toBe(next);
        expect(await store.targets.takeClaim(target, next)).toEqual({ kind: 'held', rolloutId: running });
        await store.targets.releaseClaim(target, running);
        expect(await store.other.targets.takeClaim(target, other)).toEqual({ kind: 'held', rolloutId: next });
        expect((await store.targets.claims()).map(({ rolloutId }) => rolloutId)).not.toContain(other);
        expect(await store.targets.takeClaim(target, next)).toEqual({ kind: 'taken' });
        expect(await store.targets.readTurn(target)).toBeNull();
      });

      it('whoever waits and ends gives its place up, and nobody else does', async () => {
        const target = nextTarget();
        const [running, next, other] = [nextRolloutId(), nextRolloutId(), nextRolloutId()];
        await store.targets.takeClaim(target, running);
        await store.targets.takeTurn(target, next);
        await store.targets.releaseClaim(target, other);
        expect(await store.targets.readTurn(target)).toBe(next);
        await store.targets.releaseClaim(target, next);
        expect(await store.targets.readTurn(target)).toBeNull();
        expect(await store.targets.readClaim(target)).toBe(running);
      });

      it('a lock keeps others out, its owner may renew it, anybody can take it off, each act once in the audit', async () => {
        const target = nextTarget();
        const lock = { owner: asha, reason: 'festival sale', at: 1_700_000_000_000 };
        expect(await store.targets.readLock(target)).toBeNull();
        expect(await store.targets.unlock(target, draft())).toBeNull();
        expect(await store.targets.lock(target, lock, draft({ action: 'target.lock' }))).toEqual({
          kind: 'locked',
        });
        const tried = await store.other.targets.lock(
          target,
          { owner: ravi, reason: 'mine', at: 1 },
          draft({ action: 'never' }),
        );
        expect(tried).toEqual({ kind: 'held', lock });
        const renewed = { ...lock, reason: 'longer' };
        await store.targets.lock(target, renewed, draft({ action: 'target.lock' }));
        const sameMail = { owner: { ...asha, id: 'U0SECOND' }, reason: 'same person', at: 2 };
        expect(await store.targets.lock(target, sameMail, draft({ action: 'target.lock' }))).toEqual({
          kind: 'locked',
        });
        expect(await store.targets.readLock(target)).toEqual(sameMail);
        expect(await store.other.targets.unlock(target, draft({ action: 'target.unlock' }))).toEqual(
          sameMail,
        );
        expect(await store.targets.readLock(target)).toBeNull();
        const records = await store.targets.readAudit(target);
        expect(records.map(({ action }) => action)).toEqual([
          'target.lock',
          'target.lock',
          'target.lock',
          'target.unlock',
        ]);
        expect(verifyChain(records)).toBeNull();
      });

      it('what was said at rest is saved by compare-and-set, with its audit, and loaded as it was', async () => {
        const target = nextTarget();
        expect(await store.targets.readRest(target)).toBeNull();
        const notice = {
          id: 'rest-1',
          at: 5,
          level: 'page' as const,
          title: 'NO READY POD',
          text: 'blue has "none" 🚨',
          todo: { words: 'look', command: 'kubectl get pods' },
        };
        const first = {
          schemaVersion: 1 as const,
          rev: 1,
          state: 'stranded' as const,
          key: 'blue:is-stable',
          since: 5,
          unsaid: [notice],
          paged: { title: 'NO READY POD', at: 5 },
        };
        expect(await store.targets.saveRest(target, first, [draft({ action: 'rest.stranded' })])).toBe(true);
        expect(await store.other.targets.readRest(target)).toEqual(first);
        const again = { ...first, rev: 1 };
        expect(await store.other.targets.saveRest(target, again, [draft({ action: 'never' })])).toBe(false);
        const skipping = { ...first, rev: 3 };
        expect(await store.targets.saveRest(target, skipping, [draft({ action: 'never' })])).toBe(false);
        const said = { ...first, rev: 2, unsaid: [] };
        expect(await store.other.targets.saveRest(target, said, [])).toBe(true);
        expect(await store.targets.readRest(target)).toEqual(said);
        const records = await store.targets.readAudit(target);
        expect(records.map(({ action }) => action)).toEqual(['rest.stranded']);
        expect(verifyChain(records)).toBeNull();
      });

      it('history is newest first, cut at the limit, and each rollout once', async () => {
        const target = nextTarget();
        await store.targets.appendHistory(target, 'r-second', 2);
        await store.targets.appendHistory(target, 'r-first', 1);
        await store.targets.appendHistory(target, 'r-third', 3);
        await store.targets.appendHistory(target, 'r-third', 3);
        expect(await store.targets.history(target, 10)).toEqual(['r-third', 'r-second', 'r-first']);
        expect(await store.targets.history(target, 2)).toEqual(['r-third', 'r-second']);
        expect(await store.targets.history(target, 0)).toEqual([]);
        expect(await store.targets.history(nextTarget(), 10)).toEqual([]);
      });
    });

    describe('outbox', () => {
      const cardOf = async (id: string) => (await store.outbox.dirty()).find((card) => card.id === id);

      it('a new rollout is dirty until posted; a later save makes it dirty again only when it says so', async () => {
        const rollout = newRollout();
        const { id } = rollout;
        await store.rollouts.create(rollout, []);
        expect(await cardOf(id)).toEqual({
          kind: 'rollout',
          id,
          rollout,
          rev: 1,
          cardRev: 1,
          postedRev: 0,
          channel: 'C0WAR',
          ts: null,
          isPosting: false,
          lines: [],
        });
        await store.outbox.markPosting(id);
        expect((await cardOf(id))?.isPosting).toBe(true);
        await store.outbox.markPosted(id, 1, '1700000000.000100');
        expect(await cardOf(id)).toBeUndefined();
        expect(await store.outbox.cardTs(id)).toBe('1700000000.000100');
        expect(await store.outbox.cardTs('r-nothing00000')).toBeNull();
        await store.rollouts.save(id, change(rollout, 1));
        expect(await cardOf(id)).toBeUndefined();
        await store.rollouts.save(id, change(rollout, 2, { isDirty: true }));
        expect(await cardOf(id)).toMatchObject({
          rev: 3,
          cardRev: 3,
          postedRev: 1,
          ts: '1700000000.000100',
          isPosting: false,
        });
      });

      it('a post that shows an older state leaves the card dirty', async () => {
        const rollout = newRollout();
        await store.rollouts.create(rollout, []);
        await store.rollouts.save(rollout.id, change(rollout, 1, { isDirty: true }));
        await store.outbox.markPosted(rollout.id, 1, '1.1');
        expect(await cardOf(rollout.id)).toMatchObject({ cardRev: 2, postedRev: 1 });
        await store.outbox.markPosted(rollout.id, 2, '1.1');
        await store.outbox.markPosted(rollout.id, 1, '1.1');
        expect(await cardOf(rollout.id)).toBeUndefined();
      });

      it('a card that is gone is dirty again without a ts', async () => {
        const rollout = newRollout();
        await store.rollouts.create(rollout, []);
        await store.outbox.markPosted(rollout.id, 1, '1.1');
        await store.outbox.markPosted(rollout.id, 1, null);
        expect(await cardOf(rollout.id)).toMatchObject({ ts: null, postedRev: 0, cardRev: 1 });
      });

      it('lines keep their order, have ids of rollout, rev and number, and go one by one', async () => {
        const rollout = newRollout();
        const { id } = rollout;
        await store.rollouts.create(rollout, []);
        await store.outbox.markPosted(id, 1, '1.1');
        await store.rollouts.save(id, change(rollout, 1, { lines: [line('one "quoted"'), line('two')] }));
        await store.rollouts.save(id, change(rollout, 2, { lines: [line('three\n🚀')] }));
        const lines = (await cardOf(id))?.lines ?? [];
        expect(lines).toEqual([
          { ...line('one "quoted"'), id: `${id}-2-1` },
          { ...line('two'), id: `${id}-2-2` },
          { ...line('three\n🚀'), id: `${id}-3-1` },
        ]);
        await store.outbox.markLineSent(id, `${id}-2-1`);
        await store.outbox.markLineSent(id, `${id}-2-1`);
        expect((await cardOf(id))?.lines.map(({ text }) => text)).toEqual(['two', 'three\n🚀']);
        await store.outbox.markLineSent(id, `${id}-2-2`);
        await store.outbox.markLineSent(id, `${id}-3-1`);
        expect(await cardOf(id)).toBeUndefined();
      });

      it('only one channel when asked, and marks on nothing make nothing', async () => {
        const here = newRollout({ channel: 'C0HERE' });
        const there = newRollout({ channel: 'C0THERE' });
        await store.rollouts.create(here, []);
        await store.rollouts.create(there, []);
        expect((await store.outbox.dirty('C0HERE')).map(({ id }) => id)).toEqual([here.id]);
        const nobody = nextRolloutId();
        await store.outbox.markPosting(nobody);
        await store.outbox.markPosted(nobody, 1, '1.1');
        await store.outbox.markLineSent(nobody, `${nobody}-1-1`);
        expect(await store.rollouts.load(nobody)).toBeNull();
      });
    });

    describe('deliveries and clock', () => {
      it('a key is first once, whoever asks, and again after its time', async () => {
        const key = `click ${nextRolloutId()}`;
        const answers = await Promise.all(
          times(20, (i) => (i % 2 ? store : store.other).deliveries.isFirst(key, 60_000)),
        );
        expect(answers.filter(Boolean)).toHaveLength(1);
        const short = `short ${nextRolloutId()}`;
        expect(await store.deliveries.isFirst(short, 30)).toBe(true);
        await store.pass(30);
        await until('the key may be used again', () => store.deliveries.isFirst(short, 60_000));
      });

      it('the clock goes on and never back', async () => {
        const readings: number[] = [];
        for (let i = 0; i < 20; i += 1) {
          readings.push(await store.clock.now());
          await store.pass(1);
        }
        expect(readings).toEqual([...readings].sort((a, b) => a - b));
        const start = await store.clock.now();
        await store.pass(300);
        await until('time has passed', async () => (await store.clock.now()) >= start + 300);
        expect(Number.isInteger(await store.clock.now())).toBe(true);
      });
    });
  });
};
