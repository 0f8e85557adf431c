/** A percent as the whole numbers of a route, and back. */

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
