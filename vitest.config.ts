import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: [
      'test/cluster/**',
      'test/chaos/suites/**',
      'test/browser/**',
      'test/alerts/**',
      'node_modules/**',
    ],
    pool: 'forks',
    // Worlds mostly wait for their clocks: more workers than cores cost little CPU and minutes less.
    maxWorkers: 5,
    testTimeout: 20_000,
    hookTimeout: 30_000,
    teardownTimeout: 10_000,
  },
});
