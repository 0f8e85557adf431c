import { describe, expect, it } from 'vitest';
import { onCallAt, onCallUntil, type Roster } from '../../../src/core/alert/on-call.ts';
import { clockTime, isOpenAt, nextChange, type WeekWindow } from '../../../src/core/alert/time-table.ts';
import { bySeverity, makeLevel, makeShift } from '../../support/escalation-fixtures.ts';
import { ASHA } from '../../support/rollout-fixtures.ts';

const at = (text: string): number => Date.parse(text);
const window = (days: WeekWindow['days'], from: string | null = null, until: string | null = null) => ({
  ...{ days, from, until },
});

describe('a window of the week', () => {
  it.each<[string, WeekWindow, string, string, boolean]>([
    ['begins with its minute', window([], '09:00', '18:00'), 'Asia/Kolkata', '2026-11-25T03:30:00Z', true],
    ['and not before', window([], '09:00', '18:00'), 'Asia/Kolkata', '2026-11-25T03:29:59Z', false],
    ['ends with its minute', window([], '09:00', '18:00'), 'Asia/Kolkata', '2026-11-25T12:30:00Z', false],
    ['goes over midnight', window([], '22:00', '06:00'), 'UTC', '2026-11-25T05:59:00Z', true],
    [
      'of Friday night is Saturday morning too',
      window(['fri'], '22:00', '06:00'),
      'UTC',
      '2026-11-28T05:00:00Z',
      true,
    ],
    [
      'of Friday night is not Friday morning',
      window(['fri'], '22:00', '06:00'),
      'UTC',
      '2026-11-27T05:00:00Z',
      false,
    ],
    ['of a day is that day in its own zone', window(['thu']), 'Asia/Kolkata', '2026-11-25T18:30:00Z', true],
    ['until 24:00 lasts to midnight', window([], '18:00', '24:00'), 'UTC', '2026-11-25T23:59:00Z', true],
    [
      'from an hour to the same hour is a whole day',
      window(['wed'], '08:00', '08:00'),
      'UTC',
      '2026-11-26T07:59:00Z',
      true,
    ],
  ])('%s', (_, open, zone, now, expected) => {
    expect(isOpenAt(open, at(now), zone)).toBe(expected);
  });

  it('keeps its hour when the clocks change', () => {
    const office = window([], '09:00', '17:00');
    // Berlin: 09:00 is 08:00 UTC in winter and 07:00 UTC in summer.
    expect(isOpenAt(office, at('2026-03-28T07:30:00Z'), 'Europe/Berlin')).toBe(false);
    expect(isOpenAt(office, at('2026-03-29T07:30:00Z'), 'Europe/Berlin')).toBe(true);
    // The night in which 02:00 becomes 03:00: an hour that is not there does not open it twice, nor keep it shut.
    const night = window([], '02:30', '04:00');
    expect(isOpenAt(night, at('2026-03-29T00:59:00Z'), 'Europe/Berlin')).toBe(false);
    expect(isOpenAt(night, at('2026-03-29T01:00:00Z'), 'Europe/Berlin')).toBe(true);
    expect(isOpenAt(night, at('2026-03-29T02:00:00Z'), 'Europe/Berlin')).toBe(false);
  });

  it('says its next end to the minute, and none where it never ends', () => {
    const open = (value: WeekWindow, zone: string) => (now: number) => String(isOpenAt(value, now, zone));
    const night = open(window([], '22:00', '06:07'), 'Asia/Kolkata');
    expect(nextChange(at('2026-11-25T20:00:00Z'), night)).toBe(at('2026-11-26T00:37:00Z'));
    expect(nextChange(0, () => 'same')).toBeNull();
    // Over the change of the clocks the night is an hour longer.
    const berlin = open(window([], '22:00', '06:00'), 'Europe/Berlin');
    expect(nextChange(at('2026-10-24T21:00:00Z'), berlin)).toBe(at('2026-10-25T05:00:00Z'));
  });

  it('names an hour of another day with the day', () => {
    const now = at('2026-11-25T12:00:00Z');
    expect(clockTime(at('2026-11-25T14:05:00Z'), now, 'UTC')).toBe('14:05');
    expect(clockTime(at('2026-11-26T06:00:00Z'), now, 'UTC')).toBe('Thu 06:00');
    expect(clockTime(at('2026-12-02T12:00:00Z'), now, 'UTC')).toBe('Wed 12:00');
  });
});

describe('who is called', () => {
  const days = makeShift({
    groups: ['S0DAY'],
    days: ['mon', 'tue', 'wed', 'thu', 'fri'],
    from: '09:00',
    until: '18:00',
  });
  const roster: Roster = {
    timeZone: 'Asia/Kolkata',
    levels: [
      { onCall: [days, makeShift({ users: ['U0NIGHT'] })], after: bySeverity(10) },
      { ...makeLevel('x'), onCall: [days] },
    ],
    fallback: ['S0ONCALL'],
  };
  const noon = at('2026-11-25T06:30:00Z');
  const night = at('2026-11-25T20:00:00Z');

  it('is the first of the table whose hours it is', () => {
    expect(onCallAt(roster, 1, noon, [])).toEqual({ people: ['S0DAY'], by: 'table' });
    expect(onCallAt(roster, 1, night, [])).toEqual({ people: ['U0NIGHT'], by: 'table' });
    expect(onCallUntil(roster, 1, noon, [])).toBe(at('2026-11-25T12:30:00Z'));
    expect(onCallUntil(roster, 1, at('2026-11-27T12:30:00Z'), [])).toBe(at('2026-11-30T03:30:00Z'));
  });

  it('is whoever is on call in general where a level has nobody at this hour', () => {
    expect(onCallAt(roster, 2, night, [])).toEqual({ people: ['S0ONCALL'], by: 'fallback' });
  });

  it('is who stands in, on that level alone and until that ends', () => {
    const override = { level: 1, people: ['U0ASHA'], until: noon + 1000, by: ASHA, at: noon - 1000 };
    expect(onCallAt(roster, 1, noon, [override])).toEqual({ people: ['U0ASHA'], by: 'override' });
    expect(onCallUntil(roster, 1, noon, [override])).toBe(noon + 1000);
    // Asked of a replica whose clock is a moment behind.
    expect(onCallAt(roster, 1, noon - 1005, [override]).by).toBe('override');
    expect(onCallAt(roster, 1, noon + 1000, [override]).people).toEqual(['S0DAY']);
    expect(onCallAt(roster, 2, noon, [override]).people).toEqual(['S0DAY']);
  });
});
