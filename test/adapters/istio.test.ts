import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { IstioRouter } from '../../src/adapters/istio.ts';
import { KubeClient, type KubeObject, type PatchOperation } from '../../src/adapters/kubernetes/client.ts';
import type { ConflictCode } from '../../src/adapters/kubernetes/failures.ts';
import type { Kind } from '../../src/adapters/kubernetes/resources.ts';
import { toDabbawalaError } from '../../src/lib/errors.ts';
import { destinationRuleOf, ROUTE, virtualServiceOf } from '../contract/objects.ts';
import { CLUSTER, type Hands, openCluster, routePath } from '../contract/targets.ts';
import { codeOf, MARKS } from '../contract/traffic-router.suite.ts';

/** Lets somebody else act between the adapter's own read and its write. */
class RacedClient extends KubeClient {
  beforePatch: (() => Promise<void>) | null = null;

  override async patch(
    kind: Kind,
    namespace: string,
    name: string,
    operations: readonly PatchOperation[],
    conflict: ConflictCode,
    signal?: AbortSignal,
  ): Promise<KubeObject> {
    const race = this.beforePatch;
    this.beforePatch = null;
    await race?.();
    return super.patch(kind, namespace, name, operations, conflict, signal);
  }
}

let hands: Hands;
let client: RacedClient;
let router: IstioRouter;

beforeEach(async () => {
  hands = await openCluster();
  client = new RacedClient(CLUSTER, hands.settings);
  router = new IstioRouter(client);
  hands.cluster.seed([virtualServiceOf(ROUTE, { blue: 100, green: 0 }), destinationRuleOf(ROUTE)]);
});
afterEach(async () => {
  client.close();
  await hands.close();
});

const failure = async (attempt: Promise<unknown>) => {
  try {
    await attempt;
  } catch (error) {
    const { code, message, hint } = toDabbawalaError(error);
    return { code, message, hint };
  }
  throw new Error('nothing was thrown');
};

const shift = async (percent: number, marks = MARKS) =>
  router.setWeight(ROUTE, { candidate: 'green', percent, marks, seen: await router.read(ROUTE) });

/** Seeds the VirtualService with other HTTP routes. */
const seedHttp = (http: unknown, spec: object = {}): void =>
  hands.cluster.seed([
    {
      ...virtualServiceOf(ROUTE, { blue: 1, green: 1 }),
      spec: { hosts: ['payment-gateway'], ...spec, ...(http !== undefined && { http }) },
    },
  ]);
const to = (subset: string | undefined, weight?: number, host = 'payment-gateway') => ({
  destination: { host, ...(subset !== undefined && { subset }) },
  ...(weight !== undefined && { weight }),
});

