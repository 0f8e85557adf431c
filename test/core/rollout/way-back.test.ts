/** The way back where stable is short of pods: in steps, and what ends them. */
import { describe, expect, it } from 'vitest';
import { decide } from '../../../src/core/rollout/decide.ts';
import {
  ABSENT,
  type Decision,
  type Effect,
  type Observed,
  seen,
  unseen,
} from '../../../src/core/rollout/decision.ts';
import type { Rollout } from '../../../src/core/rollout/rollout.ts';
import { look, pods, sampleAt, stablePods } from '../../support/observed.ts';
import { ASHA, makePlan, makeRollout, SECOND } from '../../support/rollout-fixtures.ts';

const NOW = look(0).now;
const weights = (effects: readonly Effect[]) =>
  effects.flatMap((effect) => (effect.kind === 'set-weight' ? [effect.percent] : []));
const scales = (effects: readonly Effect[]) =>
  effects.flatMap((effect) => (effect.kind === 'scale' ? [`${effect.role} ${effect.replicas}`] : []));

/** Ten pods at the start. */
const PLAN = makePlan({ replicas: 10 });
const stable = (ready: number, replicas = 10) =>
  seen(stablePods({ rolloutId: 'r-000000000001', digest: PLAN.from.digest, ready, replicas }));
const at = (percent: number): Rollout =>
  makeRollout({
    ...{ plan: PLAN, desiredPercent: percent, confirmedPercent: percent, peakPercent: percent },
    phase: percent === 100 ? 'baking' : 'analysing',
    step: PLAN.steps.indexOf(percent),
  });

const breach = (percent: number, ready: number, more: Partial<Observed> = {}): Decision =>
  decide(
    at(percent),
    look(percent, { stable: stable(ready), sample: sampleAt(percent, { errors: 3000 }), ...more }),
  );

/** A breach at 100 % with 4 of 10 pods ready: 60 % stay. */
const GOING = breach(100, 4).next;
const later = (seconds: number, live: number, more: Partial<Observed> = {}, rollout = GOING): Decision =>
  decide(rollout, look(live, { now: NOW + seconds * SECOND, stable: stable(4), ...more }));

