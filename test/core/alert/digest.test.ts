import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addNames,
  beginDigest,
  type DigestEntry,
  entryOf,
  isComplete,
  isDone,
  NAMES_AT_MOST,
  planDigest,
  slotsOf,
  tellCard,
  tellChanges,
  tellPast,
  type Waiting,
  worstOpen,
} from '../../../src/core/alert/digest.ts';
import { makeEvent, makeGroup } from '../../support/alert-fixtures.ts';

const T0 = 1_790_000_000_000;
const entry = (id: string, more: Partial<DigestEntry> = {}): DigestEntry => ({
  ...entryOf(makeGroup({ id, title: id, severity: 'warning' }), 1),
  ...more,
});
const entries = (count: number, more: Partial<DigestEntry> = {}): readonly DigestEntry[] =>
  Array.from({ length: count }, (_, index) => entry(`a-${index}`, more));
const digest = (count: number, at = T0) => beginDigest('d-1', 'C0', entries(count), at);
const waiting = (more: Partial<Waiting>): Waiting => ({
  ...{ now: T0, fresh: 0, worst: 'warning', postIntervalMs: 1000, newest: null },
  ...more,
});

describe('how many cards a channel takes', () => {
  it.each([
    [1000, 10],
    [1050, 9],
    [60_000, 1],
    [0, 10_000],
  ])('with a pause of %i ms between two posts: %i', (pause, slots) => {
    expect(slotsOf(pause)).toBe(slots);
  });
});

describe('what waits', () => {
  const posted = (count: number, at = T0) => ({ digest: digest(count, at), isPosted: true });
  const unposted = (count: number, at = T0) => ({ digest: digest(count, at), isPosted: false });
  it.each<[string, Partial<Waiting>, object]>([
    ['nobody: those named before get their cards', {}, { kind: 'cards', of: 'named' }],
    ['as many as there are slots', { fresh: 10 }, { kind: 'cards', of: 'fresh' }],
    ['one more than that', { fresh: 11 }, { kind: 'begin', names: 11 }],
    ['more than a digest holds', { fresh: 5000 }, { kind: 'begin', names: NAMES_AT_MOST }],
    [
      'nobody, a moment after the last name',
      { newest: posted(12, T0 - 9999) },
      { kind: 'cards', of: 'none' },
    ],
    ['nobody, when it is quiet', { newest: posted(12, T0 - 10_000) }, { kind: 'cards', of: 'named' }],
    [
      'nobody, and the digest is not posted',
      { newest: unposted(12, T0 - 60_000) },
      { kind: 'cards', of: 'none' },
    ],
    ['one alone in a storm', { fresh: 1, newest: posted(12) }, { kind: 'cards', of: 'fresh' }],
    ['two in a storm', { fresh: 2, newest: posted(12) }, { kind: 'grow', names: 2 }],
    ['two after it', { fresh: 2, newest: posted(12, T0 - 30_000) }, { kind: 'cards', of: 'fresh' }],
    [
      'more than the room that is left, not posted yet',
      { fresh: 200, newest: unposted(40) },
      { kind: 'grow', names: 60 },
    ],
    [
      'more than the room that is left, posted',
      { fresh: 200, newest: posted(40) },
      { kind: 'grow', names: 60 },
    ],
    ['many, and hardly any room', { fresh: 200, newest: posted(90) }, { kind: 'begin', names: 100 }],
    ['some, and a full one that is not posted', { fresh: 5, newest: unposted(100) }, { kind: 'wait' }],
    [
      'some, Slack away for an hour',
      { fresh: 3, newest: unposted(40, T0 - 3_600_000) },
      { kind: 'grow', names: 3 },
    ],
    [
      'some worse than all that was posted',
      { fresh: 2, worst: 'critical', newest: posted(12) },
      { kind: 'begin', names: 2 },
    ],
    [
      'some worse than what is not posted yet',
      { fresh: 2, worst: 'critical', newest: unposted(12) },
      { kind: 'grow', names: 2 },
    ],
  ])('%s', (_, given, plan) => {
    expect(planDigest(waiting(given))).toEqual(plan);
  });

  it('never names more than there are, never overfills, and leaves nobody without a way', () => {
    fc.assert(
      fc.property(
        fc.nat(300),
        fc.nat(120_000),
        fc.option(fc.tuple(fc.integer({ min: 1, max: NAMES_AT_MOST }), fc.nat(200_000), fc.boolean()), {
          nil: null,
        }),
        fc.integer({ min: 0, max: 5000 }),
        (fresh, ago, known, postIntervalMs) => {
          const newest = known && { digest: digest(known[0], T0 - known[1]), isPosted: known[2] };
          const plan = planDigest(waiting({ now: T0 + ago, fresh, newest, postIntervalMs }));
          if (plan.kind === 'begin' || plan.kind === 'grow') {
            expect(plan.names).toBeGreaterThan(0);
            expect(plan.names).toBeLessThanOrEqual(fresh);
            const there = plan.kind === 'grow' ? (newest?.digest.entries.length ?? 0) : 0;
            expect(there + plan.names).toBeLessThanOrEqual(NAMES_AT_MOST);
          }
          if (plan.kind === 'wait') expect(newest?.isPosted).toBe(false);
          if (fresh > 0 && plan.kind === 'cards') expect(plan.of).toBe('fresh');
        },
      ),
    );
  });
});

