/** Ways in which a rollout could take production down, each once possible. */
import { describe, expect, it } from 'vitest';
import { knownRequests } from '../../../src/core/analysis/share.ts';
import { openApproval } from '../../../src/core/approval/decide-vote.ts';
import { needsDrive, sleepMs } from '../../../src/core/rollout/agenda.ts';
import { decide } from '../../../src/core/rollout/decide.ts';
import { ABSENT, type Effect, seen, unseen } from '../../../src/core/rollout/decision.ts';
import type { Ask, Phase, Rollout } from '../../../src/core/rollout/rollout.ts';
import { percentOfUnits, unitsOf } from '../../../src/lib/whole-units.ts';
import { look, pods, sampleAt, stablePods, workload } from '../../support/observed.ts';
import {
  APPROVED,
  ASHA,
  MINUTE,
  makePlan,
  makeRollout,
  POLICY,
  SECOND,
  T0,
} from '../../support/rollout-fixtures.ts';

const NOW = look(0).now;
const weights = (effects: readonly Effect[]) =>
  effects.flatMap((effect) => (effect.kind === 'set-weight' ? [effect.percent] : []));
const rollback: Ask = { kind: 'rollback', by: ASHA, at: NOW, reason: null };
const go: Ask = { kind: 'go', by: ASHA, at: NOW };
const AT_ZERO = { step: -1, desiredPercent: 0, confirmedPercent: 0, peakPercent: 0 };
const preparing = makeRollout({
  ...AT_ZERO,
  phase: 'preparing',
  phaseSince: NOW - SECOND,
  candidateUid: null,
});
const OLD = seen(pods({ uid: 'old', rolloutId: 'r-000000000000' }));
const upTo = (percent: number, step: number) => ({
  ...openApproval('a2', { kind: 'traffic', step, percent }, makePlan().digest, ASHA, POLICY, NOW),
  state: 'approved' as const,
});

describe('the idle colour', () => {
  it('is not deleted, and its traffic not taken, once somebody gave it traffic after the plan', () => {
    for (const asks of [[], [rollback]]) {
      const { next, effects } = decide({ ...preparing, asks }, look(100, { candidate: OLD }));
      expect(next).toMatchObject({ phase: 'closed', outcome: 'void', cause: { code: 'ref_changed' } });
      expect(effects).toEqual([{ kind: 'release-route' }, { kind: 'release-claim' }]);
    }
  });

  it('is not deleted at the deadline of readiness either', () => {
    const late = look(100, { candidate: OLD, now: preparing.phaseSince + 10 * MINUTE });
    expect(decide(preparing, late).next).toMatchObject({ phase: 'closed', outcome: 'void' });
  });

  it('is not deleted while the route cannot be read', () => {
    const { next, effects } = decide(preparing, look(0, { candidate: OLD, route: unseen('timeout') }));
    expect(effects).toEqual([]);
    expect(next.hold).toMatchObject({ code: 'cluster_unavailable' });
  });

  it('is not deleted when the live colour no longer runs what the plan started from', () => {
    const stable = seen(stablePods({ digest: `sha256:${'d'.repeat(64)}` }));
    const { next } = decide(preparing, look(0, { candidate: OLD, stable }));
    expect(next).toMatchObject({ phase: 'closed', outcome: 'void' });
  });
});

describe('the candidate before its probes', () => {
  it.each(['preparing', 'probing'] as const)('has traffic given by hand taken away in %s', (phase) => {
    const { effects } = decide({ ...preparing, phase, probes: [] }, look(30));
    expect(weights(effects)).toEqual([0]);
  });

  it('gets no traffic by an approved shift while it is paused before its probes', () => {
    const paused = makeRollout({
      ...AT_ZERO,
      phase: 'paused',
      pausedFrom: 'probing',
      approvals: [APPROVED, upTo(50, -1)],
    });
    expect(decide(paused, look(0)).effects).toEqual([]);
    expect(decide({ ...paused, asks: [go] }, look(0)).next.phase).toBe('probing');
  });

  it('loses what somebody set meanwhile when a person says go', () => {
    const paused = makeRollout({
      phase: 'paused',
      pausedFrom: 'probing',
      desiredPercent: 30,
      confirmedPercent: 30,
    });
    const on = decide({ ...paused, asks: [go] }, look(30));
    expect(on.next).toMatchObject({ phase: 'probing', desiredPercent: 0 });
    expect(weights(decide(on.next, look(30)).effects)).toEqual([0]);
  });

  it('gets no traffic while its pods are gone again after they were ready', () => {
    const probing = makeRollout({ ...AT_ZERO, phase: 'probing', probes: [], plan: makePlan({ probes: [] }) });
    const { next, effects } = decide(
      { ...probing, phaseSince: NOW - SECOND },
      look(0, { candidate: seen(pods({ ready: 0 })) }),
    );
    expect(effects).toEqual([]);
    expect(next).toMatchObject({ phase: 'probing', hold: { code: 'candidate_not_ready' } });
  });
});

