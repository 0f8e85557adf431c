import { describe, expect, it } from 'vitest';
import type { AutoscalerState } from '../../../src/core/rollout/autoscaler.ts';
import type { DeploymentFacts, PlanFacts, PlanSettings } from '../../../src/core/rollout/facts.ts';
import { lastGood } from '../../../src/core/rollout/last-good.ts';
import { makePlan as plan } from '../../../src/core/rollout/make-plan.ts';
import { diffTemplates } from '../../../src/core/rollout/template-diff.ts';
import { ground, SAFETY } from '../../support/ground.ts';
import { BHARAT, makePlan, makeRollout, PAYMENTS } from '../../support/rollout-fixtures.ts';
import { budget, NO_SCALING, scaler } from '../../support/scaling.ts';

const base = makePlan();
const settings: PlanSettings = {
  ...base,
  repository: 'registry.example/payments/payment-gateway',
  workloadLabel: 'destination_workload',
  safety: SAFETY,
};
const template = (env: object[] = [], cpu = '500m') => ({
  metadata: { labels: { app: 'payment-gateway' } },
  spec: { containers: [{ name: 'app', image: 'x', env, resources: { requests: { cpu } } }] },
});
const deployment = (overrides: Partial<DeploymentFacts> = {}): DeploymentFacts => ({
  replicas: 3,
  ready: 3,
  isOurs: true,
  isBeingDeleted: false,
  digest: base.from.digest,
  tag: 'v2.3.0',
  template: template(),
  selects: 'blue',
  ...overrides,
});
const facts = (overrides: Partial<PlanFacts> = {}): PlanFacts => ({
  version: 'v2.3.1',
  resolved: { digest: base.to.digest, tag: 'v2.3.1' },
  template: deployment({ replicas: 0, ready: 0 }),
  colours: { blue: deployment(), green: null },
  route: { percent: { blue: 100, green: 0 }, weight: { blue: 100, green: 0 } },
  lock: null,
  incidents: [],
  claimedBy: null,
  ground: ground(),
  scaling: NO_SCALING,
  windowRequests: 2000,
  ...overrides,
});
const refusal = (overrides: Partial<PlanFacts>, with_: Partial<PlanSettings> = {}) => {
  const outcome = plan({ ...settings, ...with_ }, facts(overrides));
  return outcome.kind === 'refused' ? `${outcome.code}: ${outcome.text}` : outcome.kind;
};

describe('a plan', () => {
  it('goes from the live colour to the other one', () => {
    const outcome = plan(settings, facts());
    expect(outcome).toMatchObject({
      kind: 'planned',
      plan: {
        stableColour: 'blue',
        candidateColour: 'green',
        replicas: 3,
        forecast: [200, 500, 1000, 1500, 2000],
      },
    });
    expect(
      plan(
        settings,
        facts({
          colours: { blue: null, green: deployment() },
          route: { percent: { blue: 0, green: 100 }, weight: { blue: 0, green: 100 } },
        }),
      ),
    ).toMatchObject({
      plan: { stableColour: 'green', candidateColour: 'blue' },
    });
  });

  it.each([
    ['a service that is not adopted', { colours: { blue: null, green: null } }, /^not_adopted: .*neither/],
    [
      'a route without both colours',
      { route: { fault: 'no subset green' } },
      /^not_adopted: .*no subset green/,
    ],
    ['a template that still runs', { template: deployment() }, /^not_adopted: .*still runs 3 pods/],
    ['no template', { template: null }, /^not_adopted/],
    [
      'a route that is split at rest',
      { route: { percent: { blue: 60, green: 40 }, weight: { blue: 60, green: 40 } } },
      /60 % to blue/,
    ],
    [
      'a live colour without ready pods',
      { colours: { blue: deployment({ ready: 0 }), green: null } },
      /no ready pod/,
    ],
    [
      'a live image without digest',
      { colours: { blue: deployment({ digest: null }), green: null } },
      /no way back/,
    ],
    [
      'the digest that runs now',
      { resolved: { digest: base.from.digest, tag: 'v2.3.1' } },
      /is what runs now/,
    ],
    [
      'a foreign Deployment in the free slot',
      { colours: { blue: deployment(), green: deployment({ isOurs: false }) } },
      /is not ours/,
    ],
    ['a lock', { lock: { owner: BHARAT, reason: 'migration' } }, /^locked: Locked by Bharat: migration/],
    ['another rollout', { claimedBy: 'r-other0000000' }, /r-other0000000 is running/],
    [
      'weights too coarse for a step',
      { route: { percent: { blue: 100, green: 0 }, weight: { blue: 4, green: 0 } } },
      /sum to 4/,
    ],
  ] as const)('is refused for %s', (_, overrides, words) => {
    expect(refusal(overrides as Partial<PlanFacts>)).toMatch(words);
  });

  it('is refused when a rule could match both colours', () => {
    const rules = [{ ...PAYMENTS, query: 'sum(rate(payments_total[$window]))' }];
    expect(refusal({}, { rules })).toMatch(/payment_success could match both colours/);
  });

  it('of a rollback is not stopped by a lock', () => {
    expect(refusal({ lock: { owner: BHARAT, reason: 'migration' } }, { kind: 'rollback' })).toBe('planned');
  });
});

