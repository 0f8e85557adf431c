import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/** On a cluster that is not the lab's nobody answers for pods, and its policies are not ours to delete. */
const OF_THE_LAB = ['test/cluster/stories/**', 'test/cluster/admission.test.ts'];

export default defineConfig({
  test: {
    exclude: process.env['DABBAWALA_LAB'] === 'external' ? OF_THE_LAB : [],
    root: fileURLToPath(new URL('../..', import.meta.url)),
    include: ['test/cluster/**/*.test.ts'],
    globalSetup: [fileURLToPath(new URL('./global-setup.ts', import.meta.url))],
    pool: 'forks',
    // One cluster for all: one file after the other.
    fileParallelism: false,
    testTimeout: 60_000,
    hookTimeout: 120_000,
    teardownTimeout: 30_000,
  },
});
