/** A service that is scaled while it is delivered: floors, the candidate's twin, and one autoscaler on the winner at the end. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { KUBECTL_TOKEN } from '../../sandbox/world/ground.ts';
import { startWorld, type World } from '../../sandbox/world/world.ts';
import { edited, NO_LIMITS, paths, serviceOf } from './support/config.ts';
import { ASHA, BHARAT, Lane, lostRequests, NAMESPACE, until } from './support/lane.ts';

const HPAS = `/apis/autoscaling/v2/namespaces/${NAMESPACE}/horizontalpodautoscalers`;
const SCALED_OBJECTS = `/apis/keda.sh/v1alpha1/namespaces/${NAMESPACE}/scaledobjects`;

let world: World;
let gateway: Lane;

beforeAll(async () => {
  const editConfig = edited((config) => {
    serviceOf(config, 'payment-gateway').steps = [25, 50, 100];
  });
  world = await startWorld({ pace: 'test', rps: 120, slackLimits: NO_LIMITS, editConfig });
  gateway = new Lane(world, 'payment-gateway');
}, 60_000);
afterAll(() => world?.close());

interface Scaler {
  readonly metadata: { readonly name: string; readonly annotations?: Readonly<Record<string, string>> };
  readonly spec: {
    readonly scaleTargetRef: { readonly name: string };
    readonly minReplicas?: number;
    readonly minReplicaCount?: number;
  };
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly reason?: string }[] };
}
const scalers = (place: string): readonly Scaler[] =>
  world.cluster.list(place) as unknown as readonly Scaler[];
/** `payment-gateway on payment-gateway-blue from 3`, sorted. */
const summary = (place: string): readonly string[] =>
  scalers(place)
    .map(({ metadata, spec }) => {
      const min = spec.minReplicas ?? spec.minReplicaCount;
      return `${metadata.name} on ${spec.scaleTargetRef.name} from ${min}`;
    })
    .toSorted();
const reasons = (): readonly string[] =>
  scalers(HPAS).flatMap(({ status }) => (status?.conditions ?? []).flatMap(({ reason }) => reason ?? []));

/** What an autoscaler does: it writes replicas and nothing else. */
async function scale(path: string, replicas: number): Promise<void> {
  const answer = await fetch(`${world.cluster.url}${path}?fieldManager=kube-controller-manager`, {
    method: 'PATCH',
    headers: { authorization: `Bearer ${KUBECTL_TOKEN}`, 'content-type': 'application/json-patch+json' },
    body: JSON.stringify([{ op: 'add', path: '/spec/replicas', value: replicas }]),
  });
  if (!answer.ok) throw new Error(await answer.text());
}

const seen = (place: string, wanted: readonly string[]) =>
  until(
    `autoscalers ${wanted.join(', ')}`,
    () => (JSON.stringify(summary(place)) === JSON.stringify(wanted) ? true : null),
    20_000,
    () => summary(place).join(', '),
  );

it('replicas that move in mid-rollout: floors hold, the candidate grows along, and the winner has the one autoscaler', async () => {
  const card = await gateway.plan(ASHA, 'v2.3.1');
  expect(gateway.words()).toContain(
    'HPA payment-gateway: 2–8, floor 3 for both colours while this runs, then 2 again, on the winner',
  );
  expect(gateway.words()).toContain('PDB payment-gateway protects both colours together');
  await gateway.click(BHARAT, 'approve', card);
  await gateway.weighs('green', (weight) => weight >= 25);
  expect(summary(HPAS)).toEqual([
    'payment-gateway on payment-gateway-blue from 3',
    'payment-gateway-green on payment-gateway-green from 3',
  ]);
  expect(reasons()).not.toContain('AmbiguousSelector');

  await scale(paths('payment-gateway').blue, 6);
  await until('the candidate grows along', () =>
    (gateway.deployment('green')?.ready ?? 0) >= 6 ? true : null,
  );
  await gateway.shows(/PROMOTED/, 40_000);
  expect(gateway.deployment('green')).toMatchObject({ replicas: 6, ready: 6 });
  expect(gateway.deployment('blue')?.replicas).toBe(0);
  expect(summary(HPAS)).toEqual(['payment-gateway on payment-gateway-green from 2']);
  expect(scalers(HPAS)[0]?.metadata.annotations ?? {}).toEqual({});
  expect(await lostRequests(world)).toEqual([]);
}, 90_000);

it('a rollback leaves the autoscaler of the live colour as it was, and no other', async () => {
  const before = world.cluster.read(`${HPAS}/payment-gateway`) as unknown as { spec: object };
  await gateway.plan(ASHA, 'v2.4.0');
  await gateway.approve(BHARAT);
  await gateway.weighs('blue', (weight) => weight >= 25);
  await seen(HPAS, [
    'payment-gateway on payment-gateway-green from 6',
    'payment-gateway-blue on payment-gateway-blue from 6',
  ]);
  await gateway.type(ASHA, '/rollback payment-gateway reason="not this one"');
  await gateway.shows(/ROLLED BACK/, 30_000);
  expect(summary(HPAS)).toEqual(['payment-gateway on payment-gateway-green from 2']);
  expect((world.cluster.read(`${HPAS}/payment-gateway`) as unknown as { spec: object }).spec).toEqual(
    before.spec,
  );
  await until('the candidate has no pod', () => (gateway.deployment('blue')?.ready === 0 ? true : null));
  expect(gateway.deployment('blue')?.replicas).toBe(0);
  expect(await lostRequests(world)).toEqual([]);
}, 90_000);

it('of a service that KEDA scales the ScaledObject moves, never its autoscaler', async () => {
  world.cluster.restoreKind('keda.sh/v1alpha1', 'scaledobjects');
  world.cluster.seed([
    {
      apiVersion: 'keda.sh/v1alpha1',
      kind: 'ScaledObject',
      metadata: { name: 'upi', namespace: NAMESPACE },
      spec: {
        scaleTargetRef: { name: 'upi-switch-blue' },
        minReplicaCount: 1,
        maxReplicaCount: 10,
        triggers: [{ type: 'prometheus', metadata: { query: 'sum(queue_depth)', threshold: '10' } }],
      },
    },
  ]);
  const upi = new Lane(world, 'upi-switch');
  await upi.plan(ASHA, 'v1.9.0');
  expect(upi.words()).toContain('ScaledObject upi: 1–10, floor 3');
  await upi.approve(BHARAT);
  await upi.weighs('green', (weight) => weight >= 25);
  expect(summary(SCALED_OBJECTS)).toEqual([
    'upi on upi-switch-blue from 3',
    'upi-switch-green on upi-switch-green from 3',
  ]);
  await upi.shows(/PROMOTED/, 40_000);
  expect(summary(SCALED_OBJECTS)).toEqual(['upi on upi-switch-green from 1']);
  await until('KEDA follows', () =>
    summary(HPAS).includes('keda-hpa-upi on upi-switch-green from 1') ? true : null,
  );
  expect(
    world.cluster.requests().filter(({ method, path }) => method === 'PATCH' && path.includes('keda-hpa')),
  ).toEqual([]);
  expect(await lostRequests(world)).toEqual([]);
}, 90_000);
