/** Percent as whole units of the pair's own total: nearest, but at least 1 while a step is above 0; 0 and 100 exact. */
export const unitsOf = (percent: number, total: number): number => {
  if (percent <= 0) return 0;
  if (percent >= 100) return total;
  return Math.min(total, Math.max(1, Math.round((percent * total) / 100)));
};

/**
 * Units as the percent that they stand for. Whole units say a percent only roughly (13 of 50 are both 25 % and 26 %), so
 * what was asked for is recognised by its units; only a number that nobody asked for is computed.
 * @param asked percents that would explain the units, the likeliest first
 */
export const percentOfUnits = (units: number, total: number, asked: readonly number[]): number =>
  asked.find((percent) => unitsOf(percent, total) === units) ?? (units * 100) / total;

/** What the object's weight tells when it is compared with what we wrote and what we want. */
export type Drift =
  /** The object has what we want. */
  | 'as-desired'
  /** The object has what it had before: our write has not happened yet. */
  | 'as-before'
  /** Somebody lowered the candidate's weight: a rollback order, never re-asserted. */
  | 'lowered'
  /** Somebody set another weight. */
  | 'foreign';

/**
 * @param live candidate's percent on the object
 * @param confirmed percent that we last saw there by our own hand
 * @param desired percent that we want there
 */
export function classifyWeight(live: number, confirmed: number, desired: number): Drift {
  if (live === desired) return 'as-desired';
  if (live === confirmed) return 'as-before';
  return live < Math.min(confirmed, desired) ? 'lowered' : 'foreign';
}

export const REASSERT_WINDOW_MS = 120_000;
export const REASSERTS_AT_MOST = 2;

/** Re-assertions that still count at `now`. */
export const recentReasserts = (reasserts: readonly number[], now: number): readonly number[] =>
  reasserts.filter((at) => now - at < REASSERT_WINDOW_MS);
