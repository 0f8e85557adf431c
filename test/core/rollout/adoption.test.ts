import { describe, expect, it } from 'vitest';
import { decide } from '../../../src/core/rollout/decide.ts';
import { type Observed, seen, unseen } from '../../../src/core/rollout/decision.ts';
import type { AdoptionPlan, Plan } from '../../../src/core/rollout/plan.ts';
import type { Rollout } from '../../../src/core/rollout/rollout.ts';
import { look, pods, sampleAt } from '../../support/observed.ts';
import { makePlan, makeRollout, SECOND, T0 } from '../../support/rollout-fixtures.ts';

const DIGEST = makePlan().to.digest;
const NOW = look(0).now;
const ORIGINAL = 'payment-gateway';
const BLUE = 'payment-gateway-blue';

const adoption = (overrides: Partial<AdoptionPlan> = {}): AdoptionPlan => ({
  original: ORIGINAL,
  colour: BLUE,
  autoscaler: { name: 'scaler', from: ORIGINAL, to: BLUE },
  propagationMs: 10 * SECOND,
  ...overrides,
});
const to = { ...makePlan().to, digest: DIGEST };
const ADOPT: Partial<Plan> = {
  kind: 'adopt',
  from: to,
  to,
  stableColour: 'green',
  candidateColour: 'blue',
  steps: [100],
  probes: [],
  adoption: adoption(),
};
const UNDO: Partial<Plan> = {
  ...ADOPT,
  kind: 'adopt-undo',
  stableColour: 'blue',
  candidateColour: 'green',
  adoption: adoption({ autoscaler: { name: 'scaler', from: BLUE, to: ORIGINAL } }),
};
const rollout = (plan: Partial<Plan>, overrides: Partial<Rollout>): Rollout =>
  makeRollout({
    kind: plan.kind ?? 'adopt',
    plan: makePlan(plan),
    step: -1,
    desiredPercent: 0,
    confirmedPercent: 0,
    peakPercent: 0,
    verdicts: [],
    phaseSince: NOW - 5 * SECOND,
    clock: { knownTicks: 0, neededTicks: 1, lastTickAt: T0, blindSince: null },
    ...overrides,
  });
const ground = (hasSubsets: boolean, autoscalerTarget: string | null = ORIGINAL) =>
  seen({ hasSubsets, autoscalerTarget });
const world = (percent: number, overrides: Partial<Observed> = {}): Observed =>
  look(percent, { stable: seen(pods({ uid: 'original', rolloutId: null, digest: null })), ...overrides });
const effects = (state: Rollout, observed: Observed) => {
  const decision = decide(state, observed);
  return [decision.next.phase, ...decision.effects.map((effect) => JSON.stringify(Object.values(effect)))];
};

describe('preparing', () => {
  it('of an adoption waits for no silence: its pods have traffic at once', () => {
    const state = rollout(ADOPT, { phase: 'preparing' });
    expect(effects(state, world(0))).toEqual(['probing']);
  });

  it('of an undo waits until the plain Deployment has none', () => {
    const state = rollout(UNDO, { phase: 'preparing', candidateUid: null });
    const mesh = { stable: seen(pods({ rolloutId: 'r-1' })) };
    expect(effects(state, look(0, { ...mesh, sample: sampleAt(20) }))).toEqual(['preparing']);
    expect(effects(state, look(0, { ...mesh, sample: sampleAt(0) }))).toEqual(['probing']);
  });

  it('of an undo brings the plain Deployment up and never deletes it', () => {
    const state = rollout(UNDO, { phase: 'preparing', candidateUid: null });
    const down = seen(pods({ rolloutId: 'r-000000000001', replicas: 0, ready: 0, digest: null }));
    const observed = look(0, { stable: seen(pods({ rolloutId: 'r-1' })), candidate: down });
    expect(effects(state, observed)).toEqual(['preparing', '["create-candidate"]']);
  });
});

