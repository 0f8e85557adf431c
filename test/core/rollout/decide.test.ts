import { describe, expect, it } from 'vitest';
import { openApproval } from '../../../src/core/approval/decide-vote.ts';
import { decide } from '../../../src/core/rollout/decide.ts';
import { ABSENT, type Effect, seen, unseen } from '../../../src/core/rollout/decision.ts';
import type { Ask, Rollout } from '../../../src/core/rollout/rollout.ts';
import { BLIND, blind, look, pods, sampleAt, stablePods, workload } from '../../support/observed.ts';
import {
  APPROVED,
  ASHA,
  BHARAT,
  MINUTE,
  makeApproval,
  makePlan,
  makeRollout,
  POLICY,
  probe,
  SECOND,
  T0,
} from '../../support/rollout-fixtures.ts';

const NOW = look(0).now;
const weights = (effects: readonly Effect[]) =>
  effects.flatMap((effect) => (effect.kind === 'set-weight' ? [effect.percent] : []));
const kinds = (effects: readonly Effect[]) => effects.map((effect) => effect.kind);
const ask = (kind: 'rollback' | 'hold' | 'go'): Ask =>
  kind === 'go' ? { kind, by: ASHA, at: NOW } : { kind, by: ASHA, at: NOW, reason: null };
const lastTick = (overrides: Partial<Rollout> = {}) =>
  makeRollout({
    clock: { knownTicks: 23, neededTicks: 24, lastTickAt: NOW - 5000, blindSince: null },
    ...overrides,
  });

describe('planning', () => {
  const planning = makeRollout({
    phase: 'planning',
    plan: null,
    approvals: [],
    step: -1,
    desiredPercent: 0,
    confirmedPercent: 0,
    peakPercent: 0,
  });

  it('asks for approval once it is planned', () => {
    const { next } = decide(planning, look(0, { planning: { kind: 'planned', plan: makePlan() } }));
    expect(next.phase).toBe('awaiting-approval');
    expect(next.approvals).toMatchObject([{ id: 'a1', state: 'pending', expiresAt: NOW + POLICY.expiryMs }]);
  });

  it('closes at once and frees the claim when a gate refuses', () => {
    const { next, effects } = decide(
      planning,
      look(0, {
        planning: { kind: 'refused', code: 'locked', text: 'Locked by Bharat', hint: 'Ask', plan: null },
      }),
    );
    expect(next).toMatchObject({ phase: 'closed', outcome: 'refused', refusal: { code: 'locked' } });
    expect(kinds(effects)).toEqual(['release-claim']);
  });

  it('closes with the registry’s words when it does not answer', () => {
    const { next } = decide(
      planning,
      look(0, { planning: { kind: 'unknown', code: 'registry_unavailable', detail: 'no answer' } }),
    );
    expect(next).toMatchObject({
      phase: 'closed',
      outcome: 'refused',
      refusal: { code: 'registry_unavailable', text: 'no answer' },
    });
  });

  it('skips the approval where none is needed', () => {
    const plan = makePlan({ approval: { ...POLICY, needed: 0 } });
    expect(decide(planning, look(0, { planning: { kind: 'planned', plan } })).next.phase).toBe('preparing');
  });
});