describe('the plan digest', () => {
  const digest = (overrides: Partial<PlanFacts> = {}, with_: Partial<PlanSettings> = {}) => {
    const outcome = plan({ ...settings, ...with_ }, facts(overrides));
    if (outcome.kind !== 'planned') throw new Error(outcome.kind);
    return outcome.plan.digest;
  };

  it.each([
    ['image digest', { resolved: { digest: `sha256:${'9'.repeat(64)}`, tag: 'v2.3.1' } }, {}],
    [
      'live digest',
      { colours: { blue: deployment({ digest: `sha256:${'8'.repeat(64)}` }), green: null } },
      {},
    ],
    [
      'template',
      { template: deployment({ replicas: 0, template: template([{ name: 'X', value: '1' }]) }) },
      {},
    ],
    ['steps', {}, { steps: [50, 100] }],
    ['rules', {}, { rules: [{ ...PAYMENTS, limit: 98 }] }],
    ['times', {}, { times: { ...base.times, bakeMs: 1 } }],
    ['policy for unknown', {}, { analysis: { ...base.analysis, unknown: 'rollback' as const } }],
    ['approvers', {}, { approval: { ...base.approval, users: ['U0DEV'] } }],
    ['environment', {}, { target: { ...base.target, environment: 'staging' } }],
  ] as const)('changes with the %s', (_, overrides, with_) => {
    expect(digest(overrides as Partial<PlanFacts>, with_ as Partial<PlanSettings>)).not.toBe(digest());
  });

  it('does not change with replicas, load or the gates’ words', () => {
    expect(
      digest({
        windowRequests: null,
        colours: { blue: deployment({ replicas: 9, ready: 9 }), green: deployment() },
      }),
    ).toBe(digest());
  });
});

describe('the template diff', () => {
  it('names env without ever showing a value', () => {
    const changes = diffTemplates(
      template([
        { name: 'A', value: 's3cret' },
        { name: 'B', value: '1' },
      ]),
      template(
        [
          { name: 'A', value: 'other' },
          { name: 'C', value: '2' },
        ],
        '1',
      ),
    );
    expect(changes).toEqual([
      { what: 'env', path: 'app.A', change: 'changed', from: null, to: null },
      { what: 'env', path: 'app.B', change: 'removed', from: null, to: null },
      { what: 'env', path: 'app.C', change: 'added', from: null, to: null },
      { what: 'resources', path: 'app.requests.cpu', change: 'changed', from: '500m', to: '1' },
    ]);
    expect(JSON.stringify(changes)).not.toContain('s3cret');
  });

  it('overlooks what a colour adds by itself', () => {
    const live = {
      ...template(),
      metadata: {
        labels: { app: 'payment-gateway', 'dabbawala.dev/colour': 'blue', 'pod-template-hash': 'x' },
        annotations: { 'dabbawala.dev/rollout': 'r' },
      },
    };
    expect(diffTemplates(live, template())).toEqual([]);
  });

  it('overlooks marks of other tools, which a colour never has', () => {
    const marked = {
      ...template(),
      metadata: {
        labels: { app: 'payment-gateway', 'kustomize.toolkit.fluxcd.io/name': 'payments' },
        annotations: { 'argocd.argoproj.io/tracking-id': 'payments:apps/Deployment:payments/x' },
      },
    };
    expect(diffTemplates(template(), marked)).toEqual([]);
  });
});

