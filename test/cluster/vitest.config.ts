import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** They need pods that live, and policies that are the lab's to delete: neither is on somebody's cluster. */
const OF_THE_WHOLE_LAB = [
  'test/cluster/stories/**',
  'test/cluster/admission.test.ts',
  'test/cluster/rights.test.ts',
];

/** Reads what all others left in the audit log. */
const LAST = 'test/cluster/rights.test.ts';

class LastThingsLast extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isLast = ({ moduleId }: TestSpecification): boolean => moduleId.endsWith(LAST);
    return [...sorted.filter((file) => !isLast(file)), ...sorted.filter(isLast)];
  }
}

export default defineConfig({
  test: {
    exclude: process.env['DABBAWALA_LAB_PODS'] === 'true' ? [] : OF_THE_WHOLE_LAB,
    root: fileURLToPath(new URL('../..', import.meta.url)),
    include: ['test/cluster/**/*.test.ts'],
    globalSetup: [fileURLToPath(new URL('./global-setup.ts', import.meta.url))],
    pool: 'forks',
    // One cluster for all: one file after the other.
    fileParallelism: false,
    sequence: { sequencer: LastThingsLast },
    testTimeout: 60_000,
    hookTimeout: 120_000,
    teardownTimeout: 30_000,
  },
});