describe('awaiting approval', () => {
  const waiting = makeRollout({
    phase: 'awaiting-approval',
    approvals: [makeApproval()],
    step: -1,
    desiredPercent: 0,
    confirmedPercent: 0,
    peakPercent: 0,
  });
  const same = { kind: 'planned', plan: makePlan() } as const;

  it('starts when it is approved and the plan is still the same', () => {
    expect(decide({ ...waiting, approvals: [APPROVED] }, look(0, { planning: same })).next.phase).toBe(
      'preparing',
    );
  });

  it.each([
    [
      'the image',
      makePlan({ digest: 'f'.repeat(64), to: { ...makePlan().to, digest: `sha256:${'9'.repeat(64)}` } }),
      'another digest',
    ],
    ['the template', makePlan({ digest: 'f'.repeat(64), templateHash: 'd'.repeat(64) }), 'template changed'],
    ['the policy', makePlan({ digest: 'f'.repeat(64) }), 'policy changed'],
  ])('is void when %s changed after the plan was shown', (_, plan, words) => {
    const { next } = decide(
      { ...waiting, approvals: [APPROVED] },
      look(0, { planning: { kind: 'planned', plan } }),
    );
    expect(next).toMatchObject({ phase: 'closed', outcome: 'void', cause: { code: 'ref_changed' } });
    expect(next.cause.text).toContain(words);
  });

  it('waits when the registry does not answer after the approval', () => {
    const { next } = decide(
      { ...waiting, approvals: [APPROVED] },
      look(0, { planning: { kind: 'unknown', code: 'registry_unavailable', detail: 'no answer' } }),
    );
    expect(next.phase).toBe('awaiting-approval');
  });

  it('reminds once, then expires', () => {
    const reminded = decide(waiting, look(0, { now: T0 + 10 * MINUTE }));
    expect(reminded.events).toMatchObject([{ code: 'reminder', mention: 'approvers' }]);
    expect(decide(reminded.next, look(0, { now: T0 + 11 * MINUTE })).events).toEqual([]);
    const expired = decide(reminded.next, look(0, { now: T0 + 15 * MINUTE }));
    expect(expired.next).toMatchObject({
      phase: 'closed',
      outcome: 'expired',
      approvals: [{ state: 'expired' }],
    });
  });

  it('closes with the reason of a reject', () => {
    const vote = {
      person: BHARAT,
      decision: 'reject' as const,
      at: NOW,
      reason: 'Friday evening',
      members: [],
    };
    const { next } = decide(
      { ...waiting, approvals: [makeApproval({ state: 'rejected', votes: [vote] })] },
      look(0),
    );
    expect(next).toMatchObject({
      phase: 'closed',
      outcome: 'rejected',
      cause: { text: 'Rejected by Bharat: Friday evening' },
    });
  });

  it('is withdrawn by a rollback before approval', () => {
    expect(decide({ ...waiting, asks: [ask('rollback')] }, look(0)).next).toMatchObject({
      phase: 'closed',
      outcome: 'withdrawn',
      approvals: [{ state: 'withdrawn' }],
    });
  });
});

describe('preparing', () => {
  const preparing = makeRollout({
    phase: 'preparing',
    phaseSince: NOW - SECOND,
    step: -1,
    desiredPercent: 0,
    confirmedPercent: 0,
    peakPercent: 0,
  });

  it('deletes the idle colour of an older rollout, then creates the candidate', () => {
    const old = decide(
      preparing,
      look(0, { candidate: seen(pods({ uid: 'old', rolloutId: 'r-000000000000' })) }),
    );
    expect(old.effects).toEqual([{ kind: 'delete-colour', uid: 'old' }]);
    expect(
      decide(
        preparing,
        look(0, { candidate: seen(pods({ rolloutId: 'r-000000000000', isBeingDeleted: true })) }),
      ).effects,
    ).toEqual([]);
    expect(decide(preparing, look(0, { candidate: ABSENT })).effects).toEqual([{ kind: 'create-candidate' }]);
  });

  it('goes on only when every pod is ready and no request reaches the candidate', () => {
    const sample = sampleAt(0);
    expect(decide(preparing, look(0, { sample, candidate: seen(pods({ ready: 2 })) })).next.phase).toBe(
      'preparing',
    );
    expect(decide(preparing, look(0, { sample: sampleAt(5) })).next.phase).toBe('preparing');
    expect(decide(preparing, look(0, { sample: BLIND })).next).toMatchObject({
      phase: 'preparing',
      hold: { code: 'metrics_unknown' },
    });
    expect(decide(preparing, look(0, { sample })).next.phase).toBe('probing');
  });

  it('always ends in a rollback when pods never start, and says why they did not', () => {
    const observed = look(0, {
      now: preparing.phaseSince + 10 * MINUTE,
      candidate: seen(pods({ ready: 0, waiting: 'ImagePullBackOff' })),
    });
    const { next } = decide(preparing, observed);
    expect(next).toMatchObject({
      phase: 'draining',
      drainTowards: 'stable',
      cause: { code: 'readiness_deadline' },
    });
    expect(next.cause.text).toContain('ImagePullBackOff');
    expect(decide(next, look(0)).next.phase).toBe('rolled-back');
  });

  it('shows what the cluster refused', () => {
    expect(
      decide(preparing, look(0, { candidate: ABSENT, fault: 'quota exceeded' })).next.hold,
    ).toMatchObject({ text: 'quota exceeded' });
  });
});

