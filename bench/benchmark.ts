/** What a benchmark is: it measures us beside a floor in the same run, and says both. */
import type { Part } from '../sandbox/contract.ts';

export interface BenchContext {
  /** One line for people. */
  say(line: string): void;
  /** Whatever was started and must be ended, told at once. */
  keep<T extends Part>(part: T): T;
  /** performance.now() after which no further round begins. */
  readonly measureUntil: number;
}

export type BenchFields = Readonly<Record<string, number | string>>;

export interface BenchResult {
  /** The object of the last line. */
  readonly fields: BenchFields;
  /** The same for people. */
  readonly summary: readonly string[];
}

export interface Benchmark {
  readonly name: string;
  readonly title: string;
  /** Everything ends within this, in seconds. */
  readonly limitS: number;
  run(context: BenchContext): Promise<BenchResult>;
}
