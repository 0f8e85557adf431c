import { describe, expect, it } from 'vitest';
import { isDriven, wants } from '../../../src/core/rollout/agenda.ts';
import { decide } from '../../../src/core/rollout/decide.ts';
import { type Observed, type PlanOutcome, seen, unseen } from '../../../src/core/rollout/decision.ts';
import { TURN_WAIT_MS } from '../../../src/core/rollout/phases/waiting-turn.ts';
import type { Ask, Rollout } from '../../../src/core/rollout/rollout.ts';
import { look } from '../../support/observed.ts';
import { ASHA, BHARAT, makePlan, makeRollout, T0 } from '../../support/rollout-fixtures.ts';

const FIRST = 'r-aaaaaaaaaaaa';
const PLANNED: PlanOutcome = { kind: 'planned', plan: makePlan() };
const successor = makeRollout({
  id: 'r-bbbbbbbbbbbb',
  phase: 'planning',
  plan: null,
  approvals: [],
  createdAt: T0,
  supersedes: { rolloutId: FIRST, version: 'v2.3.1', until: T0 + TURN_WAIT_MS },
});
const rollback: Ask = { kind: 'rollback', by: ASHA, at: T0, reason: null };
const first = (overrides: Partial<Rollout> = {}): Rollout =>
  makeRollout({ id: FIRST, phase: 'analysing', asks: [], supersededBy: successor.id, ...overrides });

const at = (predecessor: Rollout | null, claimedBy: string | null, more: Partial<Observed> = {}): Observed =>
  look(0, { now: T0 + 1000, planning: null, turn: seen({ predecessor, claimedBy }), ...more });

describe('a rollout that was asked for instead of a running one', () => {
  it('looks whether it is its turn and is driven all the time, so that no death loses it', () => {
    expect(isDriven(successor)).toBe(true);
    expect(wants(successor, T0)).toMatchObject({ turn: true, planning: true });
    expect(wants({ ...successor, phase: 'awaiting-approval' }, T0).turn).toBe(false);
    expect(wants(makeRollout({ phase: 'planning' }), T0).turn).toBe(false);
  });

  it('asks that one to go back, once: what a person says to it afterwards stands', () => {
    const unasked = decide(successor, at(first({ supersededBy: undefined } as never), FIRST));
    expect(unasked.effects).toEqual([{ kind: 'ask-way-back' }]);
    const asked = decide(successor, at(first({ asks: [rollback] }), FIRST));
    expect(asked.effects).toEqual([]);
    expect(asked.next).toMatchObject({
      phase: 'planning',
      cause: { text: 'Waiting for payment-gateway v2.3.1 to be rolled back' },
    });
    const told = decide(successor, at(first({ asks: [], phase: 'shifting' }), FIRST));
    expect(told.next).toMatchObject({ phase: 'closed', outcome: 'refused' });
    expect(told.next.cause.text).toMatch(/v2\.3\.1 was told to go on/);
  });

  it('takes the claim only when that one has ended and nobody holds it, then it is planned', () => {
    for (const phase of ['draining', 'paused'] as const)
      expect(decide(successor, at(first({ phase, asks: [rollback] }), FIRST)).effects).toEqual([]);
    for (const phase of ['rolled-back', 'closed', 'promoted'] as const) {
      expect(decide(successor, at(first({ phase }), FIRST)).effects).toEqual([]);
      const free = decide(successor, at(first({ phase }), null));
      expect(free.effects).toEqual([{ kind: 'take-claim' }]);
      expect(free.next.phase).toBe('planning');
    }
    expect(decide(successor, at(null, null)).effects).toEqual([{ kind: 'take-claim' }]);
    const its = decide(successor, at(first({ phase: 'rolled-back' }), successor.id, { planning: PLANNED }));
    expect(its.next).toMatchObject({
      phase: 'awaiting-approval',
      approvals: [{ state: 'pending', votes: [] }],
    });
  });

  it('says what keeps the other one from going back', () => {
    const stuck = first({
      phase: 'paused',
      asks: [rollback],
      needsSince: T0,
      cause: { code: 'stable_unavailable', text: 'v2.3.0 has no ready endpoint', at: T0, by: null },
      hold: null,
    });
    expect(decide(successor, at(stuck, FIRST)).next.cause.text).toBe(
      'Waiting for payment-gateway v2.3.1 to be rolled back, which needs a person: v2.3.0 has no ready endpoint',
    );
  });

  it('ends in words when that one fails, is not back in time, or another took the claim', () => {
    const failed = decide(successor, at(first({ phase: 'failed' }), null));
    expect(failed.next).toMatchObject({ phase: 'closed', outcome: 'refused' });
    expect(failed.next.cause.text).toMatch(/v2\.3\.1 ended as failed: /);
    expect(failed.effects).toEqual([{ kind: 'release-claim' }]);
    expect(failed.events).toMatchObject([{ mention: 'requester', inThread: true }]);

    const other = decide(successor, at(first({ phase: 'rolled-back' }), 'r-cccccccccccc'));
    expect(other.next).toMatchObject({ phase: 'closed', outcome: 'refused' });

    const now = T0 + TURN_WAIT_MS;
    for (const turn of [at(first({ asks: [rollback] }), FIRST).turn ?? null, unseen('redis')]) {
      const late = decide(successor, look(0, { now, planning: null, turn }));
      expect(late.next).toMatchObject({ phase: 'closed', outcome: 'expired' });
      expect(late.next.cause.text).toMatch(/was not rolled back within 15 min/);
      const early = decide(successor, look(0, { now: now - 1, planning: null, turn }));
      expect(early.next.phase).toBe('planning');
    }
    const lastMoment = at(first({ phase: 'rolled-back' }), null, { now });
    expect(decide(successor, lastMoment).effects).toEqual([{ kind: 'take-claim' }]);
  });

  it('can be withdrawn while it waits', () => {
    const undo: Ask = { kind: 'rollback', by: BHARAT, at: T0, reason: 'not now' };
    const { next, effects, events } = decide({ ...successor, asks: [undo] }, at(first(), FIRST));
    expect(next).toMatchObject({ phase: 'closed', outcome: 'withdrawn' });
    expect(next.cause.text).toBe('Withdrawn by Bharat before it was planned: not now');
    expect(effects).toEqual([{ kind: 'release-claim' }]);
    expect(events).toMatchObject([{ mention: 'requester' }]);
  });

  it('knows nothing while its turn cannot be read, and does nothing', () => {
    expect(decide(successor, look(0, { now: T0, planning: PLANNED, turn: unseen('redis') }))).toMatchObject({
      next: { phase: 'planning' },
      effects: [],
    });
  });
});