describe('the write', () => {
  it('is one JSON patch: tests on resourceVersion and both destinations, two weights, our five annotations', async () => {
    const seen = await router.read(ROUTE);
    hands.cluster.clearRequests();
    await router.setWeight(ROUTE, { candidate: 'green', percent: 25, marks: MARKS, seen });
    const patches = hands.cluster.requests().filter((request) => request.method === 'PATCH');
    expect(patches).toHaveLength(1);
    expect(patches[0]).toMatchObject({
      contentType: 'application/json-patch+json',
      fieldManager: 'dabbawala',
      userAgent: 'dabbawala',
    });
    const route = '/spec/http/1/route';
    const destination = (subset: string) => ({ host: 'payment-gateway', subset, port: { number: 8080 } });
    expect(patches[0]?.body).toEqual([
      { op: 'test', path: '/metadata/resourceVersion', value: seen.resourceVersion },
      { op: 'test', path: `${route}/1/destination`, value: destination('green') },
      { op: 'test', path: `${route}/0/destination`, value: destination('blue') },
      { op: 'add', path: `${route}/1/weight`, value: 25 },
      { op: 'add', path: `${route}/0/weight`, value: 75 },
      { op: 'add', path: '/metadata/annotations', value: {} },
      { op: 'add', path: '/metadata/annotations/dabbawala.dev~1rollout.payment-gateway', value: 'r-42' },
      {
        op: 'add',
        path: '/metadata/annotations/dabbawala.dev~1plan-digest.payment-gateway',
        value: 'a'.repeat(64),
      },
      { op: 'add', path: '/metadata/annotations/dabbawala.dev~1step.payment-gateway', value: '0' },
      { op: 'add', path: '/metadata/annotations/dabbawala.dev~1token.payment-gateway', value: '7' },
      { op: 'add', path: '/metadata/annotations/dabbawala.dev~1stable.payment-gateway', value: 'blue' },
    ]);
  });

  it('keeps the annotations of others', async () => {
    hands.cluster.seed([virtualServiceOf(ROUTE, { blue: 100, green: 0, owner: 'argo' })]);
    await shift(10);
    expect(hands.cluster.read(routePath(ROUTE))?.metadata.annotations).toMatchObject({
      'argocd.argoproj.io/tracking-id': expect.any(String),
      'dabbawala.dev/token.payment-gateway': '7',
    });
  });

  it('sets a weight that was never there', async () => {
    hands.cluster.seed([virtualServiceOf(ROUTE, { blue: 100, green: null })]);
    expect((await router.read(ROUTE)).weight).toEqual({ blue: 100, green: 0 });
    expect((await shift(10)).weight).toEqual({ blue: 90, green: 10 });
  });

  it('that loses a race after its own read is route_conflict', async () => {
    const seen = await router.read(ROUTE);
    client.beforePatch = () =>
      hands.patchAs('kubectl-edit', routePath(ROUTE), [
        { op: 'add', path: '/spec/http/1/route/0/weight', value: 99 },
      ]);
    const late = router.setWeight(ROUTE, { candidate: 'green', percent: 50, marks: MARKS, seen });
    expect(await codeOf(late)).toBe('route_conflict');
    expect((await router.read(ROUTE)).weight).toEqual({ blue: 99, green: 0 });
  });

  it('that is refused though nobody moved the object is route_unusable, not a race', async () => {
    const seen = await router.read(ROUTE);
    const patch = client.patch.bind(client);
    client.patch = (kind, namespace, name, operations, conflict, signal) =>
      patch(
        kind,
        namespace,
        name,
        [...operations, { op: 'test', path: '/spec/nothing/here', value: 1 }],
        conflict,
        signal,
      );
    const refused = await failure(
      router.setWeight(ROUTE, { candidate: 'green', percent: 50, marks: MARKS, seen }),
    );
    expect(refused.code).toBe('route_unusable');
    expect(refused.message).toContain('did not take our change though nobody else wrote it');
  });

  it('of two services on one object leaves the other service alone', async () => {
    const other = { ...ROUTE, host: 'ledger', service: 'ledger' };
    seedHttp([
      { route: [to('blue', 100), to('green', 0)] },
      { route: [to('blue', 100, 'ledger'), to('green', 0, 'ledger')] },
    ]);
    hands.cluster.seed([destinationRuleOf(other)]);
    await shift(25);
    await router.setWeight(other, {
      candidate: 'green',
      percent: 50,
      marks: { ...MARKS, rolloutId: 'r-43', token: 3 },
      seen: await router.read(other),
    });
    expect(await router.read(ROUTE)).toMatchObject({
      weight: { green: 25 },
      marks: { rolloutId: 'r-42', token: 7 },
    });
    expect(await router.read(other)).toMatchObject({
      weight: { green: 50 },
      marks: { rolloutId: 'r-43', token: 3 },
    });
  });

  it('unreadable marks are no marks', async () => {
    await shift(10);
    await hands.patchAs('kubectl-edit', routePath(ROUTE), [
      { op: 'add', path: '/metadata/annotations/dabbawala.dev~1token.payment-gateway', value: 'high' },
    ]);
    expect((await router.read(ROUTE)).marks).toBeNull();
    expect((await shift(20)).marks).toEqual(MARKS);
  });
});

describe('release', () => {
  it('empties the list when nobody else is on it', async () => {
    const entry = { manager: 'dabbawala', operation: 'Update', apiVersion: 'networking.istio.io/v1' };
    hands.cluster.seed([
      {
        ...virtualServiceOf(ROUTE, { blue: 100, green: 0 }),
        metadata: {
          name: ROUTE.name,
          namespace: ROUTE.namespace,
          managedFields: [{ ...entry, fieldsType: 'FieldsV1', fieldsV1: { 'f:spec': { 'f:http': {} } } }],
        },
      },
    ]);
    await router.release(ROUTE);
    expect(hands.cluster.read(routePath(ROUTE))?.metadata.managedFields ?? []).toEqual([]);
  });

  it('looks again when the list moved under it', async () => {
    await shift(10);
    client.beforePatch = () =>
      hands.patchAs('aaa-first', routePath(ROUTE), [
        { op: 'add', path: '/metadata/labels', value: { a: 'b' } },
      ]);
    await router.release(ROUTE);
    const managers = (hands.cluster.read(routePath(ROUTE))?.metadata.managedFields ?? []).map(
      ({ manager }) => manager,
    );
    expect(managers).not.toContain('dabbawala');
    expect(managers).toContain('aaa-first');
  });
});

