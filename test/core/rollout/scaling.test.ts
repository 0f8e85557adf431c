import { describe, expect, it } from 'vitest';
import type { AutoscalerState } from '../../../src/core/rollout/autoscaler.ts';
import { decide } from '../../../src/core/rollout/decide.ts';
import { ABSENT, type Observed, type ScalingSeen, seen, unseen } from '../../../src/core/rollout/decision.ts';
import type { Plan } from '../../../src/core/rollout/plan.ts';
import type { Phase, Rollout } from '../../../src/core/rollout/rollout.ts';
import { podsFor } from '../../../src/core/rollout/steps.ts';
import { look, pods, sampleAt, stablePods } from '../../support/observed.ts';
import { makePlan, makeRollout } from '../../support/rollout-fixtures.ts';
import { SCALER_PLAN, scaler } from '../../support/scaling.ts';

const ID = 'r-7k2m9qx4c1ab';
const NOW = look(0).now;
const BLUE = 'payment-gateway-blue';
const GREEN = 'payment-gateway-green';
const OWN = { kind: 'HorizontalPodAutoscaler', name: 'scaler' };
const TWIN = { kind: 'HorizontalPodAutoscaler', name: GREEN };

const rollout = (phase: Phase, overrides: Partial<Rollout> = {}, plan: Partial<Plan> = {}): Rollout =>
  makeRollout({
    phase,
    plan: makePlan({ autoscaler: SCALER_PLAN, probes: [], ...plan }),
    step: 0,
    desiredPercent: 10,
    confirmedPercent: 10,
    peakPercent: 10,
    phaseSince: NOW - 5000,
    ...overrides,
  });
const early = (phase: Phase, overrides: Partial<Rollout> = {}, plan: Partial<Plan> = {}): Rollout =>
  rollout(phase, { step: -1, desiredPercent: 0, confirmedPercent: 0, peakPercent: 0, ...overrides }, plan);

const floored = (overrides: Partial<AutoscalerState> = {}) =>
  scaler({ min: 3, floor: { rolloutId: ID, replicas: 3, ownMin: 2 }, ...overrides });
const twin = (overrides: Partial<AutoscalerState> = {}) =>
  scaler({ name: GREEN, uid: 'twin-1', target: GREEN, min: 3, madeBy: ID, ...overrides });
const scaling = (
  own: AutoscalerState | null,
  candidate: AutoscalerState | null,
  budget: ScalingSeen['budget'] = null,
): Partial<Observed> => ({ scaling: seen({ own, twin: candidate, budget }) });

const decided = (state: Rollout, observed: Observed) => {
  const { next, effects } = decide(state, observed);
  return { phase: next.phase, hold: next.hold?.text ?? null, effects };
};
const replicas = (count: number, ready = count) =>
  seen(stablePods({ rolloutId: 'r-0', digest: makePlan().from.digest, replicas: count, ready }));

