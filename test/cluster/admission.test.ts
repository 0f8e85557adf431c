/**
 * The fence around the bot's rights (deploy/admission-policy.yaml), judged by a real API server: what the bot does passes,
 * and what a thief of its token would do is refused by the server itself, each by the policy that should.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { IstioRouter } from '../../src/adapters/istio.ts';
import type { GuardedService } from '../../src/adapters/kubernetes/admission-policy.ts';
import { buildCandidate } from '../../src/adapters/kubernetes/candidate.ts';
import { KubernetesContainment } from '../../src/adapters/kubernetes/containment.ts';
import { QUARANTINE_LABEL, QUARANTINE_POLICY } from '../../src/adapters/kubernetes/marks.ts';
import { buildProbeJob } from '../../src/adapters/kubernetes/probe-job.ts';
import { KubernetesWorkloads } from '../../src/adapters/kubernetes/workloads.ts';
import {
  CLUSTER,
  deploymentOf,
  destinationRuleOf,
  NAMESPACE,
  PLACE,
  plainRouteOf,
  ROUTE,
  scaledObjectOf,
  virtualServiceOf,
} from '../contract/objects.ts';
import { routePath } from '../contract/targets.ts';
import { MARKS } from '../contract/traffic-router.suite.ts';
import { candidateOf, jobProbe } from '../contract/workloads.suite.ts';
import { type Api, type Body, JSON_PATCH, type Reply } from './lab/api.ts';
import { adminApi } from './lab/facts.ts';
import { applyGuard, botApi, removeGuard } from './lab/guard.ts';
import { wipe } from './lab/objects.ts';
import { botAccess } from './targets.ts';

const guarded = (service: string): GuardedService => ({
  service,
  namespace: NAMESPACE,
  template: service,
  container: 'payment-gateway',
  repository: 'registry.example/payments/payment-gateway',
  host: service,
  route: service,
});

const DEPLOYMENTS = `/apis/apps/v1/namespaces/${NAMESPACE}/deployments`;
const JOBS = `/apis/batch/v1/namespaces/${NAMESPACE}/jobs`;
const RULES = `/apis/networking.istio.io/v1/namespaces/${NAMESPACE}/destinationrules`;
const OTHER_IMAGE = `registry.example/evil/miner@sha256:${'ee'.repeat(32)}`;

let api: Api;
let bot: Api;
let warnings: readonly string[];
/** The template as the server has it. */
let template: Body;

beforeAll(async () => {
  api = adminApi();
  await wipe(api, NAMESPACE);
  bot = await botApi(api);
  template = await api.put(deploymentOf({ name: 'payment-gateway', replicas: 0 }));
  warnings = await applyGuard(api, [guarded('payment-gateway'), guarded('refunds')]);
}, 120_000);

afterAll(async () => {
  await removeGuard(api);
  await wipe(api, NAMESPACE);
  bot.close();
  api.close();
}, 120_000);

const spec = () => candidateOf({ template: structuredClone(template.spec.template) } as never);
const candidate = (): Body => ({ apiVersion: 'apps/v1', kind: 'Deployment', ...buildCandidate(spec()) });
const probeJob = (): Body => ({
  apiVersion: 'batch/v1',
  kind: 'Job',
  ...buildProbeJob(spec(), jobProbe('smoke', ['/app/probe']), 0),
});

/** Refused by the policy, not by something else, with the sentence that says why. */
function refusedBy(policy: string, { status, body }: Reply, sentence = /./): void {
  expect(body.message).toMatch(
    new RegExp(`ValidatingAdmissionPolicy 'dabbawala-${policy}'.* denied request: `),
  );
  expect(body.message.split(' denied request: ')[1]).toMatch(sentence);
  expect({ status, reason: body.reason }).toEqual({ status: 403, reason: 'Forbidden' });
}

describe('the policies', () => {
  it('compile: the server finds no fault in their expressions', () => {
    expect(warnings).toEqual([]);
  });
});