describe('a weight never rises', () => {
  const shifting = makeRollout({ phase: 'shifting', desiredPercent: 50, confirmedPercent: 25, step: 1 });

  it('when it is written again after a crash and the pods for it are gone', () => {
    const { next, effects } = decide(shifting, look(25, { candidate: seen(pods({ ready: 1 })) }));
    expect(effects).toEqual([]);
    expect(next.hold).toMatchObject({ code: 'candidate_not_ready' });
    expect(weights(decide(next, look(25)).effects)).toEqual([50]);
  });

  it('by go from 0 % to a candidate without pods', () => {
    const paused = makeRollout({
      phase: 'paused',
      pausedFrom: 'analysing',
      desiredPercent: 0,
      confirmedPercent: 0,
    });
    const { effects } = decide({ ...paused, asks: [go] }, look(0, { candidate: seen(pods({ ready: 0 })) }));
    expect(effects).toEqual([]);
  });

  it('by an approval in the very look that shows a breach', () => {
    const rollout = makeRollout({ approvals: [APPROVED, upTo(60, 1)] });
    const due = decide(rollout, look(25, { sample: sampleAt(25, { errors: 100 }) }));
    expect(weights(due.effects)).toEqual([0]);
    expect(due.next.cause.code).toBe('rule_breached_critical');
    const firstOfTwo = decide(rollout, look(25, { sample: sampleAt(25, { errors: 10 }) }));
    expect(firstOfTwo.effects).toEqual([]);
    expect(firstOfTwo.next.breaches).toMatchObject({ error_rate: 1 });
  });

  it('by an approval while the live weight is unknown or another than was shown', () => {
    const rollout = makeRollout({ approvals: [APPROVED, upTo(60, 1)] });
    for (const observed of [look(25, { route: unseen('timeout') }), look(40)])
      expect(weights(decide(rollout, observed).effects)).not.toContain(60);
  });
});

describe('a candidate that is lost', () => {
  const lost = [
    ['gone', ABSENT],
    ['without a ready pod', seen(pods({ ready: 0 }))],
    ['replaced', seen(pods({ uid: 'another' }))],
    ['somebody else’s', seen(pods({ rolloutId: null }))],
    ['patched to another image', seen(pods({ digest: `sha256:${'d'.repeat(64)}` }))],
  ] as const;
  const phases: readonly Phase[] = ['shifting', 'analysing', 'paused', 'baking'];

  it.each(lost)('goes back at once when it is %s, long before a metric could say so', (_, candidate) => {
    for (const phase of phases) {
      const { next, effects } = decide(
        makeRollout({ phase, pausedFrom: 'analysing' }),
        look(25, { candidate }),
      );
      expect(next.cause.code).toBe('candidate_lost');
      expect(weights(effects)).toEqual([0]);
    }
  });

  it('is not promoted at the end of the drain', () => {
    const drained = makeRollout({
      phase: 'draining',
      drainTowards: 'candidate',
      confirmedPercent: 100,
      desiredPercent: 100,
      phaseSince: NOW - 20 * MINUTE,
      cause: { code: 'drained', text: '', at: NOW, by: null },
    });
    const observed = look(100, { sample: sampleAt(100, {}, { requests: 0 }), candidate: lost[4][1] });
    expect(decide(drained, observed).next).toMatchObject({ phase: 'draining', drainTowards: 'stable' });
  });

  it('goes back as soon as a stable that was down as well has an endpoint again', () => {
    const candidate = seen(pods({ ready: 0 }));
    const both = decide(makeRollout(), look(25, { candidate, stable: seen(stablePods({ ready: 0 })) })).next;
    expect(both).toMatchObject({ phase: 'paused', cause: { code: 'stable_unavailable' } });
    expect(weights(decide(both, look(25, { candidate })).effects)).toEqual([0]);
  });

  it('is not looked for while it cannot be seen', () => {
    expect(decide(makeRollout(), look(25, { candidate: unseen('timeout') })).next.phase).toBe('analysing');
  });
});

