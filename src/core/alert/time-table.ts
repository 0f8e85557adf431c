/**
 * Windows of the week in a time zone, as people write them: `mon to fri, 22:00 until 06:00, Asia/Kolkata`. Judged by the
 * wall clock of the zone, so that a change to summer time moves the instant and never the hour.
 */
export const WEEKDAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const;
export type Weekday = (typeof WEEKDAYS)[number];

export interface WeekWindow {
  /** Days on which it begins; empty: every day. */
  readonly days: readonly Weekday[];
  /** `HH:MM`; null: the whole day. Not after `until`: it ends on the next day. */
  readonly from: string | null;
  readonly until: string | null;
}

const MINUTE = 60_000;
const DAY_MINUTES = 1440;

interface WallClock {
  /** Index into WEEKDAYS. */
  readonly weekday: number;
  /** Since midnight. */
  readonly minutes: number;
}

/** Making one costs far more than using it. The same zone always gives the same. */
const formats = new Map<string, Intl.DateTimeFormat>();

/** @throws RangeError when there is no such time zone */
function formatOf(timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone);
  if (known) return known;
  const format = new Intl.DateTimeFormat('en-US', {
    ...{ timeZone, weekday: 'short', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' },
  });
  formats.set(timeZone, format);
  return format;
}

function wallClock(now: number, timeZone: string): WallClock {
  const parts = formatOf(timeZone).formatToParts(now);
  const part = (type: string): string => parts.find((each) => each.type === type)?.value ?? '';
  return {
    weekday: WEEKDAYS.indexOf(part('weekday').toLowerCase() as Weekday),
    minutes: Number(part('hour')) * 60 + Number(part('minute')),
  };
}

const minutesOf = (time: string): number => {
  const [hours, minutes] = time.split(':').map(Number);
  return (hours ?? 0) * 60 + (minutes ?? 0);
};

/** Whether the window is open at this instant. */
export function isOpenAt({ days, from, until }: WeekWindow, now: number, timeZone: string): boolean {
  const { weekday, minutes } = wallClock(now, timeZone);
  const begins = (index: number): boolean => {
    const day = WEEKDAYS[(index + 7) % 7];
    return days.length === 0 || (day !== undefined && days.includes(day));
  };
  const start = from === null ? 0 : minutesOf(from);
  const length = (minutesOf(until ?? '24:00') - start + DAY_MINUTES) % DAY_MINUTES || DAY_MINUTES;
  const isSince = (day: number, elapsed: number): boolean => begins(day) && elapsed >= 0 && elapsed < length;
  return isSince(weekday, minutes - start) || isSince(weekday - 1, minutes + DAY_MINUTES - start);
}

const STEP = 15 * MINUTE;
/** A week comes round, and a day for the change of the clock. */
const LOOK_AHEAD = 8 * 24 * 60 * MINUTE;

/**
 * The next minute in which `value` gives something else than now; null: in a week it never does. A value that holds for
 * less than 15 minutes may be missed.
 */
export function nextChange(now: number, value: (at: number) => string): number | null {
  const was = value(now);
  const start = Math.floor(now / STEP) * STEP;
  for (let at = start + STEP; at <= start + LOOK_AHEAD; at += STEP) {
    if (value(at) === was) continue;
    // To the minute: zones with odd offsets, and a table that begins at 10:07.
    let minute = at;
    while (minute - MINUTE > now && value(minute - MINUTE) !== was) minute -= MINUTE;
    return minute;
  }
  return null;
}

/** `06:00`, of another day `Sat 06:00`: for plain text, where Slack cannot put it into the reader's own zone. */
export function clockTime(at: number, now: number, timeZone: string): string {
  const there = wallClock(at, timeZone);
  const hours = String(Math.floor(there.minutes / 60)).padStart(2, '0');
  const time = `${hours}:${String(there.minutes % 60).padStart(2, '0')}`;
  const day = WEEKDAYS[there.weekday] ?? 'sun';
  const isToday =
    Math.abs(at - now) < DAY_MINUTES * MINUTE && there.weekday === wallClock(now, timeZone).weekday;
  return isToday ? time : `${day[0]?.toUpperCase()}${day.slice(1)} ${time}`;
}
