import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/** `npm run test:chaos`: the built process under faults. Two suites at a time. */
export default defineConfig({
  test: {
    root: fileURLToPath(new URL('../..', import.meta.url)),
    include: ['test/chaos/suites/**/*.test.ts'],
    globalSetup: ['test/chaos/support/setup.ts'],
    pool: 'forks',
    // Each suite has a world of its own and mostly waits.
    maxWorkers: 2,
    testTimeout: 600_000,
    hookTimeout: 120_000,
    teardownTimeout: 20_000,
    // The seed, and what was done when, belong into the output.
    disableConsoleIntercept: true,
  },
});