describe('probing', () => {
  const plan = makePlan({
    probes: [probe('healthz', { retries: 1 }), probe('smoke', { critical: false, retries: 0 })],
  });
  const waiting = (name: string) => ({
    name,
    status: 'waiting' as const,
    attempts: 0,
    nextAt: NOW,
    evidence: '',
  });
  const probing = makeRollout({
    phase: 'probing',
    plan,
    phaseSince: NOW - SECOND,
    probes: [waiting('healthz'), waiting('smoke')],
    step: -1,
    desiredPercent: 0,
    confirmedPercent: 0,
    peakPercent: 0,
  });

  it('shifts to the first step when all are done and no critical one failed', () => {
    const { next, effects } = decide(
      probing,
      look(0, {
        probes: { healthz: { state: 'passed', evidence: 'ok' }, smoke: { state: 'failed', evidence: 'no' } },
      }),
    );
    expect(next).toMatchObject({ phase: 'shifting', desiredPercent: 10, confirmedPercent: 0 });
    expect(weights(effects)).toEqual([10]);
  });

  it('starts a job that is not there yet', () => {
    expect(
      decide(probing, look(0, { probes: { smoke: { state: 'absent', evidence: '' } } })).effects,
    ).toEqual([{ kind: 'start-probe', name: 'smoke', attempt: 0 }]);
  });

  it('tries a failed probe again, then rolls back without ever having given it traffic', () => {
    const failed = { healthz: { state: 'failed' as const, evidence: '503' } };
    const once = decide(probing, look(0, { probes: failed }));
    expect(once.next).toMatchObject({
      phase: 'probing',
      probes: [{ status: 'waiting', attempts: 1, nextAt: NOW + 1000 }, {}],
    });
    const twice = decide(once.next, look(0, { probes: failed }));
    expect(twice.next).toMatchObject({
      phase: 'draining',
      cause: { code: 'probe_failed', text: 'Probe healthz failed: 503' },
    });
    const ended = decide(twice.next, look(0));
    expect(ended.next.phase).toBe('rolled-back');
    expect(ended.effects).toContainEqual({ kind: 'scale', role: 'candidate', replicas: 0 });
  });

  it('rolls back when the probes are not done in time', () => {
    expect(decide(probing, look(0, { now: probing.phaseSince + 5 * MINUTE })).next.cause.code).toBe(
      'probes_deadline',
    );
  });
});