describe('the last good digest', () => {
  const revision = (tag: string) => ({ digest: `sha256:${tag.padEnd(64, '0')}`, tag, repository: 'r' });
  const ended = (
    phase: 'promoted' | 'rolled-back',
    from: string,
    to: string,
    kind: 'deploy' | 'rollback' = 'deploy',
  ) => makeRollout({ phase, kind, plan: makePlan({ from: revision(from), to: revision(to) }) });

  it.each([
    ['the one before the live one', [ended('promoted', 'b', 'c'), ended('promoted', 'a', 'b')], 'c', 'b'],
    ['what ran when the first rollout came', [ended('promoted', 'a', 'b')], 'b', 'a'],
    [
      'not one that was rolled back',
      [ended('promoted', 'b', 'd'), ended('rolled-back', 'b', 'c'), ended('promoted', 'a', 'b')],
      'd',
      'b',
    ],
    [
      'not one that was left by a fast lane',
      [ended('promoted', 'c', 'b', 'rollback'), ended('promoted', 'b', 'c'), ended('promoted', 'a', 'b')],
      'b',
      'a',
    ],
    ['none without history', [], 'a', null],
  ] as const)('is %s', (_, history, live, expected) => {
    expect(lastGood(history, revision(live).digest)?.tag ?? null).toBe(expected);
  });
});

