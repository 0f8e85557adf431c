import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { event } from '../../../src/core/rollout/moves.ts';
import { countPushes } from '../../../src/core/rollout/pushes.ts';
import type { EventCode, Rollout } from '../../../src/core/rollout/rollout.ts';
import { makeRollout, T0 } from '../../support/rollout-fixtures.ts';

const push = (code: EventCode) => event(code, T0, code, { mention: 'page' });

/** One event a save, as they come; what was pushed. */
function play(codes: readonly EventCode[], start: Rollout = makeRollout()): readonly string[] {
  let rollout = start;
  return codes.flatMap((code) => {
    if (code === 'ended') rollout = { ...rollout, phase: 'rolled-back', endedAt: T0 };
    const counted = countPushes(rollout, [push(code)]);
    rollout = counted.next;
    return counted.events.filter(({ mention }) => mention !== 'none').map((one) => one.code);
  });
}

describe('pushes of a rollout', () => {
  it('are at most two of what may be left out, so that the rest finds its place', () => {
    expect(play(['reminder', 'hold', 'paused', 'hold', 'needs_you', 'rollback', 'ended'])).toEqual([
      'reminder',
      'hold',
      'needs_you',
      'rollback',
      'ended',
    ]);
  });

  it('may be of one kind again while a place is left', () => {
    expect(play(['needs_you', 'escalated', 'needs_you', 'hold', 'needs_you', 'rollback', 'ended'])).toEqual([
      'needs_you',
      'escalated',
      'needs_you',
      'rollback',
      'ended',
    ]);
  });

  it('count neither lines without a mention nor events without a line', () => {
    const quiet = event('step', T0, 'Step passed');
    const unsaid = event('hold', T0, 'Holding', { mention: 'page', inThread: false });
    const { next } = countPushes(makeRollout(), [quiet, unsaid]);
    expect(next.pushes).toBeUndefined();
  });

  it('beyond the count keep their line', () => {
    const full = makeRollout({ pushes: ['held', 'held'] });
    const { events } = countPushes(full, [push('hold')]);
    expect(events).toMatchObject([{ text: 'hold', inThread: true, mention: 'none' }]);
  });

  it('are never more than five, and rolled back, needs you and finished are always among them', () => {
    const some = fc.array(fc.constantFrom<EventCode>('hold', 'paused', 'reminder', 'needs_you', 'escalated'));
    fc.assert(
      fc.property(some, (before) => {
        const heard = play([...before, 'needs_you', 'rollback', 'ended']);
        expect(heard.length).toBeLessThanOrEqual(5);
        expect(heard.some((code) => code === 'needs_you' || code === 'escalated')).toBe(true);
        expect(heard.slice(-2)).toEqual(['rollback', 'ended']);
      }),
    );
  });
});