describe('what the bot does passes', () => {
  it('a candidate, its scale and its end, and a probe', async () => {
    const { client, close } = await botAccess(api);
    const workloads = new KubernetesWorkloads(new Map([[CLUSTER, client]]));
    await workloads.createCandidate(PLACE, spec(), { dryRun: true });
    const { uid, name } = await workloads.createCandidate(PLACE, { ...spec(), replicas: 0 });
    await workloads.scale(PLACE, name, uid, 1);
    await workloads.startProbeJob(PLACE, spec(), jobProbe('smoke', ['/app/probe']), 0);
    const revision = { ...spec().revision, tag: 'v9' };
    const original = { name: 'payment-gateway', uid: template.metadata.uid, container: 'payment-gateway' };
    await workloads.setOriginal(PLACE, { ...original, replicas: 0, revision, rolloutId: 'r-7' });
    await workloads.deleteColour(PLACE, name, uid);
    await close();
    await wipe(api, NAMESPACE);
    template = await api.put(deploymentOf({ name: 'payment-gateway', replicas: 0 }));
  });

  it('weights, marks, release, and an adoption there and back', async () => {
    await api.put(virtualServiceOf(ROUTE, { blue: 100, green: 0, others: { legacy: 7 } }));
    await api.put(destinationRuleOf(ROUTE));
    const { client, close } = await botAccess(api);
    const router = new IstioRouter(client);
    for (const percent of [25, 0])
      await router.setWeight(ROUTE, {
        candidate: 'green',
        percent,
        marks: MARKS,
        seen: await router.read(ROUTE),
      });
    await router.takeOver(ROUTE, { ...MARKS, token: 9 }, await router.read(ROUTE));
    await router.release(ROUTE);
    const plain = {
      ...ROUTE,
      name: 'refunds',
      host: 'refunds',
      service: 'refunds',
      plainAs: 'green',
    } as const;
    await api.put(plainRouteOf(plain));
    await router.addSubsets(plain);
    for (const percent of [100, 0])
      await router.setWeight(plain, {
        candidate: 'blue',
        percent,
        marks: { ...MARKS, stableColour: 'green' },
        seen: await router.read(plain),
      });
    await close();
  });
});