describe('shifting', () => {
  const shifting = makeRollout({
    phase: 'shifting',
    phaseSince: NOW - 10 * SECOND,
    desiredPercent: 50,
    confirmedPercent: 25,
    step: 1,
  });

  it('writes the weight again when the first write never happened', () => {
    expect(weights(decide(shifting, look(25)).effects)).toEqual([50]);
  });

  it('counts a step as reached only when the observed share shows it', () => {
    const early = decide(shifting, look(50, { sample: sampleAt(25) }));
    expect(early.next).toMatchObject({ phase: 'shifting', confirmedPercent: 50 });
    expect(decide(early.next, look(50, { sample: sampleAt(50) })).next).toMatchObject({
      phase: 'analysing',
      step: 2,
    });
  });

  it('holds and says so when the share does not come', () => {
    const { next } = decide(shifting, look(50, { now: shifting.phaseSince + MINUTE, sample: sampleAt(25) }));
    expect(next).toMatchObject({ phase: 'shifting', hold: { code: 'share_not_reached' } });
  });

  it('says within three ticks that nothing can be seen, and goes on when it can', () => {
    let rollout: Rollout = {
      ...shifting,
      confirmedPercent: 50,
      clock: { ...shifting.clock, blindSince: null },
    };
    const at = (tick: number, sample = BLIND) => look(50, { now: NOW + tick * 5000, sample });
    for (const tick of [0, 1, 2]) rollout = decide(rollout, at(tick)).next;
    expect(rollout.hold).toBeNull();
    rollout = decide(rollout, at(3)).next;
    expect(rollout).toMatchObject({ phase: 'shifting', hold: { code: 'metrics_unknown' } });
    expect(decide(rollout, at(4, sampleAt(50))).next).toMatchObject({ phase: 'analysing', hold: null });
  });

  it('bakes when all traffic has arrived', () => {
    const full = { ...shifting, desiredPercent: 100, confirmedPercent: 75 };
    expect(decide(full, look(100, { sample: sampleAt(100, {}, { requests: 0 }) })).next).toMatchObject({
      phase: 'baking',
      clock: { neededTicks: 120 },
    });
  });

  it('acts on a critical breach on the first sample', () => {
    const { next, effects } = decide(shifting, look(50, { sample: sampleAt(50, { errors: 400 }) }));
    expect(next).toMatchObject({
      phase: 'draining',
      drainTowards: 'stable',
      desiredPercent: 0,
      cause: { code: 'rule_breached_critical' },
    });
    expect(weights(effects)).toEqual([0]);
  });
});

describe('analysing', () => {
  it('goes to the next step after the last known tick passed', () => {
    const { next, effects } = decide(lastTick(), look(25, { sample: sampleAt(25) }));
    expect(next).toMatchObject({ phase: 'shifting', desiredPercent: 50 });
    expect(weights(effects)).toEqual([50]);
  });

  it('counts nothing between ticks', () => {
    expect(decide(lastTick(), look(25)).next.clock.knownTicks).toBe(23);
  });

  it('counts one tick for one look, however long nobody looked', () => {
    const rollout = makeRollout();
    const late = look(25, { now: NOW + 3600 * SECOND, sample: sampleAt(25) });
    expect(decide(rollout, late).next).toMatchObject({
      phase: 'analysing',
      clock: { knownTicks: rollout.clock.knownTicks + 1 },
    });
  });

  it('rolls back on the second consecutive breach, not on the first', () => {
    const bad = sampleAt(25, { errors: 10 });
    const once = decide(lastTick(), look(25, { sample: bad }));
    expect(once.next).toMatchObject({ phase: 'analysing', breaches: { error_rate: 1 } });
    expect(decide(once.next, look(25, { sample: bad })).next).toMatchObject({
      phase: 'draining',
      cause: { text: 'Error rate 1 % against at most 0.5 %' },
    });
    expect(decide(once.next, look(25, { sample: sampleAt(25) })).next.breaches).toMatchObject({
      error_rate: 0,
    });
  });

  it('neither raises nor resets a count of breaches on unknown', () => {
    const once = decide(lastTick(), look(25, { sample: sampleAt(25, { errors: 10 }) }));
    const blind = decide(once.next, look(25, { sample: BLIND }));
    expect(blind.next).toMatchObject({
      phase: 'analysing',
      breaches: { error_rate: 1 },
      hold: { code: 'metrics_unknown' },
    });
  });

  it('holds through an outage and goes on by itself', () => {
    let rollout = lastTick();
    for (let second = 0; second < 60; second += 5)
      rollout = decide(rollout, look(25, { now: NOW + second * SECOND, sample: BLIND })).next;
    expect(rollout).toMatchObject({ phase: 'analysing', confirmedPercent: 25, clock: { knownTicks: 23 } });
    expect(rollout.hold?.query).toContain('istio_requests_total');
    const back = decide(rollout, look(25, { now: NOW + 65 * SECOND, sample: sampleAt(25) }));
    expect(back.next).toMatchObject({ phase: 'shifting', hold: null });
    expect(back.events.map((entry) => entry.code)).not.toContain('rollback');
  });

  it.each([10, 25, 50, 75, 100])(
    'moves nothing at %i %% through a minute without numbers, whatever their form',
    (percent) => {
      const forms = ['no_data', 'many_series', 'timeout', 'http_error', 'unreachable', 'bad_answer'] as const;
      const phase = percent === 100 ? 'baking' : 'analysing';
      for (const form of forms) {
        const step = makePlan().steps.indexOf(percent);
        const weight = { desiredPercent: percent, confirmedPercent: percent, peakPercent: percent };
        let rollout = lastTick({ phase, step, ...weight });
        for (let second = 0; second < 60; second += 5) {
          const sample = { stable: blind(form), candidate: blind(form) };
          const { next, effects } = decide(rollout, look(percent, { now: NOW + second * SECOND, sample }));
          expect(effects, form).toEqual([]);
          rollout = next;
        }
        expect(rollout, form).toMatchObject({ phase, step, ...weight, clock: { knownTicks: 23 } });
        expect(rollout.hold?.code, form).toBe('metrics_unknown');
      }
    },
  );

  it('rolls back after the blind time only where the plan says so', () => {
    const plan = makePlan({ analysis: { ...makePlan().analysis, unknown: 'rollback' } });
    const clock = { knownTicks: 3, neededTicks: 24, lastTickAt: NOW - 5000, blindSince: NOW - 2 * MINUTE };
    expect(decide(makeRollout({ plan, clock }), look(25, { sample: BLIND })).next.cause.code).toBe('blind');
    expect(decide(makeRollout({ clock }), look(25, { sample: BLIND })).next.phase).toBe('analysing');
  });

  it('does not raise the weight while pods are missing', () => {
    const { next } = decide(
      lastTick(),
      look(25, { sample: sampleAt(25), candidate: seen(pods({ ready: 1 })) }),
    );
    expect(next).toMatchObject({ phase: 'analysing', hold: { code: 'candidate_not_ready' } });
  });

  it('never advances on an unknown live weight', () => {
    const { next, effects } = decide(
      lastTick(),
      look(25, { sample: sampleAt(25), route: unseen('timeout') }),
    );
    expect(next).toMatchObject({ phase: 'analysing', hold: { code: 'cluster_unavailable' } });
    expect(effects).toEqual([]);
  });
});

