export * from '../support/rollout-fixtures.ts';
