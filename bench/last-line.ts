/** The object that machines read: the benchmark's name, then its fields. */
import type { BenchFields } from './benchmark.ts';

/** Throws on a number that JSON cannot say: a measurement that went wrong must not read as null. */
export function lastLine(name: string, fields: BenchFields): string {
  const bad = Object.entries(fields).find(
    ([, value]) => typeof value === 'number' && !Number.isFinite(value),
  );
  if (bad) throw new Error(`${name}: ${bad[0]} is ${bad[1]}, so nothing was measured`);
  return JSON.stringify({ benchmark: name, ...fields });
}
