/** What in the mesh has to do with a host beside its own route, read from a server. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { IstioRouter } from '../../src/adapters/istio.ts';
import { KubeClient } from '../../src/adapters/kubernetes/client.ts';
import {
  destinationRuleOf,
  otherRouteOf,
  peerAuthenticationOf,
  ROUTE,
  virtualServiceOf,
} from '../contract/objects.ts';
import { CLUSTER, type Hands, openCluster } from '../contract/targets.ts';
import { codeOf } from '../contract/traffic-router.suite.ts';

let hands: Hands;
let client: KubeClient;
let router: IstioRouter;

beforeEach(async () => {
  hands = await openCluster();
  client = new KubeClient(CLUSTER, hands.settings);
  router = new IstioRouter(client);
  hands.cluster.seed([virtualServiceOf(ROUTE, { blue: 100, green: 0 }), destinationRuleOf(ROUTE)]);
});
afterEach(async () => {
  client.close();
  await hands.close();
});

const to = (host: string, subset?: string) => ({ destination: { host, ...(subset && { subset }) } });
const FULL = 'payment-gateway.payments.svc.cluster.local';
const uncoloured = async () => (await router.surveyMesh(ROUTE)).uncoloured;

describe('routes that name no colour', () => {
  it.each([
    ['by the short name in its own namespace', 'payments', { http: [{ route: [to('payment-gateway')] }] }],
    ['by the full name elsewhere', 'web', { http: [{ route: [to('x', 'v1'), to(FULL)] }] }],
    ['by TCP', 'web', { tcp: [{ route: [to(FULL)] }] }],
    ['by TLS', 'web', { tls: [{ route: [to(FULL)] }] }],
    ['as a mirror', 'web', { http: [{ route: [to('shop')], mirror: { host: FULL } }] }],
    ['as one of several mirrors', 'web', { http: [{ mirrors: [to('a'), to(FULL)] }] }],
  ])('are found %s', async (_, namespace, spec) => {
    hands.cluster.seed([otherRouteOf(namespace, 'other', spec)]);
    expect(await uncoloured()).toEqual([`VirtualService ${namespace}/other`]);
  });

  it.each([
    [
      'with a colour',
      'web',
      { http: [{ route: [to(FULL, 'blue')], mirror: { host: FULL, subset: 'green' } }] },
    ],
    [
      'to a service of the same name in another namespace',
      'web',
      { http: [{ route: [to('payment-gateway')] }] },
    ],
    ['to something else', 'payments', { http: [{ route: [to('ledger')] }], tcp: [{}] }],
  ])('are not those %s', async (_, namespace, spec) => {
    hands.cluster.seed([otherRouteOf(namespace, 'other', spec)]);
    expect(await uncoloured()).toEqual([]);
  });

  it('are the own route only for what it sends beside HTTP', async () => {
    const own = virtualServiceOf(ROUTE, { blue: 100, green: 0 }) as { spec: { http: object[] } };
    own.spec.http.push({ route: [to('payment-gateway')] });
    hands.cluster.seed([own]);
    expect(await uncoloured()).toEqual([]);
    own.spec.http.push({ route: [to('ledger')], mirror: { host: 'payment-gateway' } });
    hands.cluster.seed([own]);
    expect(await uncoloured()).toEqual(['VirtualService payments/payment-gateway']);
  });
});

describe('what may not be seen', () => {
  it('other namespaces: their own is looked at, and that is said', async () => {
    hands.cluster.seed([
      otherRouteOf('payments', 'near', { http: [{ route: [to('payment-gateway')] }] }),
      otherRouteOf('web', 'far', { http: [{ route: [to(FULL)] }] }),
    ]);
    hands.cluster.setForbidden({ verb: 'list', resource: 'virtualservices', namespace: '' });
    expect(await router.surveyMesh(ROUTE)).toMatchObject({
      uncoloured: ['VirtualService payments/near'],
      unseenRoutes: expect.stringMatching(/^Routes of other namespaces to payment-gateway are not seen/),
    });
  });

  it('any list: it says so and goes on', async () => {
    hands.cluster.setForbidden({ verb: 'list', resource: 'virtualservices' });
    hands.cluster.setForbidden({ verb: 'list', resource: 'peerauthentications' });
    expect(await router.surveyMesh(ROUTE)).toMatchObject({
      uncoloured: [],
      unseenRoutes: expect.stringContaining('no right to list VirtualServices in payments'),
      policies: { kind: 'unknown', detail: 'no right to list PeerAuthentications in payments' },
    });
  });

  it('the mesh’s own policy matters only while the namespace has none', async () => {
    hands.cluster.setForbidden({ verb: 'list', resource: 'peerauthentications', namespace: 'istio-system' });
    expect((await router.surveyMesh(ROUTE)).policies).toMatchObject({
      kind: 'unknown',
      detail: expect.stringContaining('istio-system'),
    });
    hands.cluster.seed([peerAuthenticationOf('payments', { mtls: { mode: 'PERMISSIVE' } })]);
    expect((await router.surveyMesh(ROUTE)).policies).toMatchObject({
      kind: 'known',
      value: [{ mode: 'PERMISSIVE' }],
    });
  });

  it('a server that fails is a failure, not a missing right', async () => {
    hands.cluster.setForbidden({ verb: 'list', resource: 'destinationrules' });
    expect(await codeOf(router.surveyMesh(ROUTE))).toBe('forbidden');
  });
});

describe('policies', () => {
  it('are read with their selector, mode and ports, of namespace and mesh', async () => {
    hands.cluster.seed([
      peerAuthenticationOf('istio-system', { mtls: { mode: 'STRICT' } }),
      peerAuthenticationOf(
        'payments',
        { selector: { matchLabels: { app: 'pg' } }, portLevelMtls: { 8080: { mode: 'DISABLE' } } },
        'pods',
      ),
      peerAuthenticationOf('web', { mtls: { mode: 'STRICT' } }),
    ]);
    expect((await router.surveyMesh(ROUTE)).policies).toEqual({
      kind: 'known',
      value: [
        {
          namespace: 'payments',
          name: 'pods',
          selector: { app: 'pg' },
          mode: null,
          ports: { '8080': 'DISABLE' },
          isMeshWide: false,
        },
        {
          namespace: 'istio-system',
          name: 'default',
          selector: null,
          mode: 'STRICT',
          ports: {},
          isMeshWide: true,
        },
      ],
    });
  });

  it('are none where the cluster does not know the kind', async () => {
    for (const version of ['v1', 'v1beta1'])
      hands.cluster.removeKind(`security.istio.io/${version}`, 'peerauthentications');
    expect((await router.surveyMesh(ROUTE)).policies).toEqual({ kind: 'known', value: [] });
    expect((await router.read(ROUTE)).weight).toEqual({ blue: 100, green: 0 });
  });
});

it('owners are named of the route and of the rules for its host', async () => {
  const rule = destinationRuleOf(ROUTE) as { metadata: object };
  rule.metadata = { ...rule.metadata, annotations: { 'meta.helm.sh/release-name': 'pg' } };
  hands.cluster.seed([virtualServiceOf(ROUTE, { blue: 100, green: 0, owner: 'flux' }), rule]);
  expect((await router.surveyMesh(ROUTE)).owners).toEqual([
    { kind: 'VirtualService', name: 'payment-gateway', owner: 'Flux (Kustomization flux-system/payments)' },
    { kind: 'DestinationRule', name: 'payment-gateway', owner: 'Helm (release pg)' },
  ]);
});
