/** What stands around the pods is looked at before a person is asked: a plan that could not work is refused in words. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startWorld, type World } from '../../sandbox/world/world.ts';
import { addService, edited, NO_LIMITS, paths, seedService, serviceOf } from './support/config.ts';
import { ASHA, BHARAT, CHITRA, Lane, NAMESPACE, until } from './support/lane.ts';
import { Memory } from './support/memory.ts';

let world: World;
let memory: Memory;

const SERVICES = ['payouts', 'reversals', 'rewards', 'mandates', 'disputes'] as const;

beforeAll(async () => {
  world = await startWorld({
    pace: 'test',
    rps: 60,
    slackLimits: NO_LIMITS,
    editConfig: edited((config) => {
      for (const name of SERVICES) addService(config, name);
      serviceOf(config, 'reversals')['owner'] = 'acknowledged';
    }),
  });
  memory = new Memory(world);
  const underArgo = (name: string) => ({
    'argocd.argoproj.io/tracking-id': `payments:networking.istio.io/VirtualService:${NAMESPACE}/${name}`,
  });
  await Promise.all([
    seedService(world, 'payouts', ({ route }) => {
      route.metadata.annotations = underArgo('payouts');
    }),
    seedService(world, 'reversals', ({ route, template }) => {
      route.metadata.annotations = underArgo('reversals');
      template.spec.template.metadata.annotations = underArgo('reversals');
    }),
    ...['rewards', 'mandates', 'disputes'].map((name) => seedService(world, name)),
  ]);
}, 60_000);
afterAll(async () => {
  memory?.close();
  await world?.close();
});

const lane = (service: string): Lane => new Lane(world, service);

/** Refused before anybody was asked: the claim is free, nothing was made. */
async function refused(on: Lane, why: RegExp, version = 'v5.1.0'): Promise<string> {
  const before = on.cards().length;
  await on.ask(ASHA, `/deploy ${on.service} ${version} reason="try"`, /is accepted/);
  await until('its card', () => (on.cards().length > before ? true : null));
  await on.shows(/REFUSED/);
  expect(on.words()).toMatch(why);
  expect(on.words()).toMatch(/No traffic was touched/);
  expect(on.button('approve')).toBeNull();
  expect(on.deployment('green')).toBeNull();
  await memory.isFree(on.service);
  return on.words();
}

it('a route of Argo CD: the owner by name, and the rules to copy as one block of code', async () => {
  const on = lane('payouts');
  const words = await refused(
    on,
    /Argo CD \(application payments\) manages VirtualService payouts and would take the change back/,
  );
  expect(words).toMatch(/inside a list can hide later edits of that list in Git/);
  const code = on
    .card()
    .blocks?.map((block) => (block as { text?: { text?: string } }).text?.text ?? '')
    .find((text) => text.startsWith('```'));
  expect(code).toMatch(/^```\n# Argo CD \(application payments\)\nspec:\n {2}syncPolicy:/);
  expect(code).toMatch(/- RespectIgnoreDifferences=true/);
  expect(code).toMatch(/name: payouts\n[\s\S]*\.weight[\s\S]*dabbawala\.dev~1token\.payouts/);
  expect(code).toMatch(/\n```$/);
});

it('the same in a dry run, with nothing stored', async () => {
  const on = lane('payouts');
  const before = on.cards().length;
  await on.ask(
    ASHA,
    '/deploy payouts v5.1.0 reason="try" dry-run',
    /would be refused[\s\S]*RespectIgnoreDifferences=true/,
  );
  expect(on.cards()).toHaveLength(before);
});

it('an owner that was told: it is planned, and the candidate carries no mark of it but the one against pruning', async () => {
  const on = lane('reversals');
  await on.plan(BHARAT, 'v5.1.0');
  expect(on.words()).toMatch(/Gates[\s\S]*owner/);
  await on.approve(CHITRA);
  await until('the candidate is made', () => (on.deployment('green') ? true : null));
  const candidate = world.cluster.read(paths('reversals').green) as unknown as {
    metadata: { annotations: object; ownerReferences?: unknown };
    spec: { template: { metadata: { annotations?: object } } };
  };
  const marks = Object.keys(candidate.metadata.annotations).toSorted();
  // The Deployment controller adds its own.
  expect(marks.filter((mark) => !mark.startsWith('deployment.kubernetes.io/'))).toEqual([
    'argocd.argoproj.io/sync-options',
    'dabbawala.dev/plan-digest',
    'dabbawala.dev/rollout',
    'dabbawala.dev/version',
  ]);
  expect(candidate.metadata.ownerReferences).toBeUndefined();
  expect(JSON.stringify(candidate.spec.template.metadata.annotations ?? {})).not.toContain('argocd');
  await on.ask(BHARAT, '/rollback reversals reason="seen enough"', /is accepted/);
  await on.shows(/ROLLED BACK/);
});

it('a quota without room for a second set of pods: the resource, what is needed and what is free', async () => {
  const on = lane('rewards');
  const quota = (cpu: string): void => {
    const hard = { 'requests.cpu': cpu, pods: '100' };
    world.cluster.seed([
      {
        apiVersion: 'v1',
        kind: 'ResourceQuota',
        metadata: { name: 'team', namespace: NAMESPACE },
        spec: { hard },
        status: { hard, used: { 'requests.cpu': '19500m', pods: '39' } },
      },
    ]);
  };
  quota('20');
  await refused(
    on,
    /no room for 2 more pods\. ResourceQuota team: requests\.cpu 1 needed, 500m free of 20[\s\S]*Raise the quota/,
  );
  quota('20500m');
  await on.plan(ASHA, 'v5.1.0');
  await on.ask(ASHA, '/rollback rewards', /is withdrawn/);
});

it('another route to the host without a colour: its name', async () => {
  world.cluster.seed([
    {
      apiVersion: 'networking.istio.io/v1',
      kind: 'VirtualService',
      metadata: { name: 'shop', namespace: 'web' },
      spec: {
        hosts: ['shop'],
        http: [{ route: [{ destination: { host: `mandates.${NAMESPACE}.svc.cluster.local` } }] }],
      },
    },
  ]);
  await refused(lane('mandates'), /VirtualService web\/shop sends to mandates without a subset/);
});

it('STRICT mTLS before podHttp probes: the policy, and the job probe', async () => {
  world.cluster.seed([
    {
      apiVersion: 'security.istio.io/v1',
      kind: 'PeerAuthentication',
      metadata: { name: 'strict', namespace: NAMESPACE },
      spec: { selector: { matchLabels: { app: 'disputes' } }, mtls: { mode: 'STRICT' } },
    },
  ]);
  await refused(
    lane('disputes'),
    /PeerAuthentication \S+\/strict is STRICT, so the API server cannot reach a pod: podHttp probe health, database, dependencies would fail[\s\S]*'job' probes/,
  );
});
