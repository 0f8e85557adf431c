import { describe, expect, it } from 'vitest';
import { openApproval } from '../../../src/core/approval/decide-vote.ts';
import { decide } from '../../../src/core/rollout/decide.ts';
import { seen } from '../../../src/core/rollout/decision.ts';
import { planDigest } from '../../../src/core/rollout/plan-digest.ts';
import type { Rollout } from '../../../src/core/rollout/rollout.ts';
import {
  type Configured,
  memoryOf,
  type RouteMemory,
  restore,
} from '../../../src/core/rollout/route-memory.ts';
import { look, pods, sampleAt, stablePods } from '../../support/observed.ts';
import {
  ASHA,
  BHARAT,
  MINUTE,
  makePlan,
  makeRollout,
  POLICY,
  T0,
  vote,
} from '../../support/rollout-fixtures.ts';

const PLAN = { ...makePlan(), digest: planDigest(makePlan()) };
const LOST = T0 + 6 * MINUTE;
const configured: Configured = {
  target: PLAN.target,
  cluster: PLAN.cluster,
  namespace: PLAN.namespace,
  route: PLAN.route,
  repository: PLAN.to.repository,
  template: PLAN.template,
  container: PLAN.container,
  channel: 'C0WARROOM',
  approval: POLICY,
};
const remembered = (rollout: Partial<Rollout> = {}, percent = 25): RouteMemory =>
  memoryOf(makeRollout({ plan: PLAN, ...rollout }), PLAN, percent);

const restoredFrom = (memory: RouteMemory, live: number | null): Rollout => {
  const outcome = restore(memory, live, configured, LOST);
  if (outcome.kind !== 'restored') throw new Error(outcome.why);
  return outcome.rollout;
};
const lost = (changes: Partial<Rollout> = {}): Rollout => ({
  ...restoredFrom(remembered(), 25),
  ...changes,
});
const at = (minutes: number, percent: number, overrides = {}) =>
  look(percent, { now: LOST + minutes * MINUTE, ...overrides });

describe('a restored rollout', () => {
  it('is paused where the route has it, and says why; nothing of its approvals is believed', () => {
    expect(restoredFrom(remembered(), 25)).toMatchObject({
      id: makeRollout().id,
      phase: 'paused',
      cause: { code: 'state_lost', text: expect.stringContaining('at 25 %') },
      confirmedPercent: 25,
      desiredPercent: 25,
      step: 1,
      approvals: [],
      asks: [],
      needsSince: LOST,
      lostAt: LOST,
      pausedFrom: 'shifting',
      reason: makeRollout().reason,
      createdAt: T0,
    });
  });

  it.each([
    ['before it had traffic', { peakPercent: 0, confirmedPercent: 0 }, 0, 0, 'paused', 'preparing'],
    ['at 100 %', { peakPercent: 100 }, 100, 100, 'paused', 'shifting'],
    ['raised by hand', {}, 25, 40, 'paused', 'shifting'],
    ['with a route that cannot be read', {}, 25, null, 'paused', 'shifting'],
    ['after its weight was taken back to 0', {}, 0, 0, 'draining', null],
    ['on its way back', { phase: 'draining', drainTowards: 'stable' }, 0, 0, 'draining', null],
  ] as const)('%s stands where it stood', (_name, rollout, written, live, phase, pausedFrom) => {
    const restored = restoredFrom(remembered(rollout, written), live);
    expect(restored).toMatchObject({
      phase,
      pausedFrom,
      confirmedPercent: Math.max(written, live ?? written),
    });
  });

  it('on its way back keeps its reason and ends rolled back', () => {
    const why = { code: 'rule_breached', text: 'Error rate 6 %', at: T0, by: null } as const;
    const memory = remembered({ phase: 'draining', drainTowards: 'stable', cause: why }, 0);
    const { next } = decide(restoredFrom(memory, 0), at(1, 0, { sample: sampleAt(0, { requests: 0 }) }));
    expect(next).toMatchObject({ phase: 'rolled-back', cause: { text: 'Error rate 6 %' } });
  });

  it('takes a weight below its own last write as the rollback order that it is', () => {
    const { next, effects } = decide(restoredFrom(remembered(), 10), at(0, 10));
    expect(next).toMatchObject({ phase: 'draining', cause: { code: 'foreign_edit_lowered' } });
    expect(effects).toEqual([{ kind: 'set-weight', percent: 0 }]);
  });

  it.each([
    ['without its plan', { plan: null }, /too large/],
    ['with another plan than was made', { plan: { ...PLAN, steps: [100] } }, /not the one that was made/],
    ['of another service', { target: { ...PLAN.target, service: 'ledger' } }, /another target/],
  ] as const)('%s there is none', (_name, change, why) => {
    const outcome = restore({ ...remembered(), ...change }, 25, configured, LOST);
    expect(outcome).toMatchObject({ kind: 'unusable', why: expect.stringMatching(why) });
  });

  it('is shown where the configuration says', () => {
    expect(restoredFrom({ ...remembered(), channel: 'C0RANDOM' }, 25).channel).toBe('C0WARROOM');
  });

  it('whose weight rose again on its way back goes back as any, in steps where stable is short of pods', () => {
    const memory = remembered({ phase: 'draining', drainTowards: 'stable' }, 0);
    const restored = restoredFrom(memory, 40);
    expect(decide(restored, at(0, 40)).effects).toEqual([{ kind: 'set-weight', percent: 0 }]);
    const short = seen(stablePods({ rolloutId: 'r-000000000001', digest: PLAN.from.digest, ready: 2 }));
    const { effects } = decide(restored, at(0, 40, { stable: short }));
    expect(effects).toContainEqual({ kind: 'set-weight', percent: 34 });
  });

  it.each(['cluster', 'namespace', 'repository', 'template', 'container'] as const)(
    'with another %s than the configuration has there is none',
    (part) => {
      const elsewhere = { ...configured, [part]: 'elsewhere' };
      expect(restore(remembered(), 25, elsewhere, LOST)).toMatchObject({ kind: 'unusable' });
    },
  );

  it('asks whom the configuration names, whatever the route says', () => {
    const forged = { ...PLAN, approval: { ...POLICY, users: ['U0MALLORY'], needed: 0 } };
    const memory = { ...remembered(), plan: { ...forged, digest: planDigest(forged) } };
    const { plan } = restoredFrom(memory, 25);
    expect(plan?.approval).toEqual(POLICY);
    expect(plan?.digest).toBe(plan && planDigest(plan));
  });

  it('asks nobody where the configuration wants no approval', () => {
    const open = { ...configured, approval: { ...POLICY, needed: 0 } };
    const outcome = restore(remembered(), 25, open, LOST);
    if (outcome.kind !== 'restored') throw new Error(outcome.why);
    const told = { ...outcome.rollout, asks: [{ kind: 'go' as const, by: ASHA, at: LOST + 1 }] };
    expect(decide(told, at(1, 25)).next.phase).toBe('shifting');
  });

  it('carries no address of a person', () => {
    const memory = remembered({ drainTowards: 'stable', cause: { ...makeRollout().cause, by: ASHA } });
    expect(JSON.stringify({ ...memory, plan: null })).not.toContain('@');
  });
});