describe('a candidate that is not its template is refused', () => {
  const container = (object: Body): Body => object.spec.template.spec.containers[0];
  const pod = (object: Body): Body => object.spec.template.spec;

  it.each<[string, string, (object: Body) => void]>([
    ['another image', 'like-the-template', (o) => Object.assign(container(o), { image: OTHER_IMAGE })],
    [
      'a tag instead of a digest',
      'like-the-template',
      (o) => Object.assign(container(o), { image: 'registry.example/payments/payment-gateway:v9' }),
    ],
    [
      'a repository that only begins like ours',
      'like-the-template',
      (o) =>
        Object.assign(container(o), {
          image: `registry.example/payments/payment-gateway-evil@sha256:${'ee'.repeat(32)}`,
        }),
    ],
    [
      'another image of the second container',
      'like-the-template',
      (o) => Object.assign(pod(o).containers[1], { image: OTHER_IMAGE }),
    ],
    [
      'another ServiceAccount',
      'like-the-template',
      (o) => Object.assign(pod(o), { serviceAccountName: 'default' }),
    ],
    [
      'a command of its own',
      'like-the-template',
      (o) => Object.assign(container(o), { command: ['sh', '-c', 'env'] }),
    ],
    [
      'a Secret as environment',
      'like-the-template',
      (o) =>
        container(o).env.push({ name: 'X', valueFrom: { secretKeyRef: { name: 'root', key: 'token' } } }),
    ],
    [
      'a Secret as volume',
      'like-the-template',
      (o) => pod(o).volumes.push({ name: 's', secret: { secretName: 'root' } }),
    ],
    [
      'a volume of the node',
      'like-the-template',
      (o) => pod(o).volumes.push({ name: 'h', hostPath: { path: '/' } }),
    ],
    [
      'privileges',
      'like-the-template',
      (o) => Object.assign(container(o), { securityContext: { privileged: true } }),
    ],
    ['the network of the node', 'like-the-template', (o) => Object.assign(pod(o), { hostNetwork: true })],
    [
      'the processes of the node',
      'like-the-template',
      (o) => Object.assign(pod(o), { hostPID: true, shareProcessNamespace: false }),
    ],
    [
      'one more container',
      'like-the-template',
      (o) => pod(o).containers.push({ name: 'more', image: 'a:b' }),
    ],
    [
      'an init container',
      'like-the-template',
      (o) => Object.assign(pod(o), { initContainers: [{ name: 'first', image: 'a:b' }] }),
    ],
    ['a node of its choice', 'like-the-template', (o) => Object.assign(pod(o), { nodeName: 'node-1' })],
    [
      'a tolerance for other nodes',
      'like-the-template',
      (o) => Object.assign(pod(o), { tolerations: [{ operator: 'Exists' }] }),
    ],
    [
      'an annotation that a sidecar injector obeys',
      'like-the-template',
      (o) => Object.assign(o.spec.template.metadata.annotations, { 'sidecar.istio.io/inject': 'false' }),
    ],
    [
      'a name of its choice',
      'deployments',
      (o) => Object.assign(o.metadata, { name: 'payment-gateway-red' }),
    ],
    [
      'no rollout that it belongs to',
      'deployments',
      (o) => delete o.metadata.annotations['dabbawala.dev/rollout'],
    ],
    [
      'no service that it belongs to',
      'deployments',
      (o) => delete o.metadata.labels['dabbawala.dev/service'],
    ],
    [
      'a service that nobody configured',
      'deployments',
      (o) => Object.assign(o.metadata.labels, { 'dabbawala.dev/service': 'ledger' }),
    ],
    [
      'the name of another service',
      'deployments',
      (o) => Object.assign(o.metadata, { name: 'refunds-green' }),
    ],
  ])('%s', async (_what, policy, change) => {
    const object = candidate();
    change(object);
    refusedBy(policy, await bot.send('POST', `${DEPLOYMENTS}?dryRun=All`, { body: object }));
  });

  it('and is allowed when it is', async () => {
    expect((await bot.send('POST', `${DEPLOYMENTS}?dryRun=All`, { body: candidate() })).status).toBe(201);
  });

  it('and so is one whose template is not there', async () => {
    const object = candidate();
    object.metadata.name = 'refunds-green';
    object.metadata.labels['dabbawala.dev/service'] = 'refunds';
    const { status, body } = await bot.send('POST', `${DEPLOYMENTS}?dryRun=All`, { body: object });
    expect(status).toBeGreaterThanOrEqual(400);
    expect(body.message).toMatch(/ValidatingAdmissionPolicy 'dabbawala-like-the-template'/);
  });
});

describe('a change of a Deployment beyond replicas and our marks is refused', () => {
  const GREEN = `${DEPLOYMENTS}/payment-gateway-green`;
  beforeAll(async () => {
    await api.put({ ...candidate(), metadata: { ...candidate().metadata, namespace: NAMESPACE } });
    await api.put(deploymentOf({ name: 'ledger-db', replicas: 0 }));
  });
  const patch = (path: string, operations: readonly object[]): Promise<Reply> =>
    bot.send('PATCH', `${path}?fieldManager=dabbawala`, { body: operations, contentType: JSON_PATCH });
  const image = '/spec/template/spec/containers/0/image';

  it.each<[string, readonly object[]]>([
    [
      'the image of a colour',
      [
        {
          op: 'add',
          path: image,
          value: `registry.example/payments/payment-gateway@sha256:${'ee'.repeat(32)}`,
        },
      ],
    ],
    [
      'an environment variable',
      [{ op: 'add', path: '/spec/template/spec/containers/0/env/-', value: { name: 'A', value: 'b' } }],
    ],
    ['a label', [{ op: 'add', path: '/metadata/labels/team', value: 'x' }]],
    ['an annotation', [{ op: 'add', path: '/metadata/annotations/team', value: 'x' }]],
    [
      'an owner',
      [
        {
          op: 'add',
          path: '/metadata/ownerReferences',
          value: [{ apiVersion: 'v1', kind: 'Pod', name: 'p', uid: 'u' }],
        },
      ],
    ],
  ])('%s', async (_what, operations) => refusedBy('deployments', await patch(GREEN, operations)));

  it('any of a Deployment that is no service of ours', async () => {
    refusedBy(
      'deployments',
      await patch(`${DEPLOYMENTS}/ledger-db`, [
        { op: 'add', path: '/spec/replicas', value: 0 },
        { op: 'add', path: '/metadata/annotations/dabbawala.dev~1x', value: 'y' },
      ]),
    );
  });

  it.each<[string, readonly object[]]>([
    ['another image of the template', [{ op: 'add', path: image, value: OTHER_IMAGE }]],
    [
      'a tag as the image of the template',
      [{ op: 'add', path: image, value: 'registry.example/payments/payment-gateway:v9' }],
    ],
    [
      'the image of its second container',
      [{ op: 'add', path: '/spec/template/spec/containers/1/image', value: OTHER_IMAGE }],
    ],
    [
      'the command of the template',
      [{ op: 'add', path: '/spec/template/spec/containers/0/command', value: ['sh'] }],
    ],
  ])('%s', async (_what, operations) =>
    refusedBy('deployments', await patch(`${DEPLOYMENTS}/payment-gateway`, operations)),
  );

  it('the end of a Deployment that no rollout made', async () => {
    for (const name of ['ledger-db', 'payment-gateway'])
      refusedBy('deployments', await bot.send('DELETE', `${DEPLOYMENTS}/${name}`));
  });
});

