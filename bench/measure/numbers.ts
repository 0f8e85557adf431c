/** Percentiles and ratios. Pure. */

/** Nearest rank: always a value that was measured. NaN of none. */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const rank = Math.max(1, Math.ceil((percent / 100) * sorted.length));
  return sorted[rank - 1] ?? Number.NaN;
}

export const median = (values: readonly number[]): number => percentile(values, 50);

export const round = (value: number, digits = 2): number => Number(value.toFixed(digits));

/** Ours as a multiple of the floor. */
export const ratio = (ours: number, floor: number): number => round(ours / floor);

/** `count` numbers from 0 up to 1, one in each of as many equal parts, in random order: waits for a tick spread evenly. */
export function spread(count: number, random: () => number): readonly number[] {
  const parts = Array.from({ length: count }, (_, index) => (index + random()) / count);
  for (let index = parts.length - 1; index > 0; index--) {
    const other = Math.floor(random() * (index + 1));
    [parts[index], parts[other]] = [parts[other] ?? 0, parts[index] ?? 0];
  }
  return parts;
}

/** Mulberry32: the same seed gives the same run. */
export function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
