/** Approvals inside a running rollout: what each may do, and when it is void. */
import { describe, expect, it } from 'vitest';
import type { Approval, ApprovalSubject } from '../../../src/core/approval/approval.ts';
import { openApproval } from '../../../src/core/approval/decide-vote.ts';
import { needsDrive } from '../../../src/core/rollout/agenda.ts';
import { decide } from '../../../src/core/rollout/decide.ts';
import { type Observed, seen } from '../../../src/core/rollout/decision.ts';
import { evidenceWanted } from '../../../src/core/rollout/midway.ts';
import type { Plan } from '../../../src/core/rollout/plan.ts';
import type { Rollout } from '../../../src/core/rollout/rollout.ts';
import { BLIND, blind, look, pods, sampleAt, workload } from '../../support/observed.ts';
import {
  APPROVED,
  ASHA,
  BHARAT,
  CHITRA,
  MINUTE,
  makePlan,
  makeRollout,
  POLICY,
  SECOND,
  T0,
  vote,
} from '../../support/rollout-fixtures.ts';

const NOW = look(0).now;
const PROMOTE: ApprovalSubject = { kind: 'promote', step: 1 };
const EVIDENCE: ApprovalSubject = { kind: 'evidence', step: 1, percent: 50 };
const UP: ApprovalSubject = { kind: 'traffic', step: 1, percent: 60 };
const planWith = (analysis: Partial<Plan['analysis']>): Plan =>
  makePlan({ analysis: { ...makePlan().analysis, ...analysis } });
const LENIENT = planWith({ lowTraffic: 'approve' });
const FEW = { requests: 12 };
const few = (percent = 25) => sampleAt(percent, FEW);

const asked = (subject: ApprovalSubject, overrides: Partial<Approval> = {}): Approval => ({
  ...openApproval('a2', subject, makePlan().digest, BHARAT, POLICY, NOW - MINUTE),
  ...overrides,
});
const yes = (subject: ApprovalSubject, overrides: Partial<Approval> = {}): Approval =>
  asked(subject, { state: 'approved', votes: [vote(CHITRA)], decidedAt: NOW - SECOND, ...overrides });
const running = (approval: Approval | null, overrides: Partial<Rollout> = {}): Rollout =>
  makeRollout({ approvals: approval ? [APPROVED, approval] : [APPROVED], plan: LENIENT, ...overrides });
const weights = (rollout: Rollout, observed: Observed) =>
  decide(rollout, observed).effects.flatMap((effect) =>
    effect.kind === 'set-weight' ? [effect.percent] : [],
  );
const stateAfter = (rollout: Rollout, observed: Observed) =>
  decide(rollout, observed).next.approvals.find(({ id }) => id === 'a2')?.state;

