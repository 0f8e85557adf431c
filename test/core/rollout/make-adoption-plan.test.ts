import { describe, expect, it } from 'vitest';
import type { AutoscalerKind } from '../../../src/core/rollout/autoscaler.ts';
import type {
  AdoptionFacts,
  AdoptionSettings,
  DeploymentFacts,
  PlanSettings,
  RouteSurvey,
  WorkloadSurvey,
} from '../../../src/core/rollout/facts.ts';
import { known, type Owned, type SafetySettings } from '../../../src/core/rollout/ground.ts';
import { lastGood } from '../../../src/core/rollout/last-good.ts';
import { makeAdoptionPlan, templateHash } from '../../../src/core/rollout/make-adoption-plan.ts';
import { ground, mesh, room, SAFETY } from '../../support/ground.ts';
import { BHARAT, makePlan, makeRollout } from '../../support/rollout-fixtures.ts';
import { scaler } from '../../support/scaling.ts';

const base = makePlan();
const NAME = 'payment-gateway';
const settingsOf = (kind: 'adopt' | 'adopt-undo'): PlanSettings => ({
  ...base,
  kind,
  rules: [],
  steps: [100],
  repository: base.from.repository,
  workloadLabel: 'destination_workload',
  safety: SAFETY,
});
const ADOPTING: AdoptionSettings = {
  meshClients: 'some',
  propagationMs: 10_000,
};
const template = (spec: object = {}) => ({
  metadata: { labels: { app: NAME } },
  spec: { containers: [{ name: 'app', image: 'x' }], ...spec },
});
const deployment = (overrides: Partial<DeploymentFacts> = {}): DeploymentFacts => ({
  replicas: 3,
  ready: 3,
  isOurs: true,
  isBeingDeleted: false,
  digest: base.from.digest,
  tag: 'v2.3.0',
  template: template(),
  selects: null,
  ...overrides,
});
const original = (overrides: Partial<DeploymentFacts> = {}) => ({
  ...deployment({ isOurs: false, digest: null }),
  ...overrides,
});
const ROUTE: RouteSurvey = { shape: 'plain', fault: '', coversMesh: true, rules: [] };
const PODS: WorkloadSurvey = {
  endpointOwners: [{ kind: 'Deployment', name: NAME, pods: 3 }],
  digests: [base.from.digest, base.from.digest],
  exclusiveClaims: [],
  autoscalers: [],
};
const facts = (overrides: Partial<AdoptionFacts> = {}): AdoptionFacts => ({
  original: original(),
  colours: { blue: null, green: null },
  live: null,
  route: ROUTE,
  workload: PODS,
  ground: ground(),
  lock: null,
  incidents: [],
  claimedBy: null,
  windowRequests: 2000,
  ...overrides,
});
const judge = (
  overrides: Partial<AdoptionFacts>,
  adopting: Partial<AdoptionSettings> = {},
  safety: Partial<SafetySettings> = {},
) => {
  const outcome = makeAdoptionPlan(
    { ...settingsOf('adopt'), safety: { ...SAFETY, ...safety } },
    { ...ADOPTING, ...adopting },
    facts(overrides),
  );
  return outcome.kind === 'refused' ? outcome.text : outcome.kind;
};
const route = (overrides: Partial<RouteSurvey>) => ({ route: { ...ROUTE, ...overrides } });
const workload = (overrides: Partial<WorkloadSurvey>) => ({ workload: { ...PODS, ...overrides } });
const owned = (kind: Owned['kind'], owner: string) => ({
  ground: ground({ owners: [{ kind, name: NAME, owner }] }),
});
const pod = (spec: object) => ({ original: original({ template: template(spec) }) });