describe('routes that cannot be shifted', () => {
  it.each([
    ['TCP alone', undefined, { tcp: [{ route: [to('blue')] }] }, /routes TCP or TLS only/],
    ['TLS alone', undefined, { tls: [{ route: [to('blue')] }] }, /routes TCP or TLS only/],
    ['nothing', undefined, {}, /has no HTTP route/],
    ['a delegate', [{ delegate: { name: 'inner' } }], {}, /delegate inner/],
    [
      'one destination without a subset',
      [{ route: [to(undefined)] }],
      {},
      /splits payment-gateway between the subsets blue and green/,
    ],
    ['one colour', [{ route: [to('blue', 100)] }], {}, /beside blue there is no green/],
    ['the other colour', [{ route: [to('green', 100)] }], {}, /beside green there is no blue/],
    [
      'two hosts',
      [{ route: [to('blue', 50), to('green', 50, 'ledger')] }],
      {},
      /beside blue there is no green/,
    ],
    [
      'several pairs',
      [{ route: [to('blue', 1), to('green', 1)] }, { route: [to('blue', 1), to('green', 1)] }],
      {},
      /in 2 HTTP routes/,
    ],
    [
      'a colour twice',
      [{ route: [to('blue', 1), to('blue', 1), to('green', 1)] }],
      {},
      /names a colour of payment-gateway twice/,
    ],
    ['no weights', [{ route: [to('blue'), to('green')] }], {}, /sum is 0/],
    ['a negative weight', [{ route: [to('blue', 105), to('green', -5)] }], {}, /weight -5/],
    [
      'a fallback past the colours',
      [{ route: [to('blue', 100), to('green', 0)] }, { route: [to(undefined)] }],
      {},
      /without a subset in HTTP route 2/,
    ],
    ['http of another shape', [{ route: 'blue' }], {}, /cannot be read/],
  ])('%s', async (_title, http, spec, words) => {
    seedHttp(http, spec);
    const { code, message } = await failure(router.read(ROUTE));
    expect(code).toBe('route_unusable');
    expect(message).toMatch(words);
    expect(message).toContain('VirtualService payments/payment-gateway');
  });

  it.each([
    'payment-gateway',
    'payment-gateway.payments',
    'payment-gateway.payments.svc',
    'payment-gateway.payments.svc.cluster.local',
  ])('the host written as %s is the same host', async (host) => {
    seedHttp([{ route: [to('blue', 70, host), to('green', 30, host)] }]);
    expect((await router.read(ROUTE)).weight).toEqual({ blue: 70, green: 30 });
  });

  it('the same name in another namespace is another host', async () => {
    seedHttp([
      { route: [to('blue', 70, 'payment-gateway.other'), to('green', 30, 'payment-gateway.other')] },
    ]);
    expect(await codeOf(router.read(ROUTE))).toBe('route_unusable');
  });
});

describe('subsets', () => {
  const ruleWith = (subsets: object[]) => ({
    ...destinationRuleOf(ROUTE),
    spec: { host: 'payment-gateway', subsets },
  });
  const good = (name: string) => ({ name, labels: { 'dabbawala.dev/colour': name } });

  it.each([
    ['no subset green', [good('blue')], /needs subset green in DestinationRule payment-gateway/],
    [
      'no colour label',
      [good('blue'), { name: 'green', labels: { version: 'v2' } }],
      /label dabbawala.dev\/colour: green/,
    ],
    [
      'the colours crossed',
      [good('green'), { name: 'blue', labels: { 'dabbawala.dev/colour': 'green' } }],
      /colour: blue/,
    ],
    ['none', [], /needs subset blue/],
  ])('%s', async (_title, subsets, words) => {
    hands.cluster.seed([ruleWith(subsets)]);
    expect(await failure(router.read(ROUTE))).toMatchObject({
      code: 'route_unusable',
      message: expect.stringMatching(words),
    });
  });

  it('a host without any DestinationRule', async () => {
    await hands.remove('/apis/networking.istio.io/v1/namespaces/payments/destinationrules/payment-gateway');
    expect((await failure(router.read(ROUTE))).message).toContain(
      'needs a DestinationRule for payment-gateway',
    );
  });

  it('that vanish while the candidate has traffic forbid more of it, and never the way back', async () => {
    await shift(25);
    hands.cluster.seed([ruleWith([good('blue')])]);
    const seen = await router.read(ROUTE);
    expect(seen.weight.green).toBe(25);
    const up = router.setWeight(ROUTE, { candidate: 'green', percent: 50, marks: MARKS, seen });
    expect(await codeOf(up)).toBe('route_unusable');
    const back = await router.setWeight(ROUTE, { candidate: 'green', percent: 0, marks: MARKS, seen });
    expect(back.weight).toEqual({ blue: 100, green: 0 });
  });

  it('are asked for again once the rollout has ended and given the route back', async () => {
    await shift(100);
    await router.release(ROUTE);
    hands.cluster.seed([ruleWith([good('green')])]);
    expect(await codeOf(router.read(ROUTE))).toBe('route_unusable');
  });

  it('that may not be listed do not close the way back either', async () => {
    await shift(25);
    hands.cluster.setForbidden({ resource: 'destinationrules' });
    expect((await shift(0)).weight).toEqual({ blue: 100, green: 0 });
    expect(await codeOf(router.read(ROUTE))).toBe('forbidden');
  });
});