describe('before the route names a colour', () => {
  const probing = (overrides: Partial<Rollout> = {}) => rollout(ADOPT, { phase: 'probing', ...overrides });
  it.each([
    ['no subsets', {}, ground(false), ['probing', '["add-subsets"]']],
    ['subsets just seen', {}, ground(true), ['probing']],
    ['subsets too young', { subsetsAt: NOW - 9 * SECOND }, ground(true), ['probing']],
    [
      'subsets known, autoscaler on the original',
      { subsetsAt: NOW - 10 * SECOND },
      ground(true),
      ['probing', `["move-autoscaler","${BLUE}"]`],
    ],
    ['all stands', { subsetsAt: NOW - 10 * SECOND }, ground(true, BLUE), ['shifting', '["set-weight",100]']],
    ['nothing can be seen', { subsetsAt: NOW - 10 * SECOND }, unseen('time-out'), ['probing']],
  ] as const)('%s', (_, overrides, seenGround, wanted) => {
    expect(effects(probing(overrides), world(0, { ground: seenGround }))).toEqual(wanted);
  });

  it('remembers when it saw the subsets, and forgets it when they are gone', () => {
    expect(decide(probing(), world(0, { ground: ground(true) })).next.subsetsAt).toBe(NOW);
    const gone = decide(probing({ subsetsAt: NOW }), world(0, { ground: ground(false) }));
    expect(gone.next.subsetsAt).toBeNull();
  });

  it('an undo has nothing to lay', () => {
    const observed = look(0, { stable: seen(pods({ rolloutId: 'r-1' })), ground: ground(true, BLUE) });
    expect(effects(rollout(UNDO, { phase: 'probing' }), observed)).toEqual([
      'shifting',
      '["set-weight",100]',
    ]);
  });

  it('is under the deadline of the probes', () => {
    const late = probing({ phaseSince: NOW - 301 * SECOND });
    const decision = decide(late, world(0, { ground: ground(false) }));
    expect(decision.next).toMatchObject({ phase: 'draining', drainTowards: 'stable' });
    expect(decision.next.cause.code).toBe('probes_deadline');
  });
});

describe('after the route has moved', () => {
  const moved = { desiredPercent: 100, confirmedPercent: 100, peakPercent: 100 };
  const shifting = (plan: Partial<Plan>, overrides: Partial<Rollout> = {}) =>
    rollout(plan, { phase: 'shifting', ...moved, ...overrides });

  it('an adoption goes on when nobody reaches the original any more', () => {
    const observed = world(100, { sample: sampleAt(100), clients: seen([]) });
    expect(effects(shifting(ADOPT), observed)).toEqual(['baking']);
  });

  it('an adoption holds and names who goes past the mesh, once the window is free of what was before', () => {
    const clients = seen([
      { name: 'unknown', requests: 3 },
      { name: 'batch', requests: 9 },
    ]);
    const observed = world(100, { sample: sampleAt(100), clients });
    expect(decide(shifting(ADOPT), observed).next.hold).toBeNull();
    const later = decide(shifting(ADOPT, { phaseSince: NOW - 50 * SECOND }), observed).next;
    expect(later.phase).toBe('shifting');
    expect(later.hold?.text).toMatch(/past the mesh, from clients without a sidecar, batch$/);
  });

  it('an adoption does not take "not known" for nobody', () => {
    const observed = world(100, { sample: sampleAt(100), clients: unseen('time-out') });
    expect(decide(shifting(ADOPT), observed).next).toMatchObject({ phase: 'shifting' });
    expect(decide(shifting(ADOPT), observed).next.hold?.text).toMatch(/not known.*time-out/);
  });

  it.each([
    ['waits for every proxy', { movedAt: NOW - 9 * SECOND }, BLUE, ['shifting']],
    [
      'moves the autoscaler',
      { movedAt: NOW - 10 * SECOND },
      BLUE,
      ['shifting', `["move-autoscaler","${ORIGINAL}"]`],
    ],
    ['goes on', { movedAt: NOW - 10 * SECOND }, ORIGINAL, ['baking']],
  ] as const)('an undo asks for no share and %s', (_, overrides, target, wanted) => {
    const observed = look(100, {
      stable: seen(pods({ rolloutId: 'r-1' })),
      sample: sampleAt(50),
      ground: ground(true, target),
    });
    expect(effects(shifting(UNDO, overrides), observed)).toEqual(wanted);
  });
});