describe('a stable that cannot take traffic', () => {
  const gone = [
    ['has no endpoint', seen(pods({ ready: 0 }))],
    ['is scaled to 0 and its pods are going', seen(pods({ replicas: 0, ready: 3 }))],
    ['is gone', ABSENT],
  ] as const;

  it.each(gone)('keeps the candidate its traffic when it %s', (_, stable) => {
    const breach = decide(makeRollout(), look(25, { stable, sample: sampleAt(25, { errors: 500 }) }));
    expect(breach.effects).toEqual([]);
    expect(breach.next).toMatchObject({ phase: 'paused', cause: { code: 'stable_unavailable' } });
    const down = makeRollout({ asks: [{ kind: 'traffic', by: ASHA, at: NOW, percent: 0 }] });
    const asked = decide(down, look(25, { stable }));
    expect(asked.effects).toEqual([]);
    expect(asked.next.asks).toEqual([]);
    expect(asked.events).toMatchObject([{ code: 'needs_you', mention: 'page' }]);
  });

  it('does not keep a rollout from its end when the candidate never had traffic', () => {
    const late = look(0, {
      stable: seen(stablePods({ ready: 0 })),
      candidate: seen(pods({ ready: 0 })),
      now: preparing.phaseSince + 10 * MINUTE,
    });
    const { next } = decide(preparing, late);
    expect(next).toMatchObject({ phase: 'draining', cause: { code: 'readiness_deadline' } });
    expect(decide(next, late).next.phase).toBe('rolled-back');
  });
});

describe('an order back that stable cannot take', () => {
  const stable = seen(stablePods({ ready: 0 }));
  const waiting = decide(makeRollout({ asks: [rollback] }), look(25, { stable })).next;

  it('stands, and is carried out once stable has an endpoint again', () => {
    expect(waiting).toMatchObject({ phase: 'paused', asks: [rollback] });
    expect(weights(decide(waiting, look(25)).effects)).toEqual([0]);
  });

  it('ends when a person says go after it', () => {
    const told = { ...go, at: NOW + 1 };
    const on = decide({ ...waiting, asks: [...waiting.asks, told] }, look(25, { stable })).next;
    expect(on.asks).toEqual([told]);
    expect(decide(on, look(25, { stable })).next.phase).toBe('analysing');
  });
});

describe('a first step that never finds its pods', () => {
  it('returns to stable in the end, like any rollout that is left alone', () => {
    const stuck = makeRollout({
      ...AT_ZERO,
      phase: 'shifting',
      desiredPercent: 10,
      hold: { code: 'candidate_not_ready', text: '', since: NOW - 61 * MINUTE },
      needsSince: NOW - 61 * MINUTE,
    });
    const { next } = decide(stuck, look(0, { candidate: seen(pods({ ready: 0 })) }));
    expect(next).toMatchObject({ phase: 'draining', cause: { code: 'left_alone_too_long' } });
  });
});

describe('proof of the drain', () => {
  it('is asked for when a weight was written and not yet read back', () => {
    const shifting = makeRollout({ ...AT_ZERO, phase: 'shifting', desiredPercent: 10, asks: [rollback] });
    const { next } = decide(shifting, look(10));
    expect(next.peakPercent).toBe(10);
    expect(decide(next, look(0)).next.phase).toBe('draining');
  });

  it('does not take a stalled scrape for silence', () => {
    const stale = workload({ requests: 0, ageMs: 60_000 });
    expect(knownRequests(stale, workload(), 5000)).toBeNull();
    expect(knownRequests(workload({ requests: 0 }), workload(), 5000)).toBe(0);
  });

  it('does not take the way back down in the tick that shows the first of two breaches', () => {
    const draining = makeRollout({
      phase: 'draining',
      drainTowards: 'candidate',
      confirmedPercent: 100,
      desiredPercent: 100,
      phaseSince: NOW - 20 * MINUTE,
      cause: { code: 'drained', text: '', at: NOW, by: null },
    });
    const sample = sampleAt(100, { errors: 40 }, { requests: 0 });
    expect(decide(draining, look(100, { sample })).next.phase).toBe('draining');
  });
});