describe('while a rollout lives', () => {
  it('nothing is raised before the candidate is there and ours: such a plan may still close as void', () => {
    for (const candidate of [ABSENT, seen(pods({ rolloutId: 'r-old' }))]) {
      const { effects } = decided(early('preparing'), look(0, { candidate, ...scaling(scaler(), null) }));
      expect(effects.map(({ kind }) => kind)).not.toContain('raise-floor');
    }
  });

  it.each([
    [
      'floor and twin where there is none',
      scaling(scaler(), null),
      [
        { kind: 'raise-floor', of: OWN, replicas: 3 },
        { kind: 'create-twin', of: TWIN, replicas: 3 },
      ],
    ],
    [
      'its own minimum where that is higher',
      scaling(scaler({ min: 5 }), twin({ min: 5 })),
      [{ kind: 'raise-floor', of: OWN, replicas: 5 }],
    ],
    [
      'never more than its own maximum',
      scaling(scaler({ max: 2 }), twin({ min: 2, max: 2 })),
      [{ kind: 'raise-floor', of: OWN, replicas: 2 }],
    ],
    [
      'the floor that a lost rollout left, from the minimum before that',
      scaling(scaler({ min: 9, floor: { rolloutId: 'r-lost', replicas: 9, ownMin: 2 } }), twin()),
      [{ kind: 'raise-floor', of: OWN, replicas: 3 }],
    ],
    [
      'a twin of its own, where a lost rollout left one',
      scaling(floored(), twin({ madeBy: 'r-lost' })),
      [{ kind: 'delete-twin', of: TWIN, uid: 'twin-1' }],
    ],
    ['patience while that goes', scaling(floored(), twin({ madeBy: 'r-lost', isBeingDeleted: true })), []],
  ])('it lays %s, and does not go on before', (_, observed, effects) => {
    const answer = decided(early('preparing'), look(0, { sample: sampleAt(0), ...observed }));
    expect(answer).toMatchObject({ phase: 'preparing', effects });
  });

  it('goes on once both stand', () => {
    const answer = decided(
      early('preparing'),
      look(0, { sample: sampleAt(0), ...scaling(floored(), twin()) }),
    );
    expect(answer).toMatchObject({ phase: 'probing', effects: [] });
  });

  it('goes on without the autoscaler that somebody took away', () => {
    const answer = decided(early('preparing'), look(0, { sample: sampleAt(0), ...scaling(null, null) }));
    expect(answer).toMatchObject({ phase: 'probing', effects: [] });
  });

  it.each([
    ['cannot be seen', { scaling: unseen('no answer') }, /cannot be seen: no answer/],
    ['is stopped', scaling(floored({ fault: 'is stopped' }), twin()), /HPA scaler is stopped/],
    ['could not be written', { ...scaling(floored(), twin()), fault: 'no right' }, /no right/],
    [
      'has a name that is taken',
      scaling(floored(), twin({ madeBy: null })),
      /payment-gateway-green is somebody else's/,
    ],
  ])('holds before traffic where it %s', (_, observed, text) => {
    const answer = decided(early('preparing'), look(0, { sample: sampleAt(0), ...observed }));
    expect(answer).toMatchObject({ phase: 'preparing', hold: expect.stringMatching(text) });
  });

  it.each(['probing', 'shifting', 'analysing', 'paused', 'baking'] as const)(
    'a twin that somebody deleted in %s is made again',
    (phase) => {
      const { effects } = decided(rollout(phase), look(10, scaling(floored(), null)));
      expect(effects).toContainEqual({ kind: 'create-twin', of: TWIN, replicas: 3 });
    },
  );

  it('a floor that somebody lowers stays lowered, and is told once', () => {
    const observed = look(10, scaling(floored({ min: 1 }), twin()));
    const first = decide(rollout('analysing'), observed);
    expect(first.effects).toEqual([]);
    expect(first.events.map(({ text }) => text)).toEqual([
      expect.stringMatching(/minimum of HPA scaler to 1, where 3/),
    ]);
    expect(decide(first.next, observed).events).toEqual([]);
  });
});

describe('an autoscaler that moves replicas in mid-rollout', () => {
  it('raises what the candidate needs for its share', () => {
    expect([50, 100].map((percent) => podsFor(makePlan(), percent, { stable: replicas(10) }))).toEqual([
      5, 10,
    ]);
    // Never less than what the plan found: stable is scaled down only once nobody needs it.
    expect(podsFor(makePlan(), 100, { stable: replicas(1) })).toBe(3);
  });

  it('lifts the twin with it, and holds the weight until the pods are ready', () => {
    const state = rollout('shifting', { desiredPercent: 50 });
    const observed = look(10, { stable: replicas(10), ...scaling(floored(), twin()) });
    expect(decided(state, observed)).toMatchObject({
      effects: [{ kind: 'raise-floor', of: TWIN, replicas: 10 }],
      hold: '3 candidate pods are seen ready, 5 are needed for 50 %',
    });
    const grown = { ...observed, ...scaling(floored(), twin({ min: 10 })) };
    expect(decided(state, { ...grown, candidate: seen(pods({ replicas: 10, ready: 5 })) })).toMatchObject({
      effects: [{ kind: 'set-weight', percent: 50 }],
    });
  });

  it('without a twin the candidate is scaled, a tick apart and never down', () => {
    const state = rollout('analysing', {}, {});
    const plain = { ...state, plan: makePlan({ probes: [] }) };
    const effect = { kind: 'scale', role: 'candidate', replicas: 10 };
    const observed = look(10, { stable: replicas(10) });
    expect(decided(plain, observed).effects).not.toContainEqual(effect);
    expect(decided(plain, { ...observed, sample: sampleAt(10) }).effects).toContainEqual(effect);
    const larger = { ...look(10, { stable: replicas(1) }), sample: sampleAt(10) };
    expect(decided(plain, larger).effects.filter(({ kind }) => kind === 'scale')).toEqual([]);
  });
});

