import { describe, expect, it } from 'vitest';
import { relatedRollouts } from '../../../src/core/alert/correlation.ts';
import type { Rollout } from '../../../src/core/rollout/rollout.ts';
import { MINUTE, makePlan, makeRollout, T0 } from '../../support/rollout-fixtures.ts';

let ids = 0;
const rollout = (more: Partial<Rollout>): Rollout =>
  makeRollout({ id: `r-${String(++ids).padStart(12, '0')}`, plan: makePlan(), ...more });
const promoted = (endedAt: number, more: Partial<Rollout> = {}): Rollout =>
  rollout({ phase: 'promoted', endedAt, createdAt: endedAt - 20 * MINUTE, ...more });
const of = (...newestFirst: readonly Rollout[]) =>
  relatedRollouts(newestFirst, T0).map(({ rolloutId, state, mayGoBack }) => [
    newestFirst.findIndex(({ id }) => id === rolloutId),
    state,
    mayGoBack,
  ]);

describe('what changed before an alert', () => {
  it('is what runs, or ended within the hour before; what is older is not told', () => {
    expect(
      of(rollout({ phase: 'analysing' }), promoted(T0 - 59 * MINUTE), promoted(T0 - 61 * MINUTE)),
    ).toEqual([
      [0, 'running', true],
      [1, 'promoted', false],
    ]);
  });

  it('is no request that touched nothing', () => {
    const untouched = (['planning', 'awaiting-approval'] as const).map((phase) => rollout({ phase }));
    const closed = rollout({ phase: 'closed', outcome: 'rejected', endedAt: T0 });
    expect(of(...untouched, closed, promoted(T0 - MINUTE))).toEqual([[3, 'promoted', true]]);
  });

  it('may go back where nothing was changed after it', () => {
    expect(of(promoted(T0 - MINUTE), promoted(T0 - 30 * MINUTE))).toEqual([
      [0, 'promoted', true],
      [1, 'promoted', false],
    ]);
    const back = { kind: 'rollback' as const };
    expect(of(promoted(T0 - MINUTE, back), promoted(T0 - 30 * MINUTE))).toEqual([
      [0, 'promoted', false],
      [1, 'promoted', false],
    ]);
    expect(of(rollout({ phase: 'rolled-back', endedAt: T0 - MINUTE }))).toEqual([[0, 'rolled-back', false]]);
    const draining = rollout({ phase: 'draining', drainTowards: 'stable' });
    expect(of(draining)).toEqual([[0, 'going-back', false]]);
  });

  it('is at most three', () => {
    expect(of(...Array.from({ length: 5 }, () => promoted(T0 - MINUTE)))).toHaveLength(3);
  });
});