describe('promote', () => {
  const PASS = look(25, { sample: sampleAt(25) });

  it('moves all traffic in one write on a look that passes every rule, names who approved, and bakes in full', () => {
    const { next, effects } = decide(running(yes(PROMOTE)), PASS);
    expect(effects).toEqual([{ kind: 'set-weight', percent: 100 }]);
    expect(next).toMatchObject({ phase: 'shifting', desiredPercent: 100, cause: { code: 'asked_promote' } });
    expect(next.cause.text).toContain('approval of Chitra');
    expect(next.approvals[1]).toMatchObject({ state: 'applied' });
    expect(next.clock).toMatchObject({ knownTicks: 0, neededTicks: 120 });
    const arrived = decide({ ...next, phaseSince: NOW }, look(100, { sample: sampleAt(100) })).next;
    expect(arrived).toMatchObject({ phase: 'baking', clock: { knownTicks: 0, neededTicks: 120 } });
  });

  const NOT_YET: readonly (readonly [string, Rollout, Observed])[] = [
    ['before a yes', running(asked(PROMOTE)), PASS],
    ['on a look that is no tick', running(yes(PROMOTE)), look(25)],
    ['on an unknown', running(yes(PROMOTE)), look(25, { sample: BLIND })],
    ['on too few requests', running(yes(PROMOTE)), look(25, { sample: few() })],
    ['on a first breach', running(yes(PROMOTE)), look(25, { sample: sampleAt(25, { errors: 20 }) })],
    [
      'without pods for all the traffic',
      running(yes(PROMOTE)),
      look(25, { sample: sampleAt(25), candidate: seen(pods({ ready: 2 })) }),
    ],
    [
      'while the object has another weight',
      running(yes(PROMOTE)),
      look(30, { sample: sampleAt(25), written: 25 }),
    ],
    ['while it shifts', running(yes(PROMOTE), { phase: 'shifting', phaseSince: NOW }), PASS],
    ['for another step', running(yes({ kind: 'promote', step: 0 })), PASS],
    ['for another plan', running(yes(PROMOTE, { planDigest: 'f'.repeat(64) })), PASS],
    [
      'after somebody paused it',
      running(yes(PROMOTE), { phase: 'paused', pausedFrom: 'analysing', phaseSince: NOW }),
      PASS,
    ],
    ['while the store is away', running(yes(PROMOTE)), { ...PASS, isStoreUp: false }],
  ];
  it.each(NOT_YET)('moves nothing up %s', (_, rollout, observed) => {
    for (const percent of weights(rollout, observed)) expect(percent).toBeLessThanOrEqual(25);
    expect(decide(rollout, observed).next.desiredPercent).toBeLessThanOrEqual(25);
  });

  it('gives way to a breach that is due', () => {
    const { next } = decide(
      running(yes(PROMOTE), { breaches: { error_rate: 1 } }),
      look(25, { sample: sampleAt(25, { errors: 20 }) }),
    );
    expect(next).toMatchObject({
      phase: 'draining',
      drainTowards: 'stable',
      cause: { code: 'rule_breached' },
    });
  });

  it('asked while a shift is on its way is for the step that it leads to', () => {
    const shifting = running(yes({ kind: 'promote', step: 2 }), {
      phase: 'shifting',
      desiredPercent: 50,
      phaseSince: NOW,
    });
    const reached = decide(shifting, look(50, { sample: sampleAt(50) })).next;
    expect(reached).toMatchObject({ phase: 'analysing', step: 2 });
    expect(weights(reached, look(50, { sample: sampleAt(50), now: NOW + 5000 }))).toEqual([100]);
  });
});