describe('foreign hands', () => {
  it('takes a lowered weight as a rollback order, with or without the store', () => {
    for (const isStoreUp of [true, false]) {
      const { next, effects } = decide(
        makeRollout(),
        look(10, { route: seen({ percent: 10, lastWriter: 'kubectl-edit' }), isStoreUp }),
      );
      expect(next).toMatchObject({
        phase: 'draining',
        drainTowards: 'stable',
        cause: { code: 'foreign_edit_lowered' },
      });
      expect(next.cause.text).toContain('kubectl-edit');
      expect(weights(effects)).toEqual([0]);
    }
  });

  it('takes a raise that was undone before it was read back as a rollback order, not as a write still to come', () => {
    const raising = makeRollout({ phase: 'shifting', desiredPercent: 50, confirmedPercent: 25 });
    const reverted = look(25, { route: seen({ percent: 25, lastWriter: 'argocd-controller' }) });
    expect(weights(decide(raising, reverted).effects)).toEqual([50]);
    const { next } = decide(raising, { ...reverted, written: 50 });
    expect(next).toMatchObject({ phase: 'draining', cause: { code: 'foreign_edit_lowered' } });
    expect(next.cause.text).toContain('argocd-controller lowered the candidate from 50 % to 25 %');
  });

  it('takes a lowered weight as a rollback order even while it is paused over foreign edits', () => {
    const paused = makeRollout({
      phase: 'paused',
      pausedFrom: 'analysing',
      cause: { code: 'foreign_edit', text: 'argocd-controller', at: NOW, by: null },
    });
    expect(decide(paused, look(10)).next).toMatchObject({
      phase: 'draining',
      cause: { code: 'foreign_edit_lowered' },
    });
  });

  it('does not fight over a weight that a person took down and somebody puts up again', () => {
    const down = makeRollout({ phase: 'paused', pausedFrom: 'analysing', desiredPercent: 10 });
    expect(weights(decide(down, look(25)).effects)).toEqual([10]);
    expect(weights(decide(down, look(25, { written: 10 })).effects)).toEqual([]);
  });

  it('sets another weight back twice in two minutes, then pauses and names the writer', () => {
    let rollout = makeRollout();
    const raised = (second: number) =>
      look(60, { now: NOW + second * SECOND, route: seen({ percent: 60, lastWriter: 'argocd-controller' }) });
    for (const second of [0, 5]) {
      const decision = decide(rollout, raised(second));
      expect(weights(decision.effects)).toEqual([25]);
      rollout = decision.next;
    }
    const third = decide(rollout, raised(10));
    expect(third.next).toMatchObject({
      phase: 'paused',
      pausedFrom: 'analysing',
      step: 1,
      clock: rollout.clock,
    });
    expect(third.next.cause.text).toContain('argocd-controller');
    expect(third.effects).toEqual([]);
  });
});