describe('an approval', () => {
  const approved = makeRollout({ ...AT_ZERO, phase: 'awaiting-approval', plan: makePlan() });
  const decidedAt = APPROVED.decidedAt ?? 0;
  const unknown = { kind: 'unknown', code: 'cluster_unavailable', detail: 'no answer' } as const;

  it('starts nothing long after it was given', () => {
    const late = look(0, {
      now: decidedAt + POLICY.expiryMs,
      planning: { kind: 'planned', plan: makePlan() },
    });
    expect(decide(approved, late).next).toMatchObject({ phase: 'closed', outcome: 'expired' });
  });

  it('writes nothing anew while the plan cannot be checked', () => {
    const first = decide(approved, look(0, { now: decidedAt + SECOND, planning: unknown })).next;
    expect(decide(first, look(0, { now: decidedAt + 2 * SECOND, planning: unknown })).next).toEqual(first);
  });
});

describe('the drive loop', () => {
  const waiting: readonly (readonly [string, Partial<Rollout>])[] = [
    ['paused at 0', { ...AT_ZERO, phase: 'paused', asks: [rollback] }],
    ['paused with an order back that stable cannot take', { phase: 'paused', asks: [rollback] }],
    ['draining before the first tick', { phase: 'draining', drainTowards: 'stable' }],
  ];
  it.each(waiting)('does not spin while %s', (_, overrides) => {
    const clock = { knownTicks: 0, neededTicks: 24, lastTickAt: null, blindSince: null };
    expect(sleepMs(makeRollout({ ...overrides, clock }), NOW)).toBeGreaterThanOrEqual(1000);
    const overdue = { ...clock, lastTickAt: T0 };
    expect(sleepMs(makeRollout({ ...overrides, clock: overdue }), NOW)).toBeGreaterThanOrEqual(1000);
  });

  it('comes for an approved shift of a rollout that is paused without traffic', () => {
    const paused = makeRollout({ ...AT_ZERO, phase: 'paused', pausedFrom: 'analysing' });
    expect(needsDrive(paused, NOW)).toBe(false);
    expect(needsDrive({ ...paused, approvals: [APPROVED, upTo(10, -1)] }, NOW)).toBe(true);
  });

  it('reminds of a shift that waits for approval, once', () => {
    const pending = { ...upTo(60, 1), state: 'pending' as const };
    const once = decide(makeRollout({ approvals: [APPROVED, pending] }), look(25, { now: pending.remindAt }));
    expect(once.events).toMatchObject([{ code: 'reminder', mention: 'approvers' }]);
    expect(decide(once.next, look(25, { now: pending.remindAt })).events).toEqual([]);
  });
});

describe('the audit trail', () => {
  it('names the weights before and after of a shift down', () => {
    const down = makeRollout({ asks: [{ kind: 'traffic', by: ASHA, at: NOW, percent: 10 }] });
    expect(decide(down, look(25)).events).toContainEqual(
      expect.objectContaining({ code: 'weight', by: ASHA, data: { from: 25, to: 10 } }),
    );
  });
});

describe('whole units of a weight', () => {
  it('are read back as the percent that was asked for, so that no own write looks foreign', () => {
    for (const total of [100, 50, 40, 7, 1000])
      for (let percent = 0; percent <= 100; percent += 1) {
        expect(percentOfUnits(unitsOf(percent, total), total, [percent, 0])).toBe(percent);
        if (total === 100) expect(percentOfUnits(percent, total, [])).toBe(percent);
      }
    expect(percentOfUnits(20, 40, [25, 10])).toBe(50);
  });
});
