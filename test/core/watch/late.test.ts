import { describe, expect, it } from 'vitest';
import { type LateRecord, type WaitingCard, watchDelivery } from '../../../src/core/watch/late.ts';

const T = 10_000_000;
const LIMIT = 120_000;
const card = (id: string, more: Partial<WaitingCard> = {}): WaitingCard => ({
  ...{ id, channel: 'C0ROOM', mark: '1', lineAt: null },
  ...more,
});
const said = ({ unsaid }: LateRecord) =>
  unsaid.map(({ kind, channel, waitedMs }) => [kind, channel, waitedMs / 1000]);

/** Looks every 5 s; what waits is told by the second. */
const play = (
  seconds: number,
  cards: (second: number) => readonly WaitingCard[],
  before: LateRecord | null = null,
) => {
  let record = before;
  for (let second = 0; second <= seconds; second += 5)
    record = watchDelivery(record, cards(second), T + second * 1000, LIMIT).next;
  return record as LateRecord;
};

describe('what waits for Slack', () => {
  it('says nothing within the limit, once beyond it, and once when it is over', () => {
    const waits = () => [card('a'), card('b')];
    expect(said(play(120, waits))).toEqual([]);
    const late = play(300, waits);
    expect(said(late)).toEqual([['late', 'C0ROOM', 125]]);
    expect(late.unsaid[0]?.cards).toBe(2);
    const over = watchDelivery({ ...late, unsaid: [] }, [], T + 305_000, LIMIT).next;
    expect(said(over)).toEqual([['over', 'C0ROOM', 300]]);
  });

  it('that moves is not late, however much of it there is', () => {
    expect(said(play(900, (second) => [card('a', { mark: String(Math.floor(second / 60)) })]))).toEqual([]);
  });

  it('counts a line from when it was said, also after a start of the process', () => {
    const line = card('a', { lineAt: T - LIMIT - 1000 });
    const { next, waiting } = watchDelivery(null, [line], T, LIMIT);
    expect(said(next)).toEqual([['late', 'C0ROOM', 121]]);
    expect(waiting).toEqual([{ channel: 'C0ROOM', cards: 1, oldestAt: T - LIMIT - 1000 }]);
  });

  it('is late a channel at a time', () => {
    const late = play(130, () => [card('a'), card('b', { channel: 'C0OTHER', mark: 'x' })]);
    expect(said(late).map(([, channel]) => channel)).toEqual(['C0ROOM', 'C0OTHER']);
    expect(
      said(play(130, (second) => [card('a'), card('b', { channel: 'C0OTHER', mark: String(second) })])),
    ).toEqual([['late', 'C0ROOM', 125]]);
  });

  it('does not come and go at the limit', () => {
    const late = play(130, () => [card('a')]);
    const less = watchDelivery(late, [card('b', { lineAt: T + 130_000 - 110_000 })], T + 130_000, LIMIT).next;
    expect(said(less)).toEqual([['late', 'C0ROOM', 125]]);
  });

  it('that could not be said while it lasted is said in one', () => {
    const late = play(400, () => [card('a')]);
    expect(said(watchDelivery(late, [], T + 405_000, LIMIT).next)).toEqual([['over', 'C0ROOM', 400]]);
  });

  it('is not late because the clock was set', () => {
    const calm = play(5, () => [card('a')]);
    expect(said(watchDelivery(calm, [card('a')], T - 3_600_000, LIMIT).next)).toEqual([]);
  });
});
