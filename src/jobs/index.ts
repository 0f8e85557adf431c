/** What runs by the clock: the whole list. Each is harmless when every replica runs it. */
import { createRestJob, LOOK_AT_REST, type RestJobDeps } from './look-at-rest.ts';
import { REBUILD, rebuild } from './rebuild.ts';
import { REPAIR_INDEXES, repairIndexes } from './repair-indexes.ts';
import { SWEEP, type SweepDeps, sweep } from './sweep.ts';

export interface JobDeps extends SweepDeps {
  readonly rest: RestJobDeps;
  readonly repairIndexes: () => Promise<number>;
  readonly rebuild: () => Promise<void>;
  /** Never throws. */
  readonly recordLate: () => Promise<void>;
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
  { ...LOOK_AT_REST, run: createRestJob(deps.rest) },
  { ...REBUILD, run: () => rebuild(deps.rebuild, deps.log) },
  { name: 'record-late', pattern: '*/2 * * * * *', run: deps.recordLate },
  { name: 'draw-owed', pattern: '*/5 * * * * *', run: deps.drawOwed },
];