describe('the way back', () => {
  const back = (plan: Partial<Plan>, overrides: Partial<Rollout> = {}) =>
    rollout(plan, { phase: 'draining', drainTowards: 'stable', peakPercent: 100, ...overrides });

  it.each([
    ['waits for every proxy first', { movedAt: NOW - 2 * SECOND }, BLUE, ['draining']],
    [
      'then moves the autoscaler',
      { movedAt: NOW - 10 * SECOND, phaseSince: NOW - 11 * SECOND },
      BLUE,
      ['draining', `["move-autoscaler","${ORIGINAL}"]`],
    ],
    [
      'then ends: the pods have traffic until they go',
      { movedAt: NOW - 10 * SECOND, phaseSince: NOW - 11 * SECOND },
      ORIGINAL,
      ['rolled-back', '["scale","candidate",0]', '["release-route"]', '["release-claim"]'],
    ],
  ] as const)('of an adoption %s', (_, overrides, target, wanted) => {
    const observed = world(0, { ground: ground(true, target), sample: sampleAt(50) });
    expect(effects(back(ADOPT, overrides), observed)).toEqual(wanted);
  });

  it.each([
    ['is gone', null],
    ['was pointed elsewhere', 'refunds-batch'],
  ])('of an adoption ends though its autoscaler %s meanwhile', (_, target) => {
    const settled = { movedAt: NOW - 10 * SECOND, phaseSince: NOW - 11 * SECOND };
    const observed = world(0, { ground: ground(true, target), sample: sampleAt(50) });
    expect(decide(back(ADOPT, settled), observed).next.phase).toBe('rolled-back');
    const unseenGround = world(0, { ground: unseen('time-out'), sample: sampleAt(50) });
    expect(decide(back(ADOPT, settled), unseenGround).next.phase).toBe('draining');
  });

  it('of an undo proves that the plain Deployment drained', () => {
    const state = back(UNDO, { movedAt: NOW - 10 * SECOND, phaseSince: NOW - 11 * SECOND });
    const at = (percent: number) =>
      look(0, {
        stable: seen(pods({ rolloutId: 'r-1' })),
        ground: ground(true, BLUE),
        sample: sampleAt(percent),
      });
    expect(effects(state, at(20))).toEqual(['draining']);
    expect(effects(state, at(0))[0]).toBe('rolled-back');
  });
});

describe('the end', () => {
  const ending = (plan: Partial<Plan>) =>
    rollout(plan, {
      phase: 'draining',
      drainTowards: 'candidate',
      desiredPercent: 100,
      confirmedPercent: 100,
      peakPercent: 100,
      phaseSince: NOW - 601 * SECOND,
      cause: { code: 'drained', text: '', at: NOW, by: null },
    });

  it('of an adoption scales the plain Deployment to 0', () => {
    const observed = world(100, { sample: sampleAt(100), clients: seen([]) });
    expect(effects(ending(ADOPT), observed)).toEqual([
      'promoted',
      '["scale","stable",0]',
      '["release-route"]',
      '["release-claim"]',
    ]);
    expect(decide(ending(ADOPT), observed).next.cause.text).toBe('payment-gateway stands as blue and green');
  });

  it('of an undo deletes the colours, which have traffic until they go', () => {
    const observed = look(100, { stable: seen(pods({ rolloutId: 'r-1' })), sample: sampleAt(50) });
    expect(effects(ending(UNDO), observed)).toEqual([
      'promoted',
      '["delete-colours"]',
      '["release-route"]',
      '["release-claim"]',
    ]);
  });
});