describe('asked by people', () => {
  it.each(['preparing', 'probing', 'shifting', 'analysing', 'paused', 'baking'] as const)(
    'rolls back at once in %s',
    (phase) => {
      const { next, effects } = decide(makeRollout({ phase, asks: [ask('rollback')] }), look(25));
      expect(next).toMatchObject({
        phase: 'draining',
        drainTowards: 'stable',
        asks: [],
        cause: { by: ASHA },
      });
      expect(weights(effects)).toEqual([0]);
    },
  );

  it('rolls back by weight alone while the former stable drains', () => {
    const { effects } = decide(
      makeRollout({
        phase: 'draining',
        drainTowards: 'candidate',
        confirmedPercent: 100,
        desiredPercent: 100,
        asks: [ask('rollback')],
      }),
      look(100),
    );
    expect(kinds(effects)).toEqual(['set-weight']);
  });

  it('rolls back though stable is not fully healthy, and pages when it has no endpoint at all', () => {
    const asked = makeRollout({ asks: [ask('rollback')] });
    const nine = decide(asked, look(25, { stable: seen(stablePods({ replicas: 10, ready: 9 })) }));
    expect(weights(nine.effects)).toEqual([0]);
    const none = decide(asked, look(25, { stable: seen(stablePods({ ready: 0 })) }));
    expect(none.effects).toEqual([]);
    expect(none.next).toMatchObject({ phase: 'paused', cause: { code: 'stable_unavailable' } });
    expect(none.events).toMatchObject([{ code: 'needs_you', mention: 'page' }]);
  });

  it('keeps step and clock through hold and go', () => {
    const held = decide(makeRollout({ asks: [ask('hold')] }), look(25));
    expect(held.next).toMatchObject({ phase: 'paused', step: 1, clock: { knownTicks: 10 } });
    expect(decide({ ...held.next, asks: [ask('go')] }, look(25)).next).toMatchObject({
      phase: 'analysing',
      step: 1,
      clock: { knownTicks: 10 },
      asks: [],
    });
  });

  it('judges rules while it is paused with traffic', () => {
    const paused = makeRollout({ phase: 'paused', pausedFrom: 'analysing' });
    expect(decide(paused, look(25, { sample: sampleAt(25, { errors: 100 }) })).next.phase).toBe('draining');
  });

  it('goes down at once, pauses there, and analyses wholly before it goes on', () => {
    const down = decide(
      makeRollout({ asks: [{ kind: 'traffic', by: ASHA, at: NOW, percent: 10 }] }),
      look(25),
    );
    expect(weights(down.effects)).toEqual([10]);
    expect(down.next).toMatchObject({ phase: 'paused', desiredPercent: 10 });
    const there = decide(down.next, look(10));
    expect(there.next).toMatchObject({ phase: 'paused', confirmedPercent: 10 });
    const on = decide({ ...there.next, asks: [ask('go')] }, look(10));
    expect(on.next).toMatchObject({ phase: 'shifting', step: 0, clock: { knownTicks: 0 } });
    const seenThere = decide(on.next, look(10, { sample: sampleAt(10) }));
    expect(seenThere.next).toMatchObject({ phase: 'analysing', step: 0, clock: { knownTicks: 0 } });
  });

  it('goes up to N only by an approval for that step, and on at the first step above it', () => {
    const open = openApproval(
      'a2',
      { kind: 'traffic', step: 1, percent: 60 },
      makePlan().digest,
      ASHA,
      POLICY,
      NOW,
    );
    expect(weights(decide(makeRollout({ approvals: [APPROVED, open] }), look(25)).effects)).toEqual([]);
    const up = decide(makeRollout({ approvals: [APPROVED, { ...open, state: 'approved' }] }), look(25));
    expect(weights(up.effects)).toEqual([60]);
    const at60 = lastTick({ ...up.next, phase: 'analysing', confirmedPercent: 60, clock: lastTick().clock });
    expect(weights(decide(at60, look(60, { sample: sampleAt(60) })).effects)).toEqual([75]);
    const late = makeRollout({
      step: 2,
      confirmedPercent: 50,
      desiredPercent: 50,
      approvals: [APPROVED, { ...open, state: 'approved' }],
    });
    expect(decide(late, look(50)).next.approvals[1]).toMatchObject({ state: 'void' });
  });
});