describe('what scales and protects the live colour', () => {
  const BLUE = 'payment-gateway-blue';
  const GREEN = 'payment-gateway-green';
  const withScalers = (...autoscalers: AutoscalerState[]) => ({
    scaling: { ...NO_SCALING, autoscalers, taken: autoscalers.map(({ name }) => name) },
  });
  const planned = (overrides: Partial<PlanFacts>, with_: Partial<PlanSettings> = {}) => {
    const outcome = plan({ ...settings, ...with_ }, facts(overrides));
    if (outcome.kind !== 'planned') throw new Error(JSON.stringify(outcome));
    return outcome.plan;
  };
  const reasonOf = (gate: string, overrides: Partial<PlanFacts>, with_: Partial<PlanSettings> = {}) =>
    planned(overrides, with_).gates.find((entry) => entry.gate === gate)?.reason;

  it('gets a twin for the candidate', () => {
    expect(planned(withScalers(scaler())).autoscaler).toEqual({
      kind: 'HorizontalPodAutoscaler',
      name: 'scaler',
      min: 2,
      max: 20,
      floor: 3,
      twin: GREEN,
      manager: null,
    });
    expect(planned({}).autoscaler).toBeUndefined();
  });

  it('reads its own minimum past the floor that a lost rollout left', () => {
    const left = scaler({ min: 9, floor: { rolloutId: 'r-lost', replicas: 9, ownMin: 2 } });
    expect(planned(withScalers(left)).autoscaler?.min).toBe(2);
  });

  it('gives the twin another name where the own one has it', () => {
    expect(planned(withScalers(scaler({ name: GREEN }))).autoscaler?.twin).toBe(`${GREEN}-twin`);
  });

  it('takes the name from a twin that a lost rollout left', () => {
    const left = scaler({ name: GREEN, target: GREEN, madeBy: 'r-lost' });
    expect(planned(withScalers(scaler(), left)).autoscaler?.twin).toBe(GREEN);
  });

  it('plans no more pods than it lets live', () => {
    const many = { colours: { blue: deployment({ replicas: 30, ready: 30 }), green: null } };
    expect(planned({ ...many, ...withScalers(scaler()) }).replicas).toBe(20);
  });

  it('warns where it scales the template, which nobody serves from', () => {
    const reason = reasonOf('autoscaler', withScalers(scaler({ target: settings.template })));
    expect(reason).toMatch(
      /waits at 0 replicas: nothing scales the live colour\. Point it at payment-gateway-blue/,
    );
  });

  it.each([
    [
      'several',
      withScalers(scaler(), scaler({ name: 'other' })),
      /Several .* Kubernetes would stop them all/,
    ],
    [
      'one of the idle colour',
      withScalers(scaler({ target: GREEN })),
      /scales payment-gateway-green, the idle/,
    ],
    [
      'one that a controller writes',
      withScalers(scaler({ owner: 'ScaledObject pay' })),
      /belongs to ScaledObject/,
    ],
    ['one that is stopped', withScalers(scaler({ fault: 'is stopped' })), /HPA scaler is stopped/],
    ['a twin on the live colour', withScalers(scaler({ madeBy: 'r-lost' })), /is what rollout r-lost left/],
    [
      'a live colour whose selector matches both',
      { ...withScalers(scaler()), colours: { blue: deployment({ selects: null }), green: null } },
      /AmbiguousSelector/,
    ],
    [
      'no free name',
      { scaling: { ...NO_SCALING, autoscalers: [scaler()], taken: [GREEN, `${GREEN}-twin`] } },
      /names of other autoscalers/,
    ],
  ])('is refused with %s, and a way back is not', (_, overrides, text) => {
    expect(refusal(overrides)).toMatch(text);
    const reason = reasonOf('autoscaler', overrides, { kind: 'rollback' });
    expect(reason).toMatch(/The rollback leaves it as it is/);
    expect(planned(overrides, { kind: 'rollback' }).autoscaler).toBeUndefined();
  });

  it('names the command that mends it', () => {
    const outcome = plan(settings, facts(withScalers(scaler({ target: GREEN }))));
    expect(outcome).toMatchObject({ hint: expect.stringContaining(`"value":"${BLUE}"`) });
  });

  it('is part of what an approver binds to, its range and the replicas are not', () => {
    const digest = (overrides: Partial<PlanFacts>) => planned(overrides).digest;
    const bound = digest(withScalers(scaler()));
    expect(bound).not.toBe(digest({}));
    expect(digest(withScalers(scaler({ min: 5, max: 9 })))).toBe(bound);
    const more = { colours: { blue: deployment({ replicas: 7, ready: 7 }), green: null } };
    expect(digest({ ...withScalers(scaler()), ...more })).toBe(bound);
  });

  it.each([
    ['none', [], /^there is none$/],
    ['one over both', [budget()], /protects both colours together/],
    [
      'one of each',
      [budget({ selectsCandidate: false }), budget({ name: 'b', selectsStable: false })],
      /PDB b green/,
    ],
    [
      'two over one',
      [budget(), budget({ name: 'b' })],
      /pdb and b select the same pods: .*refuses every eviction/,
    ],
    ['one of the idle colour', [budget({ selectsStable: false })], /protects green; blue has none/],
    [
      'one that cannot follow',
      [budget({ selectsCandidate: false })],
      /cannot follow: .*nothing protects green/,
    ],
    ['an unreadable one', null, /not known/],
  ] as const)('says who protects whom from eviction: %s', (_, budgets, text) => {
    const overrides = { scaling: { ...NO_SCALING, budgets } };
    expect(reasonOf('disruption', overrides)).toMatch(text);
    expect(planned(overrides).budget).toBeUndefined();
  });

  it('has a budget of its colour follow the winner', () => {
    const one = budget({ colour: 'blue', selectsCandidate: false });
    expect(planned({ scaling: { ...NO_SCALING, budgets: [one] } }).budget).toBe('pdb');
  });
});