describe('after lost state', () => {
  const approval = {
    ...openApproval('a1', { kind: 'resume', step: 1, percent: 25 }, PLAN.digest, ASHA, POLICY, LOST + MINUTE),
    state: 'approved' as const,
    votes: [vote(BHARAT)],
    decidedAt: LOST + 2 * MINUTE,
  };

  it('a go without an approval moves nothing on', () => {
    const told = lost({ asks: [{ kind: 'go', by: ASHA, at: LOST + 1 }] });
    expect(decide(told, at(1, 25))).toMatchObject({ next: { phase: 'paused' }, effects: [] });
  });

  it('an approval does, from the weight that the route has, with a whole analysis', () => {
    const { next } = decide(lost({ approvals: [approval] }), at(3, 25));
    expect(next).toMatchObject({
      phase: 'shifting',
      desiredPercent: 25,
      lostAt: null,
      clock: { knownTicks: 0 },
      approvals: [{ state: 'applied' }],
    });
  });

  it('an approval before it had traffic begins with pods and probes again', () => {
    const memory = remembered({ peakPercent: 0, confirmedPercent: 0 }, 0);
    const subject = { kind: 'resume', step: -1, percent: 0 } as const;
    const rollout = { ...restoredFrom(memory, 0), approvals: [{ ...approval, subject }] };
    const { next, effects } = decide(rollout, at(3, 0));
    expect(next).toMatchObject({ phase: 'preparing', desiredPercent: 0 });
    expect(effects).toEqual([]);
  });

  it('an approval of another weight is void', () => {
    const other = { ...approval, subject: { ...approval.subject, percent: 10 } };
    const { next } = decide(lost({ approvals: [other] }), at(3, 25));
    expect(next).toMatchObject({ phase: 'paused', approvals: [{ state: 'void' }] });
  });

  it('an approval of more traffic waits for that one', () => {
    const subject = { kind: 'traffic', step: 1, percent: 75 } as const;
    const more = { ...approval, subject, planDigest: lost().plan?.digest ?? '' };
    expect(decide(lost({ approvals: [more], lostAt: null }), at(3, 25)).next.desiredPercent).toBe(75);
    expect(decide(lost({ approvals: [more] }), at(3, 25))).toMatchObject({
      next: { phase: 'paused' },
      effects: [],
    });
  });

  it('an approval waits out the first breach, and a second one rolls back', () => {
    const breach = (minutes: number) => at(minutes, 25, { sample: sampleAt(25, { errors: 20 }) });
    const first = decide(lost({ approvals: [approval] }), breach(3));
    expect(first.next).toMatchObject({ phase: 'paused', breaches: { error_rate: 1 } });
    const second = decide(first.next, breach(4));
    expect(second.next).toMatchObject({ phase: 'draining', cause: { code: 'rule_breached' } });
    expect(second.effects).toEqual([{ kind: 'set-weight', percent: 0 }]);
  });

  it('rules are judged while it is paused', () => {
    const { next } = decide(lost(), at(1, 25, { sample: sampleAt(25, { errors: 200 }) }));
    expect(next).toMatchObject({ phase: 'draining', cause: { code: 'rule_breached_critical' } });
  });

  it('nobody within 60 minutes returns it to stable', () => {
    const { next } = decide(lost(), at(61, 25));
    expect(next).toMatchObject({ phase: 'draining', cause: { code: 'left_alone_too_long' } });
  });

  it('at 100 % it stays, and is never promoted by itself', () => {
    let rollout = restoredFrom(remembered({ peakPercent: 100 }, 100), 100);
    for (let minutes = 0; minutes < 300; minutes += 5) {
      const sample = sampleAt(100);
      const { next, effects } = decide(rollout, at(minutes, 100, { sample, candidate: seen(pods()) }));
      expect(effects).toEqual([]);
      rollout = next;
    }
    expect(rollout.phase).toBe('paused');
  });
});
