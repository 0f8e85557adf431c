/** The live colour gets another image, or is replaced, by hand while a rollout runs. */
import { describe, expect, it } from 'vitest';
import { decide } from '../../../src/core/rollout/decide.ts';
import { type Observed, seen, unseen } from '../../../src/core/rollout/decision.ts';
import type { Rollout } from '../../../src/core/rollout/rollout.ts';
import { look, sampleAt, stablePods } from '../../support/observed.ts';
import { makePlan, makeRollout } from '../../support/rollout-fixtures.ts';

const OTHER = `sha256:${'e'.repeat(64)}`;
const ASHA = { id: 'U0ASHA', name: 'Asha', email: null };
const known = (rollout: Partial<Rollout> = {}): Rollout =>
  makeRollout({ stableKnown: { uid: 'uid-blue-1', digest: makePlan().from.digest }, ...rollout });
const changed = (overrides: Partial<Observed> = {}) =>
  look(25, { stable: seen(stablePods({ digest: OTHER })), ...overrides });
const codes = (events: readonly { readonly code: string }[]) => events.map(({ code }) => code);

describe('a stable that was changed in mid-rollout', () => {
  it('is known from the first look on', () => {
    const { next } = decide(makeRollout(), look(25));
    expect(next.stableKnown).toEqual({ uid: 'uid-blue-1', digest: makePlan().from.digest });
  });

  it('pauses the rollout, says from what to what, and moves no weight', () => {
    const { next, effects } = decide(known(), changed());
    expect(next).toMatchObject({
      phase: 'paused',
      pausedFrom: 'analysing',
      cause: { code: 'stable_changed' },
    });
    expect(next.cause.text).toContain(OTHER.slice(7, 19));
    expect(effects.filter(({ kind }) => kind === 'set-weight')).toEqual([]);
  });

  it('is said once: the next look finds what it knows', () => {
    const paused = decide(known(), changed()).next;
    const again = decide(paused, changed());
    expect(again.next.phase).toBe('paused');
    expect(codes(again.events)).not.toContain('paused');
  });

  it('replaced by another Deployment of its name is changed too', () => {
    const replaced = look(25, { stable: seen(stablePods({ uid: 'uid-blue-2' })) });
    expect(decide(known(), replaced).next).toMatchObject({
      phase: 'paused',
      cause: { code: 'stable_changed' },
    });
  });

  it('does not keep a breach from going back in the same look', () => {
    const breach = changed({ sample: sampleAt(25, { errors: 300 }) });
    const { next, effects, events } = decide(known(), breach);
    expect(next).toMatchObject({ phase: 'draining', drainTowards: 'stable' });
    expect(effects).toContainEqual({ kind: 'set-weight', percent: 0 });
    expect(codes(events)).toContain('needs_you');
  });

  it('does not keep an order to go back from being carried out', () => {
    const order = { kind: 'rollback' as const, by: ASHA, at: look(25).now, reason: null };
    expect(decide(known({ asks: [order] }), changed()).next).toMatchObject({ drainTowards: 'stable' });
  });

  it('drops a go from before it was said: that was for another stable', () => {
    const go = { kind: 'go' as const, by: ASHA, at: look(25).now - 1 };
    const paused = known({ phase: 'paused', pausedFrom: 'analysing', asks: [go] });
    const { next } = decide(paused, changed());
    expect(next).toMatchObject({ phase: 'paused', asks: [] });
  });

  it.each([
    ['cannot be seen', { stable: unseen('away') }],
    ['names no digest', { stable: seen(stablePods({ digest: null })) }],
    ['is being deleted', { stable: seen(stablePods({ digest: OTHER, isBeingDeleted: true })) }],
  ])('is not claimed of one that %s', (_, overrides) => {
    expect(decide(known(), look(25, overrides)).next.cause.code).not.toBe('stable_changed');
  });

  it('is no matter before there is a candidate', () => {
    const waiting = known({ phase: 'awaiting-approval' });
    expect(decide(waiting, changed()).next.cause.code).not.toBe('stable_changed');
  });
});