describe('draining', () => {
  const back = makeRollout({
    phase: 'draining',
    drainTowards: 'stable',
    desiredPercent: 0,
    cause: { code: 'asked_rollback', text: 'Asha rolled back', at: NOW, by: ASHA },
  });

  it('says rolled back only when weight and observed rate are 0', () => {
    expect(decide(back, look(0, { sample: sampleAt(10) })).next.phase).toBe('draining');
    expect(decide(back, look(0, { sample: BLIND })).next).toMatchObject({
      phase: 'draining',
      hold: { code: 'stable_rate_unknown' },
    });
    const done = decide(
      back,
      look(0, { sample: { stable: workload(), candidate: workload({ requests: 0 }) } }),
    );
    expect(done.next.phase).toBe('rolled-back');
    expect(kinds(done.effects)).toEqual(['scale', 'release-route', 'release-claim']);
  });

  it('writes weight 0 again until the object has it', () => {
    expect(weights(decide(back, look(25)).effects)).toEqual([0]);
    expect(weights(decide(back, look(25, { route: unseen('timeout') })).effects)).toEqual([0]);
  });

  it('sets a weight that somebody gives the candidate again back to 0 twice in two minutes, then says who it is', () => {
    const raised = (second: number, written: number | null = 0) =>
      look(5, {
        now: NOW + second * SECOND,
        route: seen({ percent: 5, lastWriter: 'argocd-controller' }),
        written,
      });
    let rollout: typeof back = { ...back, confirmedPercent: 25 };
    // Not undone: 0 was never there.
    expect(weights(decide(rollout, raised(0, null)).effects)).toEqual([0]);
    expect(decide(rollout, raised(0, null)).next.reasserts).toEqual([]);
    for (const second of [1, 2]) {
      const decision = decide(rollout, raised(second));
      expect(weights(decision.effects)).toEqual([0]);
      expect(decision.events.map(({ code }) => code)).toEqual(['foreign_edit']);
      rollout = decision.next;
    }
    const third = decide(rollout, raised(3));
    expect(weights(third.effects)).toEqual([]);
    expect(third.next).toMatchObject({
      phase: 'draining',
      confirmedPercent: 5,
      hold: { code: 'way_back_contested' },
    });
    expect(third.next.hold?.text).toContain('argocd-controller keeps setting 5 %');
    expect(weights(decide(third.next, raised(122)).effects)).toEqual([0]);
    const { next } = decide(third.next, look(0, { now: NOW + 5 * SECOND, sample: sampleAt(10) }));
    expect(next).toMatchObject({ phase: 'draining', confirmedPercent: 0, hold: null });
  });

  it('keeps the pods of a candidate that somebody gave traffic again, until 0 has stayed for two minutes', () => {
    const contested = { ...back, reasserts: [NOW - 10 * SECOND] };
    const quiet = { stable: workload(), candidate: workload({ requests: 0 }) };
    const soon = decide(contested, look(0, { sample: quiet }));
    expect(kinds(soon.effects)).toEqual([]);
    expect(soon.next).toMatchObject({ phase: 'draining', hold: { code: 'way_back_contested' } });
    const later = decide(soon.next, look(0, { now: NOW + 110 * SECOND, sample: quiet }));
    expect(later.next.phase).toBe('rolled-back');
  });

  it('ends as failed, not verified, when a person says go though nothing can be seen', () => {
    const { next } = decide(
      { ...back, asks: [ask('go')], hold: { code: 'stable_rate_unknown', text: '', since: NOW } },
      look(0, { sample: BLIND }),
    );
    expect(next).toMatchObject({ phase: 'failed', cause: { code: 'drain_unverified' } });
  });

  const forward = makeRollout({
    phase: 'draining',
    drainTowards: 'candidate',
    phaseSince: NOW - 11 * MINUTE,
    desiredPercent: 100,
    confirmedPercent: 100,
    step: 4,
  });

  it('scales the former stable down in two passes, once it gets no request', () => {
    const sample = sampleAt(100, {}, { requests: 0 });
    const first = decide(forward, look(100, { sample }));
    expect(first).toMatchObject({ next: { phase: 'draining', cause: { code: 'drained' } }, effects: [] });
    const second = decide(first.next, look(100, { sample }));
    expect(second.next.phase).toBe('promoted');
    expect(second.effects[0]).toEqual({ kind: 'scale', role: 'stable', replicas: 0 });
  });

  it('does not scale a former stable down that still gets requests', () => {
    const { next, effects } = decide(forward, look(100, { sample: sampleAt(99) }));
    expect(next).toMatchObject({ phase: 'draining', hold: { code: 'stable_rate_unknown' } });
    expect(effects).toEqual([]);
  });

  it('flips back on a breach in the bake and in the drain', () => {
    const bad = look(100, { sample: sampleAt(100, { errors: 400 }, { requests: 0 }) });
    expect(weights(decide(forward, bad).effects)).toEqual([0]);
    expect(weights(decide({ ...forward, phase: 'baking', drainTowards: null }, bad).effects)).toEqual([0]);
  });
});

