/** An end that does not come: it is said, and it keeps nobody from going back. */
import { describe, expect, it } from 'vitest';
import { decide } from '../../../src/core/rollout/decide.ts';
import { type Observed, unseen } from '../../../src/core/rollout/decision.ts';
import type { Rollout } from '../../../src/core/rollout/rollout.ts';
import { BLIND, look, sampleAt } from '../../support/observed.ts';
import { ASHA, MINUTE, makeRollout, SECOND } from '../../support/rollout-fixtures.ts';

const NOW = look(0).now;
const quiet = sampleAt(100, {}, { requests: 0 });
const draining = makeRollout({
  phase: 'draining',
  drainTowards: 'candidate',
  phaseSince: NOW - 11 * MINUTE,
  desiredPercent: 100,
  confirmedPercent: 100,
  peakPercent: 100,
  step: 4,
});
const drained: Rollout = decide(draining, look(100, { sample: quiet })).next;
const asked = (rollout: Rollout): Rollout => ({
  ...rollout,
  asks: [{ kind: 'rollback', by: ASHA, at: NOW, reason: null }],
});

describe('a promotion that was announced and is not carried out', () => {
  it('stands while nothing speaks against it', () => {
    expect(drained.cause.code).toBe('drained');
    expect(decide(drained, look(100)).next.cause.code).toBe('drained');
    expect(decide(drained, look(100, { sample: quiet })).next.phase).toBe('promoted');
  });

  const against: readonly (readonly [string, Partial<Observed>])[] = [
    ['Prometheus goes away', { sample: BLIND }],
    ['the former stable gets requests again', { sample: sampleAt(99) }],
    ['a first breach shows', { sample: sampleAt(100, { errors: 100 }, { requests: 0 }) }],
    ['the route cannot be read', { route: unseen('timeout') }],
  ];
  it.each(against)('takes a rollback again when %s', (_, world) => {
    const { next } = decide(drained, look(100, world));
    expect(next).toMatchObject({
      phase: 'draining',
      drainTowards: 'candidate',
      cause: { code: 'bake_passed' },
    });
    const back = decide(asked(next), look(100));
    expect(back.next).toMatchObject({ phase: 'draining', drainTowards: 'stable' });
    expect(back.effects).toEqual([{ kind: 'set-weight', percent: 0 }]);
  });

  it('says what refuses its end, tries it again, pages, and takes a rollback when that lasts', () => {
    let rollout = drained;
    let fault: string | null = null;
    let tries = 0;
    let waysBack = 0;
    const codes: string[] = [];
    for (let at = NOW; at < NOW + 15 * MINUTE; at += 5 * SECOND) {
      if (decide(asked(rollout), look(100, { now: at })).next.drainTowards === 'stable') waysBack += 1;
      const decision = decide(rollout, look(100, { now: at, sample: quiet, fault }));
      // An end is stored after it is done, and the API server refuses it.
      const isEnd = decision.next.phase === 'promoted';
      fault = isEnd ? 'deployments.apps is forbidden' : null;
      if (isEnd) tries += 1;
      else {
        rollout = decision.next;
        codes.push(...decision.events.map(({ code }) => code));
      }
    }
    expect(tries).toBeGreaterThan(20);
    expect(rollout.hold).toMatchObject({ code: 'end_not_done', text: expect.stringContaining('forbidden') });
    expect(codes).toEqual(['hold', 'needs_you']);
    expect(waysBack).toBeGreaterThan(20);
  });

  it('a write that lost one race is no news', () => {
    const raced = decide(drained, look(100, { now: NOW + SECOND, fault: 'somebody wrote first' }));
    expect(raced.next).toMatchObject({ cause: { code: 'drained' }, hold: { code: 'end_not_done' } });
    expect(raced.events).toEqual([]);
    const again = decide(raced.next, look(100, { now: NOW + 5 * SECOND, sample: quiet }));
    expect(again.next).toMatchObject({ phase: 'promoted', hold: null });
  });
});

it('a rollback whose end is refused says so, and pages, with all traffic on stable', () => {
  let rollout: Rollout = {
    ...draining,
    drainTowards: 'stable',
    desiredPercent: 0,
    confirmedPercent: 0,
    phaseSince: NOW,
  };
  let fault: string | null = null;
  const codes: string[] = [];
  const gone = { stable: quiet.candidate, candidate: quiet.stable };
  for (let at = NOW; at < NOW + 15 * MINUTE; at += 5 * SECOND) {
    const decision = decide(rollout, look(0, { now: at, sample: gone, fault }));
    const isEnd = decision.next.phase === 'rolled-back';
    fault = isEnd ? 'deployments.apps is forbidden' : null;
    if (!isEnd) {
      rollout = decision.next;
      codes.push(...decision.events.map(({ code }) => code));
    }
  }
  expect(rollout).toMatchObject({ phase: 'draining', hold: { code: 'end_not_done' } });
  expect(codes).toEqual(['hold', 'needs_you']);
});