describe('a Job that is no probe of ours is refused', () => {
  const pod = (job: Body): Body => job.spec.template.spec;

  it.each<[string, string, (job: Body) => void]>([
    ['another image', 'jobs', (job) => Object.assign(pod(job).containers[0], { image: OTHER_IMAGE })],
    ['no probe that it is', 'jobs', (job) => delete job.metadata.labels['dabbawala.dev/probe']],
    [
      'privileges',
      'jobs',
      (job) =>
        Object.assign(pod(job).containers[0].securityContext, {
          privileged: true,
          allowPrivilegeEscalation: true,
        }),
    ],
    [
      'a capability',
      'jobs',
      (job) => Object.assign(pod(job).containers[0].securityContext.capabilities, { add: ['NET_ADMIN'] }),
    ],
    ['root', 'jobs', (job) => Object.assign(pod(job).containers[0].securityContext, { runAsNonRoot: false })],
    ['the network of the node', 'jobs', (job) => Object.assign(pod(job), { hostNetwork: true })],
    [
      'a second container',
      // The template has that one, but not with this image: both policies refuse, and the server names one of them.
      '(?:jobs|like-the-template)',
      (job) => pod(job).containers.push({ ...pod(job).containers[0], name: 'log-shipper' }),
    ],
    [
      'an init container',
      'jobs',
      (job) => Object.assign(pod(job), { initContainers: [{ ...pod(job).containers[0], name: 'first' }] }),
    ],
    [
      'another ServiceAccount',
      'like-the-template',
      (job) => Object.assign(pod(job), { serviceAccountName: 'default' }),
    ],
    [
      'a Secret as volume',
      'like-the-template',
      (job) => pod(job).volumes.push({ name: 's', secret: { secretName: 'root' } }),
    ],
    [
      'a Secret as environment',
      'like-the-template',
      (job) =>
        pod(job).containers[0].env.push({
          name: 'X',
          valueFrom: { secretKeyRef: { name: 'root', key: 'k' } },
        }),
    ],
  ])('%s', async (_what, policy, change) => {
    const job = probeJob();
    change(job);
    refusedBy(policy, await bot.send('POST', `${JOBS}?dryRun=All`, { body: job }));
  });

  it('and is allowed when it is one', async () => {
    expect((await bot.send('POST', `${JOBS}?dryRun=All`, { body: probeJob() })).status).toBe(201);
  });
});

