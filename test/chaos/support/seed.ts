/** Chance that can be repeated: `CHAOS_SEED=<seed> npm run test:chaos` draws the same numbers. */

export interface Chance {
  readonly seed: number;
  /** A whole number of [from, to]. */
  between(from: number, to: number): number;
  pick<T>(values: readonly T[]): T;
}

/** Prints its seed. What is drawn is the same at every run; what it meets in a real process differs by milliseconds. */
export function newChance(name: string): Chance {
  const given = process.env['CHAOS_SEED'];
  const seed = given === undefined ? Math.floor(Math.random() * 1e9) : Number(given);
  if (!Number.isSafeInteger(seed)) throw new Error(`CHAOS_SEED is no whole number: "${given}"`);
  console.log(`${name}: CHAOS_SEED=${seed}`);
  let state = seed >>> 0;
  // mulberry32
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    seed,
    between: (from, to) => from + Math.floor(next() * (to - from + 1)),
    pick: (values) => {
      const value = values[Math.floor(next() * values.length)];
      if (value === undefined) throw new Error('nothing to pick from');
      return value;
    },
  };
}
