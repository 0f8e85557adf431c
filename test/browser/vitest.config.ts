import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    root: fileURLToPath(new URL('../..', import.meta.url)),
    include: ['test/browser/**/*.test.ts'],
    pool: 'forks',
    // A screen each, with a world of its own: both at once.
    maxWorkers: 2,
    testTimeout: 150_000,
    hookTimeout: 90_000,
    teardownTimeout: 20_000,
  },
});