describe('an adoption', () => {
  it('goes from the plain Deployment to blue with what runs now', () => {
    const outcome = makeAdoptionPlan(settingsOf('adopt'), ADOPTING, facts());
    expect(outcome).toMatchObject({
      kind: 'planned',
      plan: {
        kind: 'adopt',
        from: { digest: base.from.digest, tag: 'v2.3.0' },
        to: { digest: base.from.digest },
        candidateColour: 'blue',
        replicas: 3,
        route: { plainAs: 'green' },
        adoption: { original: NAME, autoscaler: null, propagationMs: 10_000 },
      },
    });
  });

  it('takes the autoscaler along', () => {
    const along = (kind: AutoscalerKind) => {
      const outcome = makeAdoptionPlan(
        settingsOf('adopt'),
        ADOPTING,
        facts(workload({ autoscalers: [scaler({ kind, target: NAME })] })),
      );
      return outcome.kind === 'planned' ? outcome.plan : null;
    };
    const moved = { name: 'scaler', from: NAME, to: `${NAME}-blue` };
    expect(along('HorizontalPodAutoscaler')).toMatchObject({
      adoption: { autoscaler: moved },
      autoscaler: { name: 'scaler', min: 2, max: 20, twin: null },
    });
    expect(along('HorizontalPodAutoscaler')?.adoption?.autoscaler).toEqual(moved);
    expect(along('ScaledObject')?.adoption?.autoscaler).toEqual({ ...moved, kind: 'ScaledObject' });
  });

  it.each([
    ['a lock', { lock: { owner: BHARAT, reason: 'audit' } }, /Locked by Bharat: audit/],
    ['another rollout', { claimedBy: 'r-000000000009' }, /r-000000000009 is running/],
    [
      'an owner of the Deployment',
      owned('Deployment', 'Argo CD (application x)'),
      /Argo CD .*take the change back/,
    ],
    [
      'an owner of the route',
      owned('VirtualService', 'Flux (Kustomization x)'),
      /Flux .*take the change back/,
    ],
    ['no Service', workload({ endpointOwners: null }), /There is no Service/],
    ['no ready endpoint', workload({ endpointOwners: [] }), /no ready endpoint/],
    [
      'a StatefulSet',
      workload({ endpointOwners: [{ kind: 'StatefulSet', name: 'db', pods: 1 }] }),
      /StatefulSet db stands behind/,
    ],
    [
      'endpoints of two Deployments',
      workload({
        endpointOwners: [...(PODS.endpointOwners ?? []), { kind: 'Deployment', name: 'canary', pods: 2 }],
      }),
      /Deployment canary \(2 ready\)/,
    ],
    [
      'a route of another shape',
      route({ shape: 'other', fault: 'routes TCP or TLS too.' }),
      /routes TCP or TLS too/,
    ],
    ['a route that is split', route({ shape: 'split' }), /splits between blue and green already/],
    ['gateways alone', route({ coversMesh: false }), /clients in the mesh would not see/],
    ['two DestinationRules', route({ rules: ['a', 'b'] }), /several DestinationRules \(a, b\)/],
    [
      'a foreign blue',
      { colours: { blue: deployment({ isOurs: false }), green: null } },
      /-blue is there and is not ours/,
    ],
    ['an exclusive volume', workload({ exclusiveClaims: ['disk'] }), /disk can be mounted on one node/],
    ['a host port', pod({ containers: [{ name: 'app', ports: [{ hostPort: 9000 }] }] }), /hostPort 9000/],
    ['the network of the node', pod({ hostNetwork: true }), /network of the node/],
    [
      'required anti-affinity',
      pod({
        affinity: {
          podAntiAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: [
              { topologyKey: 'x', labelSelector: { matchLabels: { app: NAME } } },
            ],
          },
        },
      }),
      /anti-affinity \(x\) keeps/,
    ],
    [
      'two autoscalers',
      workload({
        autoscalers: [scaler({ name: 'a', target: NAME }), scaler({ name: 'b', target: NAME })],
      }),
      /Several autoscalers .*\(a, b\)/,
    ],
    [
      'KEDA',
      workload({ autoscalers: [scaler({ target: NAME, owner: 'ScaledObject pay' })] }),
      /belongs to ScaledObject pay/,
    ],
    [
      'another route to the plain host',
      { ground: mesh({ uncoloured: ['VirtualService web/shop'] }) },
      /web\/shop sends to payment-gateway\S* without a subset/,
    ],
    [
      'a quota without room for both',
      {
        ground: room({
          quotas: known([{ name: 'team', hard: { pods: '5' }, used: { pods: '3' }, scopes: [] }]),
        }),
      },
      /ResourceQuota team: pods 3 needed, 2 free of 5/,
    ],
    [
      'a stopped autoscaler',
      workload({ autoscalers: [scaler({ target: NAME, fault: 'is stopped' })] }),
      /scaler is stopped/,
    ],
    ['no Deployment', { original: null }, /There is no Deployment/],
    ['no ready pod', { original: original({ ready: 0 }) }, /no ready pod/],
    ['pods of different images', workload({ digests: ['sha256:a', 'sha256:b'] }), /run different images/],
    ['an image nobody can name', workload({ digests: [null] }), /cannot be told which image/],
  ] as const)('is refused for %s', (_, overrides, text) => {
    expect(judge(overrides)).toMatch(text);
  });

  it('is refused for a singleton, unless two are safe', () => {
    expect(judge({}, {}, { singleton: true })).toMatch(/singleton/);
    expect(judge({}, {}, { singleton: true, twoVersionsSafe: true })).toBe('planned');
  });

  it('goes on where the configuration says so', () => {
    expect(judge(route({ coversMesh: false }), { meshClients: 'none' })).toBe('planned');
    const argo = owned('VirtualService', 'Argo CD (application x)');
    expect(judge(argo, {}, { isOwnerAcknowledged: true })).toBe('planned');
  });

  it('names the snippet that its owner needs', () => {
    const outcome = makeAdoptionPlan(
      settingsOf('adopt'),
      ADOPTING,
      facts(owned('VirtualService', 'Argo CD')),
    );
    expect(outcome).toMatchObject({ snippet: expect.stringContaining('RespectIgnoreDifferences=true') });
  });
});

