/** What runs by the clock: the whole list. Each is harmless when every replica runs it. */
import { REPAIR_INDEXES, repairIndexes } from './repair-indexes.ts';
import { SWEEP, type SweepDeps, sweep } from './sweep.ts';

export interface JobDeps extends SweepDeps {
  readonly repairIndexes: () => Promise<number>;
  /** Never throws. */
  readonly drawOwed: () => Promise<void>;
}

export interface ClockJob {
  readonly name: string;
  /** Six fields, seconds first. */
  readonly pattern: string;
  run(): Promise<void>;
}

export const jobs = (deps: JobDeps): readonly ClockJob[] => [
  { ...SWEEP, run: () => sweep(deps) },
  { ...REPAIR_INDEXES, run: () => repairIndexes(deps.repairIndexes, deps.log) },
  { name: 'draw-owed', pattern: '*/5 * * * * *', run: deps.drawOwed },
];