describe('the way back to a stable that is short of pods', () => {
  it.each([
    { live: 100, ready: 10, keeps: 0 },
    { live: 100, ready: 7, keeps: 0 },
    { live: 100, ready: 6, keeps: 40 },
    { live: 100, ready: 1, keeps: 90 },
    { live: 50, ready: 6, keeps: 40 },
    // Stable has more than its ready share already: half of what the candidate has.
    { live: 50, ready: 4, keeps: 25 },
    { live: 10, ready: 5, keeps: 5 },
  ])(
    'with $ready of 10 pods ready at $live %: $keeps % stay, in the pass that read the breach',
    ({ live, ready, keeps }) => {
      const { next, effects, events } = breach(live, ready);
      expect(next).toMatchObject({ phase: 'draining', drainTowards: 'stable', desiredPercent: keeps });
      expect(weights(effects)).toEqual([keeps]);
      expect(next.wayBack ?? null).toEqual(keeps > 0 ? { until: NOW + 120 * SECOND } : null);
      const told = events.find(({ code }) => code === 'rollback')?.text ?? '';
      if (keeps > 0)
        expect(told).toContain(
          `v2.3.0 has ${ready} of 10 pods ready: the candidate keeps ${keeps} % for now`,
        );
      else expect(told).not.toContain('keeps');
    },
  );

  it('goes on with the store away', () => {
    expect(weights(breach(100, 4, { isStoreUp: false }).effects)).toEqual([60]);
    expect(weights(later(5, 60, { stable: stable(6), isStoreUp: false }).effects)).toEqual([40]);
  });

  it('takes more as pods get ready, all once enough are, and all after 120 s', () => {
    expect(later(5, 60).effects).toEqual([]);
    expect(later(5, 60).next).toMatchObject({ confirmedPercent: 60, desiredPercent: 60 });
    expect(weights(later(5, 60, { stable: stable(5) }).effects)).toEqual([50]);
    expect(weights(later(5, 60, { stable: stable(7) }).effects)).toEqual([0]);
    expect(later(119, 60).effects).toEqual([]);
    expect(weights(later(120, 60).effects)).toEqual([0]);
    expect(later(120, 60).next.wayBack).toBeNull();
  });

  it('gives nothing back when pods go again', () => {
    const half = later(5, 60, { stable: stable(6) }).next;
    expect(weights(later(10, 40, { stable: stable(2) }, half).effects)).toEqual([]);
    expect(half.desiredPercent).toBe(40);
  });

  it('is written again after a crash, and lets a hand lower it further', () => {
    expect(weights(later(1, 100).effects)).toEqual([60]);
    const lowered = later(5, 20);
    expect(lowered.effects).toEqual([]);
    expect(lowered.next.desiredPercent).toBe(20);
    expect(weights(later(6, 80, {}, lowered.next).effects)).toEqual([20]);
  });

  it.each([
    ['is gone', ABSENT],
    ['has no ready pod', seen(pods({ ready: 0, replicas: 10 }))],
  ])('is taken whole at once when the candidate %s', (_, candidate) => {
    expect(weights(breach(100, 4, { candidate }).effects)).toEqual([0]);
    expect(weights(later(5, 60, { candidate }).effects)).toEqual([0]);
  });

  it('is taken whole at once from a candidate that is not what was approved', () => {
    const candidate = seen(pods({ replicas: 10, digest: `sha256:${'d'.repeat(64)}` }));
    const { next, effects } = decide(at(100), look(100, { stable: stable(4), candidate }));
    expect(next.cause.code).toBe('candidate_lost');
    expect(weights(effects)).toEqual([0]);
  });

  it('is taken whole at once where stable or route cannot be seen when it begins', () => {
    expect(weights(breach(100, 4, { stable: unseen('timeout') }).effects)).toEqual([0]);
    expect(weights(breach(100, 4, { route: unseen('timeout') }).effects)).toEqual([0]);
  });

  it('stays where it is while stable cannot be seen, and writes nothing unseen before its time is over', () => {
    expect(later(5, 60, { stable: unseen('timeout') }).effects).toEqual([]);
    expect(weights(later(5, 60, { route: unseen('timeout') }).effects)).toEqual([]);
    expect(weights(later(121, 60, { route: unseen('timeout') }).effects)).toEqual([0]);
  });

  it('moves nothing more to a stable that lost its last endpoint, says so, and goes on when it has one', () => {
    const lost = later(130, 60, { stable: stable(0) });
    expect(weights(lost.effects)).toEqual([]);
    expect(lost.next.hold).toMatchObject({ code: 'stable_lost' });
    const back = later(135, 60, { stable: stable(1) }, lost.next);
    expect(weights(back.effects)).toEqual([0]);
    expect(back.next.hold).toBeNull();
  });

  it('brings stable up to what it had at the start where somebody took pods from it', () => {
    const short = breach(100, 4, { stable: stable(4, 4) });
    expect(scales(short.effects)).toEqual(['stable 10']);
    expect(short.events[0]?.text).toContain('It wants 4 pods and is scaled to 10');
    expect(scales(later(5, 60, { stable: stable(4, 4) }).effects)).toEqual(['stable 10']);
    expect(scales(breach(100, 10).effects)).toEqual([]);
  });

  it('is taken whole at once when a person orders it again, not by a second click', () => {
    const order = (seconds: number): Rollout => ({
      ...GOING,
      asks: [{ kind: 'rollback', by: ASHA, at: NOW + seconds * SECOND, reason: null }],
    });
    expect(weights(later(11, 60, {}, order(10)).effects)).toEqual([0]);
    expect(later(11, 60, {}, order(10)).next).toMatchObject({ desiredPercent: 0, asks: [], wayBack: null });
    expect(weights(later(2, 60, {}, order(1)).effects)).toEqual([]);
    expect(later(2, 60, {}, order(1)).next.asks).toEqual([]);
    const gone = later(11, 60, { stable: stable(0) }, order(10));
    expect(weights(gone.effects)).toEqual([]);
    expect(gone.next.asks).toHaveLength(1);
  });

  it('is rolled back only when the weight is 0 and no request is seen', () => {
    expect(later(5, 60, { sample: sampleAt(0) }).next.phase).toBe('draining');
    expect(later(121, 0, { sample: sampleAt(0) }).next.phase).toBe('rolled-back');
  });

  it('has no steps in an adoption: its route takes all or nothing', () => {
    const adoption = {
      original: 'payment-gateway',
      colour: 'payment-gateway-blue',
      autoscaler: null,
      propagationMs: 0,
    };
    const plan = makePlan({ replicas: 10, kind: 'adopt', adoption, steps: [100] });
    const rollout = { ...at(100), plan };
    const bad = look(100, { stable: stable(4), sample: sampleAt(100, { errors: 3000 }) });
    expect(weights(decide(rollout, bad).effects)).toEqual([0]);
  });
});
