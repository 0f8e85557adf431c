/** What stands around the pods of a deploy. Quotas have a file of their own. */
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type {
  DeploymentFacts,
  PlanFacts,
  PlanSettings,
  ScalingFacts,
} from '../../../../src/core/rollout/facts.ts';
import { type Ground, known, notKnown, type PeerPolicy } from '../../../../src/core/rollout/ground.ts';
import { makePlan as plan } from '../../../../src/core/rollout/make-plan.ts';
import type { ProbeSpec } from '../../../../src/core/rollout/plan.ts';
import { ground, mesh, room, SAFETY } from '../../../support/ground.ts';
import { makePlan } from '../../../support/rollout-fixtures.ts';
import { NO_SCALING, scaler } from '../../../support/scaling.ts';

const base = makePlan();
const NAME = 'payment-gateway';
const settings: PlanSettings = {
  ...base,
  probes: [],
  rules: [],
  repository: base.from.repository,
  workloadLabel: 'destination_workload',
  safety: SAFETY,
};
const template = (spec: object = {}, annotations: object = {}) => ({
  metadata: { labels: { app: NAME }, annotations },
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
  selects: 'blue',
  ...overrides,
});

const outcomeOf = (
  around: Ground,
  with_: Partial<PlanSettings> = {},
  pods: unknown = template(),
  scaling: ScalingFacts = NO_SCALING,
) => {
  const facts: PlanFacts = {
    version: 'v2.3.1',
    resolved: { digest: base.to.digest, tag: 'v2.3.1' },
    template: deployment({ replicas: 0, ready: 0, template: pods }),
    colours: { blue: deployment(), green: null },
    route: { percent: { blue: 100, green: 0 }, weight: { blue: 100, green: 0 } },
    lock: null,
    incidents: [],
    claimedBy: null,
    ground: around,
    scaling,
    windowRequests: 2000,
  };
  return plan({ ...settings, ...with_ }, facts);
};
const refusal = (...args: Parameters<typeof outcomeOf>) => {
  const outcome = outcomeOf(...args);
  return outcome.kind === 'refused' ? `${outcome.text}. ${outcome.hint}` : outcome.kind;
};
/** The gate's own words where the plan goes on. */
const note = (gate: string, ...args: Parameters<typeof outcomeOf>) => {
  const outcome = outcomeOf(...args);
  if (outcome.kind !== 'planned') throw new Error(refusal(...args));
  return outcome.plan.gates.find((each) => each.gate === gate);
};

const apart = (term: object) => ({
  affinity: {
    podAntiAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: 'kubernetes.io/hostname', ...term }],
    },
  },
});
const own = { labelSelector: { matchLabels: { app: NAME } } };

describe('a deploy', () => {
  it.each([
    [
      'a StatefulSet behind the Service',
      ground({ endpointOwners: [{ kind: 'StatefulSet', name: 'pg', pods: 1 }] }),
      template(),
      /StatefulSet pg stands behind Service payment-gateway.*Let the Service pick/,
    ],
    [
      'a volume for one node',
      ground({ exclusiveClaims: ['disk'] }),
      template(),
      /disk can be mounted on one node alone \(ReadWriteOnce\).*Use a volume that many nodes/,
    ],
    [
      'a host port',
      ground(),
      template({ containers: [{ name: 'app', ports: [{ hostPort: 9000 }] }] }),
      /hostPort 9000.*Take the host port away/,
    ],
    ['the network of the node', ground(), template({ hostNetwork: true }), /network of the node/],
    [
      'an anti-affinity to its own pods',
      ground(),
      template(apart(own)),
      /anti-affinity \(kubernetes\.io\/hostname\) keeps pods of this service apart.*matchLabelKeys/,
    ],
    [
      'a route elsewhere without a colour',
      mesh({ uncoloured: ['VirtualService web/shop', 'VirtualService ops/cron'] }),
      template(),
      /web\/shop, VirtualService ops\/cron sends to payment-gateway\S* without a subset.*subset of the live colour/,
    ],
    [
      'a Service that does not pick the pods of the template',
      room({ selector: { app: NAME, tier: 'api' } }),
      template(),
      /wants tier=api, which the template does not give its pods/,
    ],
    [
      'a Service of one colour alone',
      room({ selector: { app: NAME, 'dabbawala.dev/colour': 'blue' } }),
      template(),
      /picks pods of blue alone/,
    ],
    ['no Service', room({ selector: null }), template(), /no Service with a selector/],
  ] as const)('is refused for %s, with what to do', (_, around, pods, words) => {
    expect(refusal(around, {}, pods)).toMatch(words);
  });

  it.each([
    ['apart from other services', { labelSelector: { matchLabels: { app: 'ledger' } } }],
    ['within one version', { ...own, matchLabelKeys: ['pod-template-hash'] }],
    ['from nobody', {}],
    [
      'from what it is not',
      { labelSelector: { matchExpressions: [{ key: 'app', operator: 'NotIn', values: [NAME] }] } },
    ],
  ])('goes on with pods that are kept apart %s', (_, term) => {
    expect(refusal(ground(), {}, template(apart(term)))).toBe('planned');
  });

  it('is refused for an anti-affinity by expression, and for one it does not understand', () => {
    for (const expression of [
      { key: 'app', operator: 'In', values: [NAME, 'x'] },
      { key: 'app', operator: 'Exists' },
      { key: 'app', operator: 'Gt', values: ['1'] },
    ])
      expect(
        refusal(ground(), {}, template(apart({ labelSelector: { matchExpressions: [expression] } }))),
      ).toMatch(/anti-affinity/);
  });

  it('of a singleton is refused unless two versions are safe', () => {
    expect(refusal(ground(), { safety: { ...SAFETY, singleton: true } })).toMatch(
      /singleton.*twoVersionsSafe/,
    );
    expect(refusal(ground(), { safety: { ...SAFETY, singleton: true, twoVersionsSafe: true } })).toBe(
      'planned',
    );
  });

  it('says which routes could not be looked at', () => {
    expect(note('other_routes', mesh({ unseenRoutes: 'no right to list VirtualServices there' }))).toEqual({
      gate: 'other_routes',
      passed: true,
      isUnknown: true,
      reason: 'no right to list VirtualServices there',
    });
  });

  it('whose objects went away while it was planned says so', () => {
    expect(refusal(null as never)).toMatch(/changed while the plan was made\. Ask again/);
  });
});