describe('going on without evidence', () => {
  const held = decide(running(null), look(25, { sample: few() })).next;

  it('is wanted where too few requests hold a step of a plan that says so', () => {
    expect(held.hold).toMatchObject({ code: 'too_few_requests', mayBeApproved: true });
    expect(evidenceWanted(held)).toEqual(EVIDENCE);
    const waiting = decide(running(null, { plan: makePlan() }), look(25, { sample: few() })).next;
    expect(waiting.hold).toMatchObject({ code: 'too_few_requests', mayBeApproved: false });
    expect(evidenceWanted(waiting)).toBeNull();
    expect(evidenceWanted(decide(running(null), look(25, { sample: BLIND })).next)).toBeNull();
  });

  it('takes the next step once approved, and nothing more', () => {
    const { next, effects } = decide(
      { ...held, approvals: [APPROVED, yes(EVIDENCE)] },
      look(25, { sample: few() }),
    );
    expect(effects).toEqual([{ kind: 'set-weight', percent: 50 }]);
    expect(next).toMatchObject({ phase: 'shifting', cause: { code: 'without_evidence' } });
    expect(next.approvals[1]).toMatchObject({ state: 'applied' });
    const later = { ...next, phase: 'analysing' as const, step: 2, confirmedPercent: 50 };
    expect(weights(later, look(50, { sample: few(50), now: NOW + 5000 }))).toEqual([]);
  });

  it('counts a candidate without a single request in the window as low traffic, seen as it is', () => {
    const none = sampleAt(25, { requests: 0, p95Ms: Number.NaN, paymentSuccess: 100 });
    const plan = { ...LENIENT, rules: LENIENT.rules.map((rule) => ({ ...rule, isRatio: true })) };
    expect(weights(running(yes(EVIDENCE), { plan }), look(25, { sample: none }))).toEqual([50]);
  });

  const STAYS: readonly (readonly [string, Rollout, Observed])[] = [
    ['before a yes', running(asked(EVIDENCE)), look(25, { sample: few() })],
    ['on a look that is no tick', running(yes(EVIDENCE)), look(25)],
    ['while Prometheus is away', running(yes(EVIDENCE)), look(25, { sample: BLIND })],
    [
      'while one rule is unknown for another reason',
      running(yes(EVIDENCE)),
      look(25, {
        sample: {
          stable: workload(),
          candidate: { ...workload(FEW), own: { payment_success: blind('timeout').requests } },
        },
      }),
    ],
    [
      'on stale numbers',
      running(yes(EVIDENCE)),
      look(25, { sample: sampleAt(25, { ...FEW, ageMs: 60_000 }) }),
    ],
    [
      'without a series of the candidate',
      running(yes(EVIDENCE)),
      look(25, { sample: sampleAt(25, { requests: null }) }),
    ],
    ['under a plan that waits', running(yes(EVIDENCE), { plan: makePlan() }), look(25, { sample: few() })],
    [
      'without pods for the step',
      running(yes(EVIDENCE)),
      look(25, { sample: few(), candidate: seen(pods({ ready: 1 })) }),
    ],
    ['for another step', running(yes({ ...EVIDENCE, step: 2 })), look(25, { sample: few() })],
    ['to another weight', running(yes({ ...EVIDENCE, percent: 75 })), look(25, { sample: few() })],
    [
      'while somebody holds it',
      running(yes(EVIDENCE, { decidedAt: NOW }), {
        phase: 'paused',
        pausedFrom: 'analysing',
        phaseSince: NOW - SECOND,
      }),
      look(25, { sample: few() }),
    ],
  ];
  it.each(STAYS)('moves nothing %s', (_, rollout, observed) => {
    expect(weights(rollout, observed)).toEqual([]);
    expect(decide(rollout, observed).next.desiredPercent).toBe(25);
  });

  it('never excuses failures: a burst of errors still rolls back', () => {
    const burst = look(25, { sample: sampleAt(25, { requests: 30, errors: 12 }) });
    const { next } = decide(running(yes(EVIDENCE), { breaches: { error_rate: 1 } }), burst);
    expect(next).toMatchObject({ phase: 'draining', drainTowards: 'stable' });
  });

  it('ends a bake by approval only after the bake had its whole time', () => {
    const last: ApprovalSubject = { kind: 'evidence', step: 4, percent: 100 };
    const baking = (since: number) =>
      running(yes(last), {
        phase: 'baking',
        step: 4,
        desiredPercent: 100,
        confirmedPercent: 100,
        phaseSince: since,
      });
    const tick = look(100, { sample: few(100) });
    const early = decide(baking(NOW - 9 * MINUTE), tick).next;
    expect(early).toMatchObject({ phase: 'baking', hold: { mayBeApproved: false } });
    const { next } = decide(baking(NOW - 10 * MINUTE), tick);
    expect(next).toMatchObject({
      phase: 'draining',
      drainTowards: 'candidate',
      cause: { code: 'without_evidence' },
    });
  });
});

describe('low traffic', () => {
  it('is no blindness: a plan that rolls back when blind waits for requests', () => {
    const plan = planWith({ unknown: 'rollback' });
    const clock = { knownTicks: 3, neededTicks: 24, lastTickAt: NOW - 5000, blindSince: NOW - 10 * MINUTE };
    expect(decide(running(null, { plan, clock }), look(25, { sample: few() })).next).toMatchObject({
      phase: 'analysing',
      clock: { blindSince: null, knownTicks: 3 },
    });
    expect(decide(running(null, { plan, clock }), look(25, { sample: BLIND })).next.phase).toBe('draining');
  });

  it.each(['wait', 'approve'] as const)(
    'under `%s` mentions, escalates and returns to stable',
    (lowTraffic) => {
      let rollout = running(null, { plan: planWith({ lowTraffic }) });
      const heard: string[] = [];
      for (let at = 0; at <= 61 && rollout.phase === 'analysing'; at += 1) {
        const { next, events } = decide(rollout, look(25, { sample: few(), now: NOW + at * MINUTE }));
        heard.push(...events.filter(({ mention }) => mention === 'page').map(({ code }) => code));
        rollout = next;
      }
      expect(heard).toEqual(['hold', 'needs_you', 'escalated', 'rollback']);
      expect(rollout).toMatchObject({ phase: 'draining', cause: { code: 'left_alone_too_long' } });
    },
  );
});