describe('a route that leads elsewhere is refused', () => {
  const AT = routePath(ROUTE);
  const PAIR = '/spec/http/1/route';
  beforeEach(async () => {
    await api.put(virtualServiceOf(ROUTE, { blue: 100, green: 0, others: { legacy: 0 } }));
    await api.put(
      virtualServiceOf(
        { ...ROUTE, name: 'ledger', host: 'ledger', service: 'ledger' },
        { blue: 100, green: 0 },
      ),
    );
  });
  const patch = (operations: readonly object[], path = AT): Promise<Reply> =>
    bot.send('PATCH', `${path}?fieldManager=dabbawala`, { body: operations, contentType: JSON_PATCH });

  it.each<[string, readonly object[]]>([
    ['another host for a colour', [{ op: 'add', path: `${PAIR}/1/destination/host`, value: 'evil.example' }]],
    [
      'a host that only begins like ours',
      [{ op: 'add', path: `${PAIR}/1/destination/host`, value: 'payment-gateway-evil' }],
    ],
    [
      'one more destination',
      [{ op: 'add', path: `${PAIR}/-`, value: { destination: { host: 'evil' }, weight: 0 } }],
    ],
    ['a subset of its own', [{ op: 'add', path: `${PAIR}/1/destination/subset`, value: 'red' }]],
    ['another port', [{ op: 'add', path: `${PAIR}/1/destination/port`, value: { number: 22 } }]],
    ['a weight below zero', [{ op: 'add', path: `${PAIR}/1/weight`, value: -5 }]],
    ['the weight of a destination that is not ours', [{ op: 'add', path: `${PAIR}/0/weight`, value: 50 }]],
    ['a mirror', [{ op: 'add', path: '/spec/http/1/mirror', value: { host: 'evil' } }]],
    ['a redirect', [{ op: 'add', path: '/spec/http/0/redirect', value: { authority: 'evil' } }]],
    ['a rewrite', [{ op: 'add', path: '/spec/http/1/rewrite', value: { authority: 'evil' } }]],
    ['headers', [{ op: 'add', path: '/spec/http/1/headers', value: { request: { set: { a: 'b' } } } }]],
    ['a delegate', [{ op: 'add', path: '/spec/http/1/delegate', value: { name: 'evil' } }]],
    ['its hosts', [{ op: 'add', path: '/spec/hosts/-', value: 'evil.example' }]],
    ['its gateways', [{ op: 'add', path: '/spec/gateways/-', value: 'evil' }]],
    ['one route fewer', [{ op: 'remove', path: '/spec/http/0' }]],
    ['a label', [{ op: 'add', path: '/metadata/labels', value: { team: 'x' } }]],
    ['an annotation', [{ op: 'add', path: '/metadata/annotations', value: { team: 'x' } }]],
  ])('%s', async (_what, operations) => refusedBy('routes', await patch(operations)));

  it('any of a route that is no service of ours', async () => {
    const other = AT.replace('payment-gateway', 'ledger');
    refusedBy('routes', await patch([{ op: 'add', path: '/spec/http/1/route/0/weight', value: 99 }], other));
  });
});

describe('a DestinationRule beyond the two subsets is refused', () => {
  const rule = (): Body => ({
    apiVersion: 'networking.istio.io/v1',
    kind: 'DestinationRule',
    metadata: { name: 'made', namespace: NAMESPACE },
    spec: {
      host: 'refunds',
      subsets: ['blue', 'green'].map((name) => ({ name, labels: { 'dabbawala.dev/colour': name } })),
    },
  });

  it.each<[string, (object: Body) => void]>([
    ['another host', (o) => Object.assign(o.spec, { host: 'ledger' })],
    [
      'a third subset',
      (o) => o.spec.subsets.push({ name: 'red', labels: { 'dabbawala.dev/colour': 'red' } }),
    ],
    ['a subset of other pods', (o) => Object.assign(o.spec.subsets[0].labels, { app: 'evil' })],
    ['a traffic policy', (o) => Object.assign(o.spec, { trafficPolicy: { tls: { mode: 'DISABLE' } } })],
    [
      'a traffic policy of a subset',
      (o) => Object.assign(o.spec.subsets[0], { trafficPolicy: { tls: { mode: 'DISABLE' } } }),
    ],
  ])('created with %s', async (_what, change) => {
    const object = rule();
    change(object);
    refusedBy('subsets', await bot.send('POST', `${RULES}?dryRun=All`, { body: object }));
  });

  it.each<[string, readonly object[]]>([
    ['a traffic policy', [{ op: 'add', path: '/spec/trafficPolicy', value: { tls: { mode: 'DISABLE' } } }]],
    ['one subset fewer', [{ op: 'remove', path: '/spec/subsets/0' }]],
    ['another host', [{ op: 'add', path: '/spec/host', value: 'ledger' }]],
  ])('changed by %s', async (_what, operations) => {
    await api.put(destinationRuleOf(ROUTE));
    const path = `${RULES}/${ROUTE.host}?fieldManager=dabbawala`;
    refusedBy('subsets', await bot.send('PATCH', path, { body: operations, contentType: JSON_PATCH }));
  });

  it('and is allowed as we make it', async () => {
    expect((await bot.send('POST', `${RULES}?dryRun=All`, { body: rule() })).status).toBe(201);
  });
});

