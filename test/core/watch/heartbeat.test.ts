import { describe, expect, it } from 'vitest';
import { type BeatRecord, judgeBeats, splitBeats } from '../../../src/core/watch/heartbeat.ts';
import { makeEvent, makeMember, makePost } from '../../support/alert-fixtures.ts';

const MINUTE = 60_000;
const T = 1000 * MINUTE;
const HEARTBEATS = [{ name: 'prometheus', match: { alertname: 'Watchdog' }, every: 5 * MINUTE }];

/** Looks every 20 s of the minutes given, beats heard at the minutes given. */
function look(
  until: number,
  {
    heard = [],
    before = null,
    from = 0,
  }: { heard?: readonly number[]; before?: BeatRecord | null; from?: number },
): { readonly record: BeatRecord; readonly said: readonly string[] } {
  let record = before;
  const said: string[] = [];
  for (let now = T + from * MINUTE; now <= T + until * MINUTE; now += 20_000) {
    const lastAt = Math.max(...heard.map((minute) => T + minute * MINUTE).filter((at) => at <= now));
    const next = judgeBeats(record, HEARTBEATS, Number.isFinite(lastAt) ? { prometheus: lastAt } : {}, now);
    said.push(...next.unraised.map(({ kind }) => `${kind} at ${(now - T) / MINUTE}`));
    record = { ...next, unraised: [] };
  }
  return { record: record as BeatRecord, said };
}

describe('a heartbeat', () => {
  it('that is heard again and again says nothing', () => {
    expect(look(30, { heard: [0, 4, 8, 12, 16, 20, 24, 28] }).said).toEqual([]);
  });

  it('that falls silent is said once, and that it is back', () => {
    expect(look(40, { heard: [0, 4, 20, 24, 28, 32, 36] }).said).toEqual(['missing at 9', 'back at 20']);
  });

  it('that never came is said', () => {
    expect(look(20, {}).said).toEqual(['missing at 5']);
  });

  it('is not missed while nobody was here to hear it', () => {
    const { record } = look(3, { heard: [0, 3] });
    // Ten minutes without a replica: nothing could be delivered.
    const after = look(17, { heard: [3], before: record, from: 13 });
    expect(after.said).toEqual([]);
    expect(look(30, { heard: [3], before: after.record, from: 17 }).said).toEqual(['missing at 18']);
  });

  it('is not missed because a clock was set, either way, and is missed afterwards', () => {
    const { record } = look(3, { heard: [0, 3] });
    for (const jump of [-600, 600]) {
      const late = look(jump + 4, { heard: [3], before: record, from: jump });
      expect(late.said).toEqual([]);
      expect(look(jump + 30, { heard: [3], before: late.record, from: jump + 4 }).said).toHaveLength(1);
    }
  });

  it('that is no longer configured is awaited no longer', () => {
    const { record } = look(10, { heard: [0] });
    const next = judgeBeats(record, [], {}, T + 11 * MINUTE);
    expect(next.unraised).toMatchObject([{ name: 'prometheus', kind: 'back' }]);
    expect(next.beats).toEqual({});
  });

  it('what could not be raised yet is kept', () => {
    const first = judgeBeats(null, HEARTBEATS, {}, T);
    const looked = { ...first, lookedAt: T + 5 * MINUTE };
    const missing = judgeBeats(looked, HEARTBEATS, {}, T + 5 * MINUTE);
    const again = judgeBeats(missing, HEARTBEATS, {}, T + 5 * MINUTE + 5000);
    expect(again.unraised).toEqual(missing.unraised);
    expect(again.unraised).toHaveLength(1);
  });
});

describe('a message with a heartbeat', () => {
  const watchdog = makeMember('w', { labels: { alertname: 'Watchdog', severity: 'none' } });

  it('is heard and makes no card', () => {
    expect(splitBeats(HEARTBEATS, makePost('Watchdog', [watchdog]))).toEqual({
      beats: ['prometheus'],
      rest: null,
    });
  });

  it('that is over is not heard, and makes no card either', () => {
    const over = makePost('Watchdog', [{ ...watchdog, state: 'resolved' }]);
    expect(splitBeats(HEARTBEATS, over)).toEqual({ beats: [], rest: null });
  });

  it('among others leaves the others', () => {
    const others = [makeMember('a'), makeMember('b')];
    const split = splitBeats(HEARTBEATS, makePost('All', [watchdog, ...others]));
    expect(split.beats).toEqual(['prometheus']);
    expect(split.rest).toMatchObject({ members: others });
  });

  it('of other kinds are left as they are', () => {
    const post = makePost('InstanceDown');
    expect(splitBeats(HEARTBEATS, post).rest).toBe(post);
    const event = makeEvent();
    expect(splitBeats(HEARTBEATS, event).rest).toBe(event);
  });
});
