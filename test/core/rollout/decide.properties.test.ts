/** What must hold whatever the world shows, in whatever order. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lacksRequestsAlone, tickVerdict } from '../../../src/core/analysis/verdict.ts';
import type { ApprovalSubject } from '../../../src/core/approval/approval.ts';
import { decide } from '../../../src/core/rollout/decide.ts';
import { ABSENT, type Observed, seen, unseen } from '../../../src/core/rollout/decision.ts';
import { planDigest } from '../../../src/core/rollout/plan-digest.ts';
import {
  type Ask,
  END_PHASES,
  hasEnded,
  type Phase,
  type Rollout,
} from '../../../src/core/rollout/rollout.ts';
import { memoryOf, restore } from '../../../src/core/rollout/route-memory.ts';
import { BLIND, blind, look, pods, sampleAt, stablePods } from '../../support/observed.ts';
import { APPROVED, ASHA, makeApproval, makePlan, makeRollout, T0 } from '../../support/rollout-fixtures.ts';

const RUNS = { numRuns: 400 };
const PINNED = { ...makePlan(), digest: planDigest(makePlan()) };
const configured = {
  ...{ target: PINNED.target, cluster: PINNED.cluster, namespace: PINNED.namespace, route: PINNED.route },
  ...{ repository: PINNED.to.repository, template: PINNED.template, container: PINNED.container },
  ...{ channel: 'C0WARROOM', approval: PINNED.approval },
};
const percent = fc.constantFrom(0, 10, 25, 37, 50, 75, 100);
const phases: readonly Phase[] = [
  'preparing',
  'probing',
  'shifting',
  'analysing',
  'paused',
  'baking',
  'draining',
];

const UP = makeApproval({ id: 'a2', subject: { kind: 'traffic', step: 1, percent: 75 }, state: 'approved' });

const rollouts: fc.Arbitrary<Rollout> = fc
  .record({
    phase: fc.constantFrom(...phases),
    confirmed: percent,
    desired: percent,
    knownTicks: fc.integer({ min: 0, max: 24 }),
    drainTowards: fc.constantFrom('candidate' as const, 'stable' as const),
    breaches: fc.integer({ min: 0, max: 1 }),
    approvals: fc.constantFrom([APPROVED], [APPROVED, UP]),
    pausedFrom: fc.constantFrom<Phase>('preparing', 'probing', 'shifting', 'analysing', 'baking'),
  })
  .map(({ phase, confirmed, desired, knownTicks, drainTowards, breaches, approvals, pausedFrom }) => {
    const isBack = phase === 'draining' && drainTowards === 'stable';
    return makeRollout({
      phase,
      confirmedPercent: phase === 'baking' ? 100 : confirmed,
      desiredPercent: isBack ? 0 : phase === 'shifting' ? desired : phase === 'baking' ? 100 : confirmed,
      peakPercent: Math.max(confirmed, desired),
      drainTowards: phase === 'draining' ? drainTowards : null,
      pausedFrom: phase === 'paused' ? pausedFrom : null,
      breaches: { error_rate: breaches },
      clock: { knownTicks, neededTicks: 24, lastTickAt: T0, blindSince: null },
      approvals,
    });
  });

const subjects: fc.Arbitrary<ApprovalSubject> = fc.oneof(
  fc.record({ kind: fc.constant('plan' as const) }),
  fc.record({ kind: fc.constant('traffic' as const), step: fc.integer({ min: -1, max: 4 }), percent }),
  fc.record({ kind: fc.constant('promote' as const), step: fc.integer({ min: -1, max: 4 }) }),
  fc.record({ kind: fc.constant('evidence' as const), step: fc.integer({ min: -1, max: 4 }), percent }),
);
const STATES = ['pending', 'approved', 'applied', 'rejected', 'expired', 'void', 'withdrawn'] as const;

const asks: fc.Arbitrary<readonly Ask[]> = fc.subarray<Ask>([
  { kind: 'rollback', by: ASHA, at: T0, reason: null },
  { kind: 'hold', by: ASHA, at: T0, reason: null },
  { kind: 'go', by: ASHA, at: T0 },
  { kind: 'traffic', by: ASHA, at: T0, percent: 10 },
]);

const worlds: fc.Arbitrary<Observed> = fc
  .record({
    seconds: fc.integer({ min: 0, max: 7200 }),
    route: fc.oneof(
      percent.map((value) => seen({ percent: value, lastWriter: 'somebody' })),
      fc.constant(unseen('timeout')),
      fc.constant(ABSENT),
    ),
    stableReady: fc.integer({ min: 0, max: 3 }),
    candidate: fc.oneof(
      fc.integer({ min: 0, max: 3 }).map((ready) => seen(pods({ ready }))),
      fc.constant(ABSENT),
      fc.constant(unseen('timeout')),
    ),
    sample: fc.oneof(
      fc.constant(null),
      fc.constant(BLIND),
      fc
        .tuple(percent, fc.integer({ min: 0, max: 500 }))
        .map(([share, errors]) => sampleAt(share, { errors })),
      fc
        .tuple(percent, fc.integer({ min: 0, max: 60 }))
        .map(([share, requests]) => sampleAt(share, { requests })),
      fc
        .tuple(percent, fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY))
        .map(([share, errors]) => sampleAt(share, { errors, p95Ms: errors })),
    ),
    isStoreUp: fc.boolean(),
  })
  .map(({ seconds, stableReady, ...rest }) =>
    look(0, {
      ...rest,
      now: T0 + 360_000 + seconds * 1000,
      stable: seen(stablePods({ ready: stableReady })),
    }),
  );

const raises = (rollout: Rollout, observed: Observed): boolean => {
  const { next, effects } = decide(rollout, observed);
  const live = observed.route?.kind === 'seen' ? observed.route.value.percent : null;
  const written = effects.flatMap((effect) => (effect.kind === 'set-weight' ? [effect.percent] : []));
  return (
    next.desiredPercent > Math.max(rollout.desiredPercent, rollout.confirmedPercent) ||
    written.some((value) => live !== null && value > live && value > rollout.desiredPercent)
  );
};

describe('decide', () => {
  it('never raises the candidate’s weight after a breach that is due', () => {
    fc.assert(
      fc.property(rollouts, worlds, (rollout, world) => {
        const breached = { ...world, sample: sampleAt(50, { errors: 1500 }) };
        const { next, effects } = decide(rollout, breached);
        const watched =
          ['shifting', 'analysing', 'baking', 'paused', 'draining'].includes(rollout.phase) &&
          rollout.confirmedPercent > 0;
        if (!watched) return;
        expect(next.desiredPercent).toBeLessThanOrEqual(
          Math.max(rollout.desiredPercent, rollout.confirmedPercent),
        );
        const live = world.route?.kind === 'seen' ? world.route.value.percent : 0;
        for (const effect of effects)
          if (effect.kind === 'set-weight' && effect.percent > 0) {
            // In steps, where stable is short of pods: the first one goes out in this very pass, and it is one down.
            expect(world.stable?.kind === 'seen' && world.stable.value.ready < 3).toBe(true);
            expect(effect.percent).toBeLessThan(live);
          }
        let later = next;
        for (
          let step = 0;
          step < 4 && !hasEnded(later) && later.drainTowards === 'stable' && later.phase === 'draining';
          step++
        ) {
          const after = decide(later, look(0, { sample: sampleAt(10), now: world.now + step * 5000 }));
          for (const effect of after.effects)
            if (effect.kind === 'set-weight') expect(effect.percent).toBe(0);
          later = after.next;
        }
      }),
      RUNS,
    );
  });

  it('never raises the weight on the way back, and has all of it back within 120 s and a tick', () => {
    const looks = fc.array(
      fc.record({
        seconds: fc.integer({ min: 1, max: 5 }),
        ready: fc.integer({ min: 1, max: 3 }),
        candidateReady: fc.integer({ min: 0, max: 3 }),
        isBlind: fc.boolean(),
        isStoreUp: fc.boolean(),
        /** Somebody lowers it further by hand. */
        hand: fc.option(percent, { freq: 8 }),
        isWriteLost: fc.boolean(),
      }),
      { minLength: 1, maxLength: 150 },
    );
    fc.assert(
      fc.property(
        fc.constantFrom(10, 25, 50, 75, 100),
        fc.integer({ min: 1, max: 2 }),
        looks,
        (start, ready, steps) => {
          const stableOf = (count: number) => seen(stablePods({ ready: count }));
          const weight = { desiredPercent: start, confirmedPercent: start, peakPercent: start };
          const running = makeRollout({ phase: start === 100 ? 'baking' : 'analysing', ...weight });
          const began = T0 + 360_000;
          const breach = sampleAt(start, { errors: 1500 });
          const first = decide(running, look(start, { now: began, stable: stableOf(ready), sample: breach }));
          let rollout = first.next;
          let live: number = start;
          const write = (effects: typeof first.effects): void => {
            for (const effect of effects)
              if (effect.kind === 'set-weight') {
                expect(effect.percent).toBeLessThanOrEqual(live);
                live = effect.percent;
              }
          };
          write(first.effects);
          expect(live).toBeLessThan(start);
          let now = began;
          for (const step of steps) {
            now += step.seconds * 1000;
            if (step.hand !== null) live = Math.min(live, step.hand);
            const world = look(live, {
              ...{ now, isStoreUp: step.isStoreUp, stable: stableOf(step.ready) },
              candidate: seen(pods({ ready: step.candidateReady })),
              ...(step.isBlind ? { route: unseen('timeout') } : {}),
            });
            const { next, effects } = decide(rollout, world);
            expect(next.phase === 'draining' || live === 0).toBe(true);
            if (!step.isWriteLost && !step.isBlind) write(effects);
            if (now >= began + 120_000 && !step.isBlind && !step.isWriteLost) expect(live).toBe(0);
            if (hasEnded(next)) return;
            rollout = next;
          }
        },
      ),
      RUNS,
    );
  });

  it('keeps weights whole percents from 0 to 100, so that the pair sums to 100', () => {
    fc.assert(
      fc.property(rollouts, worlds, asks, (rollout, world, wished) => {
        const { next, effects } = decide({ ...rollout, asks: wished }, world);
        const all = [
          next.desiredPercent,
          next.confirmedPercent,
          ...effects.flatMap((effect) => (effect.kind === 'set-weight' ? [effect.percent] : [])),
        ];
        for (const value of all) {
          expect(Number.isInteger(value)).toBe(true);
          expect(value).toBeGreaterThanOrEqual(0);
          expect(value + (100 - value)).toBe(100);
          expect(value).toBeLessThanOrEqual(100);
        }
      }),
      RUNS,
    );
  });

  it('emits nothing in an ended phase, whatever is asked and seen', () => {
    fc.assert(
      fc.property(fc.constantFrom(...END_PHASES), worlds, asks, (phase, world, wished) => {
        const rollout = makeRollout({ phase, endedAt: T0, asks: wished });
        expect(decide(rollout, world)).toEqual({ next: rollout, effects: [], reason: 'waiting', events: [] });
      }),
      RUNS,
    );
  });

  it('never advances on an unknown live weight', () => {
    fc.assert(
      fc.property(rollouts, worlds, fc.constantFrom(unseen('timeout'), ABSENT), (rollout, world, route) => {
        const { next, effects } = decide(rollout, { ...world, route });
        expect(next.desiredPercent).toBeLessThanOrEqual(rollout.desiredPercent);
        expect(next.step).toBe(rollout.step);
        for (const effect of effects) {
          if (effect.kind === 'set-weight') expect(effect.percent).toBe(0);
          expect(['delete-colour', 'create-candidate', 'scale']).not.toContain(effect.kind);
        }
        expect(['promoted', 'rolled-back']).not.toContain(next.phase);
      }),
      RUNS,
    );
  });

  it('writes no higher weight than ready pods of the candidate carry', () => {
    fc.assert(
      fc.property(rollouts, worlds, asks, (rollout, world, wished) => {
        const live = world.route?.kind === 'seen' ? world.route.value.percent : 0;
        const ready = world.candidate?.kind === 'seen' ? world.candidate.value.ready : 0;
        for (const effect of decide({ ...rollout, asks: wished }, world).effects)
          if (effect.kind === 'set-weight' && effect.percent > live)
            expect(ready).toBeGreaterThanOrEqual((makePlan().replicas * effect.percent) / 100);
      }),
      RUNS,
    );
  });

  it('moves no traffic to a stable without endpoints', () => {
    fc.assert(
      fc.property(rollouts, worlds, asks, (rollout, world, wished) => {
        if (rollout.drainTowards === 'stable') return;
        const gone = { ...world, stable: seen(stablePods({ ready: 0 })) };
        const live = world.route?.kind === 'seen' ? world.route.value.percent : rollout.confirmedPercent;
        if (live <= rollout.desiredPercent)
          for (const effect of decide({ ...rollout, asks: wished }, gone).effects)
            if (effect.kind === 'set-weight') expect(effect.percent).toBeGreaterThanOrEqual(live);
      }),
      RUNS,
    );
  });

  it('never counts unknown as a pass or as a breach', () => {
    const reasons = fc.constantFrom(
      'unreachable',
      'no_data',
      'not_finite',
      'many_series',
      'timeout',
      'http_error',
      'bad_answer',
      'stale',
    );
    fc.assert(
      fc.property(rollouts, worlds, reasons, (rollout, world, reason) => {
        const unknown = {
          ...world,
          sample: { stable: blind(reason as 'timeout'), candidate: blind(reason as 'timeout') },
        };
        const { next, events } = decide(rollout, unknown);
        if (rollout.phase === 'analysing' || rollout.phase === 'baking' || rollout.phase === 'paused') {
          expect(next.clock.knownTicks).toBeLessThanOrEqual(rollout.clock.knownTicks);
          expect(next.breaches).toEqual({ ...next.breaches, ...rollout.breaches });
        }
        expect([
          'rule_breached',
          'rule_breached_critical',
          'step_passed',
          'bake_passed',
          'share_reached',
        ]).not.toContain(next.cause.code === rollout.cause.code ? 'same' : next.cause.code);
        for (const entry of events) expect(entry.code).not.toBe('breach');
      }),
      RUNS,
    );
  });

  it('raises nothing while the store is away, and nothing at all from a look without a tick', () => {
    fc.assert(
      fc.property(rollouts, worlds, (rollout, world) => {
        expect(raises(rollout, { ...world, isStoreUp: false })).toBe(false);
        if (rollout.phase === 'analysing' || rollout.phase === 'baking')
          expect(raises(rollout, { ...world, sample: null })).toBe(false);
      }),
      RUNS,
    );
  });

  it('raises a weight by an approval only to what that approval is for', () => {
    const fields = [subjects, fc.constantFrom(...STATES), fc.boolean(), fc.boolean()] as const;
    fc.assert(
      fc.property(rollouts, worlds, ...fields, (rollout, world, subject, state, isSamePlan, isLenient) => {
        const now = world.now;
        const approval = makeApproval({
          ...{ id: 'a9', subject, state, expiresAt: now + 1, remindAt: now + 1, decidedAt: now - 1 },
          ...(isSamePlan ? {} : { planDigest: 'f'.repeat(64) }),
        });
        const lowTraffic = isLenient ? ('approve' as const) : ('wait' as const);
        const base: Rollout = {
          ...rollout,
          plan: makePlan({ analysis: { ...makePlan().analysis, lowTraffic } }),
          approvals: [APPROVED],
        };
        const without = decide(base, world).next.desiredPercent;
        const { next } = decide({ ...base, approvals: [APPROVED, approval] }, world);
        if (next.desiredPercent <= without) return;
        expect(state).toBe('approved');
        expect(isSamePlan).toBe(true);
        expect(subject.kind).not.toBe('plan');
        if (subject.kind === 'plan') return;
        expect(next.desiredPercent).toBe(subject.kind === 'promote' ? 100 : subject.percent);
        if (subject.kind === 'promote') expect(tickVerdict(next.verdicts)).toBe('pass');
        if (subject.kind === 'evidence') {
          expect(isLenient && lacksRequestsAlone(next.verdicts)).toBe(true);
          expect(next.desiredPercent).toBe(makePlan().steps.find((step) => step > base.confirmedPercent));
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('plays any world to an end or a hold without throwing, and never promotes what was told to roll back', () => {
    fc.assert(
      fc.property(rollouts, fc.array(worlds, { minLength: 1, maxLength: 30 }), (start, sequence) => {
        let rollout: Rollout = { ...start, plan: makePlan() };
        let toldBack = false;
        for (const world of sequence) {
          const { next } = decide(rollout, world);
          if (rollout.drainTowards === 'stable' && rollout.phase === 'draining') toldBack = true;
          if (toldBack) expect(next.phase).not.toBe('promoted');
          rollout = next;
        }
      }),
      RUNS,
    );
  });

  it('takes a restored rollout nowhere but back before somebody approved it anew', () => {
    const memories = fc.record({ written: percent, had: percent, isBack: fc.boolean() });
    const rounds = fc.array(fc.tuple(worlds, asks), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(memories, fc.option(percent), rounds, ({ written, had, isBack }, live, looks) => {
        const back = isBack ? { phase: 'draining' as const, drainTowards: 'stable' as const } : {};
        const before = makeRollout({ plan: PINNED, confirmedPercent: written, peakPercent: had, ...back });
        const outcome = restore(memoryOf(before, PINNED, written), live, configured, T0);
        if (outcome.kind !== 'restored') throw new Error(outcome.why);
        let { rollout } = outcome;
        for (const [world, asked] of looks) {
          const at = rollout;
          const { next, effects } = decide({ ...rollout, asks: asked }, world);
          const seenNow = world.route?.kind === 'seen' ? world.route.value.percent : null;
          for (const effect of effects)
            if (effect.kind === 'set-weight')
              expect(effect.percent).toBeLessThanOrEqual(
                Math.max(seenNow ?? 0, at.confirmedPercent, at.desiredPercent),
              );
          const isWayBack = next.phase === 'draining' && next.drainTowards === 'stable';
          const ends: readonly Phase[] = ['paused', 'rolled-back', 'failed', 'closed'];
          expect(isWayBack || ends.includes(next.phase)).toBe(true);
          rollout = next;
        }
      }),
      RUNS,
    );
  });
});