describe('what the bot has no right to is refused before any policy', () => {
  it.each<[string, string, string]>([
    ['GET', `/api/v1/namespaces/${NAMESPACE}/secrets`, 'secrets'],
    ['GET', '/api/v1/namespaces/kube-system/pods', 'pods'],
    ['POST', `/api/v1/namespaces/${NAMESPACE}/pods`, 'pods'],
    ['GET', `/apis/apps/v1/namespaces/default/deployments/x`, 'deployments'],
    ['DELETE', routePath(ROUTE), 'virtualservices'],
    ['DELETE', `${JOBS}/x`, 'jobs'],
  ])('%s %s', async (method, path, resource) => {
    const { status, body } = await bot.send(method, path, method === 'POST' ? { body: {} } : {});
    expect({ status, reason: body.reason }).toEqual({ status: 403, reason: 'Forbidden' });
    expect(body.message).toContain(
      `cannot ${method === 'GET' ? (path.endsWith('s') ? 'list' : 'get') : method === 'POST' ? 'create' : 'delete'} resource "${resource}"`,
    );
  });
});

describe('a pod', () => {
  const PODS = `/api/v1/namespaces/${NAMESPACE}/pods`;
  const POLICIES = `/apis/networking.k8s.io/v1/namespaces/${NAMESPACE}/networkpolicies`;
  const pod = (name: string): Body => ({
    ...{ apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: NAMESPACE, labels: { app: 'ledger' } } },
    spec: { containers: [{ name: 'app', image: 'registry.example/app:1' }] },
  });
  const patch = (name: string, operations: readonly object[]) =>
    bot.send('PATCH', `${PODS}/${name}?fieldManager=dabbawala`, {
      ...{ body: operations, contentType: JSON_PATCH },
    });

  it('is quarantined and then deleted by the bot, and is gone', async () => {
    await api.put(pod('seen-by-falco'));
    const { client, close } = await botAccess(api);
    const containment = new KubernetesContainment(new Map([[CLUSTER, client]]));
    const found = await containment.find(PLACE, 'seen-by-falco');
    const ref = found?.pod ?? { ...PLACE, name: '', uid: '' };
    expect(await containment.quarantine(ref)).toBe('done');
    expect(await containment.quarantine({ ...ref, uid: 'another' })).toBe('gone');
    expect(await containment.find(PLACE, 'seen-by-falco')).toMatchObject({ isQuarantined: true });
    expect(await containment.kill(ref)).toBe('done');
    await close();
  });

  it('gets no other image and no other labels, and is not deleted in service', async () => {
    await api.put(pod('in-service'));
    const image = { op: 'add', path: '/spec/containers/0/image', value: OTHER_IMAGE };
    refusedBy('quarantine', await patch('in-service', [image]));
    const labels = { op: 'add', path: '/metadata/labels/app', value: 'gateway' };
    refusedBy('quarantine', await patch('in-service', [labels]));
    refusedBy('quarantine', await bot.send('DELETE', `${PODS}/in-service`));
  });

  it('is cut off by the one policy that denies everything, and no other is made', async () => {
    const policy = (name: string, spec: object): Body => ({
      ...{ apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata: { name } },
      spec: { podSelector: { matchLabels: { [QUARANTINE_LABEL]: 'true' } }, ...spec },
    });
    const types = { policyTypes: ['Ingress', 'Egress'] };
    for (const body of [
      policy('other', types),
      policy(QUARANTINE_POLICY, { ...types, egress: [{}] }),
      policy(QUARANTINE_POLICY, { ...types, podSelector: {} }),
      policy(QUARANTINE_POLICY, { policyTypes: ['Ingress'] }),
    ])
      refusedBy('isolation', await bot.send('POST', `${POLICIES}?dryRun=All`, { body }));
  });
});