describe('an owner', () => {
  const argo = { kind: 'VirtualService', name: NAME, owner: 'Argo CD (application payments)' } as const;
  const flux = {
    kind: 'Deployment',
    name: NAME,
    owner: 'Flux (Kustomization flux-system/payments)',
  } as const;

  it('stops a deploy, is named with its objects, and gets the rules to copy', () => {
    const outcome = outcomeOf(ground({ owners: [argo, flux] }));
    expect(outcome).toMatchObject({
      kind: 'refused',
      code: 'plan_refused',
      text: 'Argo CD (application payments) manages VirtualService payment-gateway; Flux (Kustomization flux-system/payments) manages Deployment payment-gateway and would take the change back',
      hint: expect.stringMatching(/`owner: acknowledged`.*inside a list can hide later edits/),
      snippet: expect.stringMatching(/RespectIgnoreDifferences=true[\s\S]*ignore:/),
    });
  });

  it('that has the autoscaler too is told to leave it alone as well', () => {
    const owner = 'Argo CD (application payments)';
    const scaling = { ...NO_SCALING, autoscalers: [scaler({ manager: owner }), scaler({ name: 'free' })] };
    const outcome = outcomeOf(ground({ owners: [argo] }), {}, template(), scaling);
    const rules = parse((outcome as { readonly snippet: string }).snippet).spec.ignoreDifferences;
    expect(rules.map(({ kind, name }: Record<string, string>) => `${kind} ${name}`)).toEqual([
      `VirtualService ${NAME}`,
      'HorizontalPodAutoscaler scaler',
    ]);
  });

  it('that was told to leave our fields alone stops nothing', () => {
    expect(refusal(ground({ owners: [argo] }), { safety: { ...SAFETY, isOwnerAcknowledged: true } })).toBe(
      'planned',
    );
  });

  it('never stops a rollback', () => {
    expect(refusal(ground({ owners: [argo] }), { kind: 'rollback' })).toBe('planned');
  });
});

describe('a podHttp probe', () => {
  const probe = (overrides: Partial<ProbeSpec> = {}): ProbeSpec => ({
    name: 'health',
    group: 'service_health',
    critical: true,
    timeoutMs: 1000,
    retries: 0,
    intervalMs: 1000,
    check: { kind: 'podHttp', path: '/health', port: 8080, scheme: 'http', status: 200 },
    ...overrides,
  });
  const policy = (overrides: Partial<PeerPolicy> = {}): PeerPolicy => ({
    namespace: 'payments',
    name: 'default',
    selector: null,
    mode: 'STRICT',
    ports: {},
    isMeshWide: false,
    ...overrides,
  });
  const meshWide = (mode: string) => policy({ namespace: 'istio-system', mode, isMeshWide: true });
  const asked = (policies: readonly PeerPolicy[], probes = [probe()], pods: unknown = template()) =>
    refusal(mesh({ policies: known(policies) }), { probes }, pods);

  it('under STRICT mTLS is refused before anything is made, and the job probe is named', () => {
    expect(asked([policy()])).toMatch(
      /PeerAuthentication payments\/default is STRICT, so the API server cannot reach a pod: podHttp probe health would fail.*`job` probes/,
    );
    expect(asked([meshWide('STRICT')])).toMatch(/istio-system\/default is STRICT/);
  });

  it.each([
    ['the namespace is more open than the mesh', [meshWide('STRICT'), policy({ mode: 'PERMISSIVE' })]],
    [
      'its pods are more open than the namespace',
      [policy(), policy({ selector: { app: NAME }, mode: 'DISABLE' })],
    ],
    ['its port is open', [policy({ selector: { app: NAME }, ports: { '8080': 'PERMISSIVE' } })]],
    ['the policy is for other pods', [policy({ selector: { app: 'ledger' } })]],
    ['nobody says anything', [policy({ mode: null })]],
  ])('goes on where %s', (_, policies) => {
    expect(asked(policies)).toBe('planned');
  });

  it('goes on where the sidecar leaves its port alone, and where no probe goes past the mesh', () => {
    const excluded = template({}, { 'traffic.sidecar.istio.io/excludeInboundPorts': '9000, 8080' });
    expect(asked([policy()], [probe()], excluded)).toBe('planned');
    expect(asked([policy()], [probe({ check: { kind: 'job', command: ['x'] } })])).toBe('planned');
  });

  it('that is not critical, or a policy that is not seen, is said on the plan', () => {
    const strict = mesh({ policies: known([policy()]) });
    expect(note('pod_probes', strict, { probes: [probe({ critical: false })] })).toMatchObject({
      isUnknown: true,
      reason: expect.stringContaining('STRICT'),
    });
    const blind = mesh({ policies: notKnown('no right to list PeerAuthentications in payments') });
    expect(note('pod_probes', blind, { probes: [probe()] })).toMatchObject({
      isUnknown: true,
      reason: expect.stringContaining('no right to list'),
    });
  });
});