describe('a digest', () => {
  it('names each group once and shows the newest state of it', () => {
    const grown = addNames(digest(2), [entry('a-1', { rev: 2, count: 9 }), entry('a-9')], T0 + 5);
    expect(grown.entries.map(({ id, count }) => [id, count])).toEqual([
      ['a-0', 1],
      ['a-1', 9],
      ['a-9', 1],
    ]);
    expect(grown.namedAt).toBe(T0 + 5);
  });

  it('is told what is new and nothing that is not', () => {
    const one = digest(2);
    expect(tellChanges(one, [entry('a-1', { rev: 1, count: 9 })])).toBeNull();
    expect(tellChanges(one, [entry('a-1', { rev: 2 })])).toBeNull();
    expect(tellChanges(one, [entry('a-7', { rev: 2, count: 9 })])).toBeNull();
    expect(tellChanges(one, [entry('a-1', { rev: 2, endedAt: T0 })])?.entries[1]?.endedAt).toBe(T0);
  });

  it('leaves a group to its own card, and one that began anew to its new one', () => {
    const one = digest(2);
    const carded = tellCard(one, 'a-0', 1);
    expect(carded?.entries[0]?.hasCard).toBe(true);
    expect(tellCard(one, 'a-0', 2)).toBeNull();
    expect(carded && tellCard(carded, 'a-0', 1)).toBeNull();
    expect(tellPast(one, 'a-1', 2, T0 + 9)?.entries[1]?.endedAt).toBe(T0 + 9);
    expect(tellPast(one, 'a-1', 1, T0 + 9)).toBeNull();
  });

  it('is done when nobody is left that it alone tells of', () => {
    const one = digest(2);
    const ended = tellChanges(one, [entry('a-1', { rev: 2, endedAt: T0 })]);
    expect([isDone(one), worstOpen(one)]).toEqual([false, 'warning']);
    const done = ended && tellCard(ended, 'a-0', 1);
    expect(done && [isDone(done), worstOpen(done)]).toEqual([true, null]);
  });

  it('is complete when it is full or nobody came for a while', () => {
    expect(isComplete(digest(NAMES_AT_MOST), T0)).toBe(true);
    expect(isComplete(digest(3), T0 + 9999)).toBe(false);
    expect(isComplete(digest(3), T0 + 10_000)).toBe(true);
  });

  it('tells apart what has one title, and counts events of Falco', () => {
    const group = makeGroup({ labels: { service: 'ledger', instance: '10.0.0.1:9100', zone: 'a' } });
    expect(entryOf(group, 3)).toMatchObject({ about: 'ledger · 10.0.0.1:9100', isCounted: 'firing', rev: 3 });
    expect(entryOf(makeGroup({ source: 'falco', events: 40, labels: makeEvent().fields }), 1)).toMatchObject({
      ...{ about: '', count: 40, isCounted: 'seen' },
    });
  });
});