interface ScalerKind {
  readonly policy: string;
  readonly path: string;
  readonly minimum: string;
  readonly maximum: string;
  /** One that scales this Deployment. */
  readonly of: (target: string) => Body;
}

const SCALER_KINDS: readonly ScalerKind[] = [
  {
    policy: 'autoscalers',
    path: `/apis/autoscaling/v2/namespaces/${NAMESPACE}/horizontalpodautoscalers`,
    minimum: 'minReplicas',
    maximum: 'maxReplicas',
    of: (name) => ({
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      spec: {
        scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name },
        ...{ minReplicas: 2, maxReplicas: 9 },
      },
    }),
  },
  {
    policy: 'scaledobjects',
    path: `/apis/keda.sh/v1alpha1/namespaces/${NAMESPACE}/scaledobjects`,
    minimum: 'minReplicaCount',
    maximum: 'maxReplicaCount',
    of: (target) => {
      const { apiVersion, kind, spec } = scaledObjectOf('any', target, { min: 2 });
      return { apiVersion, kind, spec } as Body;
    },
  },
];

describe.each(SCALER_KINDS)('an autoscaler of $policy', ({ policy, path, minimum, maximum, of }) => {
  const twin = (): Body => ({
    ...of('payment-gateway-green'),
    metadata: {
      name: 'payment-gateway-green',
      namespace: NAMESPACE,
      labels: { 'dabbawala.dev/service': 'payment-gateway' },
      annotations: { 'dabbawala.dev/rollout': 'r-42' },
    },
  });
  const create = (object: Body) => bot.send('POST', `${path}?dryRun=All`, { body: object });
  const patch = (...body: object[]) =>
    bot.send('PATCH', `${path}/own?dryRun=All`, { body, contentType: JSON_PATCH });

  beforeAll(async () => {
    await api.put({ ...of('payment-gateway-blue'), metadata: { name: 'own', namespace: NAMESPACE } });
  });

  it('of a colour may be made for a rollout, and somebody’s own be moved to it with another minimum', async () => {
    expect((await create(twin())).status).toBe(201);
    const moved = await patch(
      { op: 'add', path: '/spec/scaleTargetRef/name', value: 'payment-gateway-green' },
      { op: 'add', path: `/spec/${minimum}`, value: 6 },
      { op: 'add', path: '/metadata/annotations', value: { 'dabbawala.dev/floor': '6' } },
    );
    expect(moved.status).toBe(200);
  });

  it.each<readonly [string, (object: Body) => void]>([
    ['another target', (o) => Object.assign(o.spec.scaleTargetRef, { name: 'ledger' })],
    ['no rollout', (o) => delete o.metadata.annotations],
    ['no service', (o) => delete o.metadata.labels],
  ])('with %s is not made', async (_, change) => {
    const object = twin();
    change(object);
    refusedBy(policy, await create(object), /only the autoscaler of a colour, for a rollout/);
  });

  it.each([
    ['its maximum', `/spec/${maximum}`, 900],
    ['its target to what is none of the service', '/spec/scaleTargetRef/name', 'ledger'],
    ['its labels', '/metadata/labels', { team: 'evil' }],
  ])('of somebody else keeps %s', async (_, field, value) => {
    refusedBy(
      policy,
      await patch({ op: 'add', path: field, value }),
      /only target, minimum and own annotations/,
    );
  });

  it('of somebody else is not deleted', async () => {
    const answer = await bot.send('DELETE', `${path}/own?dryRun=All`);
    refusedBy(policy, answer, /only an autoscaler that a rollout made/);
  });
});