describe('a rollout that waits for a person', () => {
  it('mentions after 10 min, escalates after 20, and returns to stable after 60 at partial weight', () => {
    let rollout = makeRollout({
      phase: 'paused',
      pausedFrom: 'analysing',
      needsSince: NOW,
      cause: { code: 'asked_hold', text: 'Paused by Asha', at: NOW, by: ASHA },
    });
    const codes: string[] = [];
    for (let minute = 1; minute <= 60; minute++) {
      const decision = decide(
        rollout,
        look(rollout.phase === 'paused' ? 25 : 0, { now: NOW + minute * MINUTE, sample: sampleAt(25) }),
      );
      codes.push(...decision.events.map((entry) => `${minute}:${entry.code}`));
      rollout = decision.next;
    }
    expect(codes).toEqual(['10:needs_you', '20:escalated', '60:rollback']);
  });
});

describe('without the state store', () => {
  it('advances nothing, and still rolls back on a breach', () => {
    const passed = decide(lastTick(), look(25, { isStoreUp: false, sample: sampleAt(25) }));
    expect(passed).toMatchObject({
      next: { phase: 'analysing', hold: { code: 'store_unavailable' } },
      effects: [],
    });
    const breached = decide(
      lastTick(),
      look(25, { isStoreUp: false, sample: sampleAt(25, { errors: 400 }) }),
    );
    expect(breached.effects).toEqual([{ kind: 'set-weight', percent: 0 }]);
  });
});