describe('what the API server refuses', () => {
  const V1 = 'networking.istio.io/v1';
  const V1BETA1 = 'networking.istio.io/v1beta1';

  it('a kind that is not installed is crd_missing and names kind and version', async () => {
    for (const version of [V1, V1BETA1]) hands.cluster.removeKind(version, 'virtualservices');
    expect(await failure(router.read(ROUTE))).toMatchObject({
      code: 'crd_missing',
      message: `Cluster "mumbai" does not know the kind VirtualService (${V1}).`,
      hint: 'Install the CRD virtualservices.networking.istio.io with version v1.',
    });
  });

  it('a missing object is object_missing', async () => {
    await hands.remove(routePath(ROUTE));
    expect(await failure(router.read(ROUTE))).toMatchObject({
      code: 'object_missing',
      message: 'VirtualService payments/payment-gateway is not in cluster "mumbai".',
    });
  });

  it('a missing right is forbidden with the rule to add', async () => {
    hands.cluster.setForbidden({ verb: 'patch', resource: 'virtualservices' });
    const { code, message, hint } = await failure(shift(10));
    expect(code).toBe('forbidden');
    expect(message).toContain('refused to patch VirtualService payments/payment-gateway: no right to (403)');
    expect(hint).toBe(
      `Add this rule to the bot's Role in namespace payments: - {apiGroups: ["networking.istio.io"], resources: ["virtualservices"], verbs: ["patch"]}`,
    );
  });

  it('an Istio that serves v1beta1 alone is asked in v1beta1', async () => {
    for (const plural of ['virtualservices', 'destinationrules']) hands.cluster.removeKind(V1, plural);
    expect((await shift(25)).weight).toEqual({ blue: 75, green: 25 });
    hands.cluster.clearRequests();
    await router.read(ROUTE);
    expect(hands.cluster.requests().every(({ path }) => path.includes('/v1beta1/'))).toBe(true);
    for (const plural of ['virtualservices', 'destinationrules']) {
      hands.cluster.restoreKind(V1, plural);
      hands.cluster.removeKind(V1BETA1, plural);
    }
    expect((await router.read(ROUTE)).weight.green).toBe(25);
  });

  it.each(['refuse', '500'] as const)('a server that is down (%s) is cluster_unavailable', async (mode) => {
    await hands.cluster.setDown(mode);
    expect(await codeOf(router.read(ROUTE))).toBe('cluster_unavailable');
  });

  it('a server that hangs is cluster_unavailable within the time-out', async () => {
    const impatient = new KubeClient(CLUSTER, { ...hands.settings, timeout: 150 });
    await hands.cluster.setDown('hang');
    expect(await failure(new IstioRouter(impatient).read(ROUTE))).toMatchObject({
      code: 'cluster_unavailable',
      message: expect.stringContaining('did not answer within 150 ms'),
    });
    impatient.close();
  });

  it('a call that is aborted ends at once', async () => {
    await hands.cluster.setDown('hang');
    const controller = new AbortController();
    const reading = router.read(ROUTE, controller.signal);
    controller.abort();
    expect((await failure(reading)).message).toContain('aborted');
  });
});

describe('rules that serve many looks', () => {
  const lists = (): number =>
    hands.cluster.requests().filter(({ path }) => path.endsWith('/destinationrules')).length;

  it('are listed once for looks of one moment', async () => {
    const sharing = new IstioRouter(client, { rulesValidMs: 60_000 });
    await Promise.all([sharing.read(ROUTE), sharing.read(ROUTE)]);
    await sharing.read(ROUTE);
    expect(lists()).toBe(1);
  });

  it('are listed afresh before a weight rises', async () => {
    const sharing = new IstioRouter(client, { rulesValidMs: 60_000 });
    const seen = await sharing.read(ROUTE);
    hands.cluster.seed([{ ...destinationRuleOf(ROUTE), spec: { host: ROUTE.host, subsets: [] } }]);
    expect(
      await failure(sharing.setWeight(ROUTE, { candidate: 'green', percent: 10, marks: MARKS, seen })),
    ).toMatchObject({ code: 'route_unusable' });
  });

  it('are asked for again after a failure', async () => {
    const sharing = new IstioRouter(client, { rulesValidMs: 60_000 });
    hands.cluster.setForbidden({ verb: 'list', resource: 'destinationrules' });
    await failure(sharing.read(ROUTE));
    hands.cluster.clearForbidden();
    expect((await sharing.read(ROUTE)).percent.green).toBe(0);
  });
});
