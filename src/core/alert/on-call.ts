/** Who is called on a level, now: a person's override, else the table, else whoever is on call in general. */
import type { Person } from '../target.ts';
import type { Severity } from './severity.ts';
import { isOpenAt, nextChange, type WeekWindow } from './time-table.ts';

export interface Shift extends WeekWindow {
  readonly users: readonly string[];
  readonly groups: readonly string[];
}

/** ms by severity; null: never. */
export type BySeverity = Readonly<Record<Severity, number | null>>;

export interface Level {
  /** The first that is open now is called. */
  readonly onCall: readonly Shift[];
  /** Time on this level without an acknowledgement until the next one is called. */
  readonly after: BySeverity;
}

export interface Roster {
  readonly timeZone: string;
  /** At least one. */
  readonly levels: readonly Level[];
  /** Called where a level's table has nobody at this hour. */
  readonly fallback: readonly string[];
}

/** Somebody stands in on a level, until it ends by itself. */
export interface Override {
  /** 1 is the first. */
  readonly level: number;
  /** Slack ids of users and groups. */
  readonly people: readonly string[];
  /** ms since the epoch. */
  readonly until: number;
  readonly by: Person;
  readonly at: number;
}

export interface OnCall {
  /** Slack ids of users and groups. */
  readonly people: readonly string[];
  readonly by: 'override' | 'table' | 'fallback';
}

/** @param level 1 is the first; beyond the last it is the last */
export function onCallAt(
  { levels, timeZone, fallback }: Roster,
  level: number,
  now: number,
  overrides: readonly Override[],
): OnCall {
  const at = Math.min(Math.max(1, level), levels.length);
  // Not from its own time on: the clock of the replica that took it may be a moment ahead of this one's.
  const override = overrides.find((one) => one.level === at && now < one.until);
  if (override) return { people: override.people, by: 'override' };
  const shift = levels[at - 1]?.onCall.find((one) => isOpenAt(one, now, timeZone));
  const people = shift ? [...shift.groups, ...shift.users] : [];
  return people.length > 0 ? { people, by: 'table' } : { people: fallback, by: 'fallback' };
}

/** When another one is called on that level; null: not within a week. */
export function onCallUntil(
  roster: Roster,
  level: number,
  now: number,
  overrides: readonly Override[],
): number | null {
  const override = overrides.find((one) => one.level === level && now < one.until);
  if (override) return override.until;
  return nextChange(now, (at) => JSON.stringify(onCallAt(roster, level, at, []).people));
}