describe('at the end', () => {
  const back = (overrides: Partial<Rollout> = {}) =>
    rollout('draining', { drainTowards: 'stable', desiredPercent: 0, confirmedPercent: 0, ...overrides });
  const drained = (plan: Partial<Plan> = {}) => {
    const state = rollout(
      'draining',
      { drainTowards: 'candidate', desiredPercent: 100, confirmedPercent: 100 },
      plan,
    );
    return {
      ...state,
      phaseSince: NOW - makePlan().times.drainMs,
      cause: { ...state.cause, code: 'drained' as const },
    };
  };

  it('of a rollback twin and floor go, before the candidate is taken down', () => {
    const observed = look(0, { sample: sampleAt(0), ...scaling(floored(), twin()) });
    expect(decided(back(), observed)).toMatchObject({
      phase: 'draining',
      effects: [
        { kind: 'delete-twin', of: TWIN, uid: 'twin-1' },
        { kind: 'settle-autoscaler', of: OWN, to: null },
      ],
    });
    expect(decided(back(), { ...observed, ...scaling(scaler(), null) })).toMatchObject({
      phase: 'rolled-back',
    });
  });

  it('of one that never had traffic as well', () => {
    const observed = look(0, scaling(floored(), null));
    expect(decided(back({ peakPercent: 0 }), observed)).toMatchObject({
      phase: 'draining',
      effects: [{ kind: 'settle-autoscaler', of: OWN, to: null }],
    });
  });

  it('of one whose drain nobody can show as well', () => {
    const told = { kind: 'go', by: { id: 'U1', name: 'Asha', email: null }, at: NOW } as const;
    const observed = look(0, {
      sample: { ...sampleAt(0), stable: sampleAt(0, {}, { requests: null }).stable },
    });
    const state = back({ asks: [told] });
    expect(decided(state, { ...observed, ...scaling(floored(), null) })).toMatchObject({
      phase: 'draining',
      effects: [{ kind: 'settle-autoscaler', of: OWN, to: null }],
    });
    expect(decided(state, { ...observed, ...scaling(scaler(), null) }).phase).toBe('failed');
  });

  it.each([
    [
      'the twin goes first: two over one Deployment stop each other',
      scaling(floored(), twin()),
      ['delete-twin'],
    ],
    ['and is waited for', scaling(floored(), twin({ isBeingDeleted: true })), []],
    ["then the service's own moves to the winner", scaling(floored(), null), ['settle-autoscaler']],
    [
      'wherever a crash left it',
      scaling(scaler({ target: GREEN, floor: floored().floor }), null),
      ['settle-autoscaler'],
    ],
  ])('of a promotion %s', (_, observed, effects) => {
    const answer = decided(drained(), look(100, observed));
    expect([answer.phase, answer.effects.map(({ kind }) => kind)]).toEqual(['draining', effects]);
  });

  it('of a promotion the former stable is taken down when the autoscaler is on the winner', () => {
    const observed = look(100, { sample: sampleAt(100), ...scaling(scaler({ target: GREEN }), null) });
    expect(decided(drained(), observed)).toMatchObject({
      phase: 'promoted',
      effects: [{ kind: 'scale', role: 'stable', replicas: 0 }, {}, {}],
    });
  });

  it('an autoscaler that somebody pointed elsewhere stays there', () => {
    const observed = look(100, scaling(floored({ target: 'ledger' }), null));
    expect(decided(drained(), observed).effects).toEqual([{ kind: 'settle-autoscaler', of: OWN, to: null }]);
  });

  it('a budget of one colour follows the winner', () => {
    const plan = { budget: 'pdb' };
    const observed = look(100, scaling(scaler({ target: GREEN }), null, 'blue'));
    expect(decided(drained(plan), observed).effects).toEqual([
      { kind: 'move-budget', name: 'pdb', to: 'green' },
    ]);
  });

  it('it holds and says so while it cannot be written', () => {
    const observed = look(100, { ...scaling(floored(), null), fault: 'no right' });
    expect(decided(drained(), observed)).toMatchObject({
      phase: 'draining',
      hold: 'Autoscaler and budget are not as they shall stay: no right',
    });
  });

  it('of a plan that is void after somebody deleted the candidate the floor goes too', () => {
    const observed = look(0, {
      candidate: ABSENT,
      stable: seen(stablePods({ digest: `sha256:${'9'.repeat(64)}` })),
      ...scaling(floored(), null),
    });
    expect(decided(early('preparing'), observed)).toMatchObject({
      phase: 'closed',
      effects: [{ kind: 'settle-autoscaler', of: OWN, to: null }, {}, {}],
    });
  });

  it('of an adoption the floor goes and the target stays where the move put it', () => {
    const own = floored({ target: BLUE });
    const plan: Partial<Plan> = {
      kind: 'adopt',
      stableColour: 'green',
      candidateColour: 'blue',
      autoscaler: { ...SCALER_PLAN, twin: null },
      adoption: {
        original: 'payment-gateway',
        colour: BLUE,
        autoscaler: { name: 'scaler', from: 'payment-gateway', to: BLUE },
        propagationMs: 0,
      },
    };
    const observed = look(100, {
      ...scaling(own, null),
      ground: seen({ hasSubsets: true, autoscalerTarget: BLUE }),
    });
    expect(decided(drained(plan), observed).effects).toEqual([
      { kind: 'settle-autoscaler', of: OWN, to: null },
    ]);
  });
});
