/** Maintenance: a time in which some alerts are shown and call nobody. */
import type { Person } from '../target.ts';
import { isMatch } from './route.ts';
import { isOpenAt, nextChange, type WeekWindow } from './time-table.ts';

export interface Mute {
  /** Shown on the card. */
  readonly name: string;
  /** As of a route: every label must match. */
  readonly match: Readonly<Record<string, string>>;
  /** ms since the epoch; null: no bound. */
  readonly from: number | null;
  readonly until: number | null;
  /** Within the bounds it is open in these windows; empty: all the time. */
  readonly weekly: readonly WeekWindow[];
  readonly timeZone: string;
}

/** By a person's word; it always ends. */
export interface OrderedMute extends Mute {
  readonly until: number;
  readonly by: Person;
  readonly at: number;
}

/** On a group while it lasts. */
export interface Muted {
  readonly name: string;
  /** ms since the epoch; null: no end is in sight. */
  readonly until: number | null;
}

function isOpen({ from, until, weekly, timeZone }: Mute, now: number): boolean {
  if ((from !== null && now < from) || (until !== null && now >= until)) return false;
  return weekly.length === 0 || weekly.some((window) => isOpenAt(window, now, timeZone));
}

/** A week is looked through for it, and hundreds of alerts may ask in one pass: it is the same until it comes. */
const ends = new WeakMap<Mute, { readonly askedAt: number; readonly end: number | null }>();
const ASK_AGAIN_MS = 900_000;

function endOf(mute: Mute, now: number): number | null {
  if (mute.weekly.length === 0) return mute.until;
  const known = ends.get(mute);
  if (known && now >= known.askedAt && now < (known.end ?? known.askedAt + ASK_AGAIN_MS)) return known.end;
  const end = findEnd(mute, now);
  ends.set(mute, { askedAt: now, end });
  return end;
}

function findEnd(mute: Mute, now: number): number | null {
  const closes = nextChange(now, (at) => String(isOpen(mute, at)));
  // Its own end is exact, not to the quarter of an hour.
  return closes !== null && mute.until !== null ? Math.min(closes, mute.until) : (closes ?? mute.until);
}

/** The first that holds; null: it is not muted. */
export function muteOf(
  mutes: readonly Mute[],
  labels: Readonly<Record<string, string>>,
  now: number,
): Muted | null {
  const mute = mutes.find((one) => isMatch(one.match, labels) && isOpen(one, now));
  return mute ? { name: mute.name, until: endOf(mute, now) } : null;
}