describe('the undo', () => {
  const adopted = (overrides: Partial<AdoptionFacts> = {}) =>
    facts({
      original: original({
        replicas: 0,
        ready: 0,
        template: template({ containers: [{ name: 'app', image: 'x', env: [{ name: 'NEW', value: '1' }] }] }),
      }),
      colours: {
        blue: deployment({ replicas: 0, ready: 0 }),
        green: deployment({ digest: base.to.digest, replicas: 4 }),
      },
      live: 'green',
      route: { ...ROUTE, shape: 'split' },
      workload: { ...PODS, autoscalers: [scaler({ target: `${NAME}-blue` })] },
      ...overrides,
    });
  const undo = (overrides: Partial<AdoptionFacts> = {}) =>
    makeAdoptionPlan(settingsOf('adopt-undo'), ADOPTING, adopted(overrides));

  it('goes from the live colour to the plain Deployment and shows what its template brings', () => {
    expect(undo()).toMatchObject({
      kind: 'planned',
      plan: {
        stableColour: 'green',
        to: { digest: base.to.digest },
        replicas: 4,
        route: { plainAs: 'blue' },
        templateChanges: [{ what: 'env', path: 'app.NEW', change: 'added' }],
        adoption: { autoscaler: { name: 'scaler', from: `${NAME}-blue`, to: NAME } },
      },
    });
  });

  it.each([
    ['a service that is not adopted', { route: ROUTE }, /is not adopted/],
    ['a split at rest', { live: null }, /splits between the colours though no rollout/],
    ['a plain Deployment that runs', { original: original() }, /does not wait at 0/],
  ] as const)('is refused for %s', (_, overrides, text) => {
    expect(undo(overrides)).toMatchObject({ kind: 'refused', text: expect.stringMatching(text) });
  });

  it('is not voided by the image that it sets itself', () => {
    const other = { spec: { containers: [{ name: 'app', image: 'y' }] } };
    const one = { spec: { containers: [{ name: 'app', image: 'x' }] } };
    expect(templateHash('adopt-undo', 'app', one)).toBe(templateHash('adopt-undo', 'app', other));
    expect(templateHash('adopt', 'app', one)).not.toBe(templateHash('adopt', 'app', other));
  });
});

it('an adoption that was rolled back does not make its version a bad one', () => {
  const ended = (overrides: object) => makeRollout({ phase: 'promoted', plan: base, ...overrides });
  const failed = ended({ kind: 'adopt', phase: 'rolled-back', plan: { ...base, to: base.from } });
  expect(lastGood([failed, ended({ plan: { ...base, to: base.from } })], base.to.digest)).toEqual(base.from);
});