describe.each([
  ['traffic', UP],
  ['promote', PROMOTE],
  ['evidence', EVIDENCE],
] as const)('an approval of %s', (_, subject) => {
  const PHASES: readonly Partial<Rollout>[] = [
    {},
    { phase: 'paused', pausedFrom: 'analysing', phaseSince: T0 },
    { phase: 'shifting', phaseSince: NOW },
  ];

  it('reminds the approvers once and expires, driven or paused, and the look is judged all the same', () => {
    for (const overrides of PHASES) {
      const pending = asked(subject);
      const rollout = running(pending, overrides);
      const reminded = decide(rollout, look(25, { now: pending.remindAt }));
      expect(reminded.events).toMatchObject([{ code: 'reminder', mention: 'approvers' }]);
      expect(decide(reminded.next, look(25, { now: pending.remindAt })).events).toEqual([]);
      const expired = decide(rollout, look(25, { now: pending.expiresAt, sample: sampleAt(25) }));
      expect(expired.next.approvals[1]).toMatchObject({ state: 'expired' });
      expect(expired.events[0]).toMatchObject({ code: 'expired', mention: 'requester' });
      expect(expired.next.clock.lastTickAt).toBe(pending.expiresAt);
    }
  });

  it('wakes a rollout that nobody drives for its reminder and its end, also behind another', () => {
    const at = { step: -1, desiredPercent: 0, confirmedPercent: 0, phase: 'paused' as const };
    const pending = asked(subject);
    const other = {
      ...pending,
      id: 'a3',
      expiresAt: pending.expiresAt + MINUTE,
      remindAt: pending.expiresAt + 1,
    };
    const paused = makeRollout({ ...at, approvals: [APPROVED, other, pending] });
    expect(needsDrive(paused, pending.remindAt - 1)).toBe(false);
    expect(needsDrive(paused, pending.remindAt)).toBe(true);
    const reminded = { ...paused, approvals: [APPROVED, other, { ...pending, reminded: true }] };
    expect(needsDrive(reminded, pending.expiresAt - 1)).toBe(false);
    expect(needsDrive(reminded, pending.expiresAt)).toBe(true);
  });

  it('is good for no longer than the question was open', () => {
    const old = yes(subject, { decidedAt: NOW - POLICY.expiryMs, requestedAt: NOW - POLICY.expiryMs - 1 });
    expect(stateAfter(running(old), look(25, { sample: few() }))).toBe('expired');
  });

  it('is void after a pause, another plan, another step or a rollback, with no second line for that', () => {
    const paused = { phase: 'paused' as const, pausedFrom: 'analysing' as const, phaseSince: NOW };
    expect(stateAfter(running(yes(subject), paused), look(25))).toBe('void');
    expect(stateAfter(running(yes(subject, { planDigest: 'e'.repeat(64) })), look(25))).toBe('void');
    expect(stateAfter(running(yes({ ...subject, step: 3 })), look(25))).toBe('void');
    const back = running(asked(subject), { phase: 'draining', drainTowards: 'stable', desiredPercent: 0 });
    const { next, events } = decide(back, look(0));
    expect(next.approvals[1]?.state).toBe('void');
    expect(events.filter(({ code, inThread }) => code === 'void' && inThread)).toEqual([]);
  });

  it('loses to an order to go back that came with it', () => {
    const rollout = running(yes(subject), { asks: [{ kind: 'rollback', by: ASHA, at: NOW, reason: null }] });
    const { next, effects } = decide(rollout, look(25, { sample: few() }));
    expect(effects).toEqual([{ kind: 'set-weight', percent: 0 }]);
    expect(next.drainTowards).toBe('stable');
  });
});
