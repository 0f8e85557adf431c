/** Services that Kubernetes scales by what their pods do and whose pods it evicts, while they are delivered. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { WORLD } from '../../../sandbox/contract.ts';
import { edited, paths, serviceOf } from '../../acceptance/support/config.ts';
import { ASHA, BHARAT, Lane, lostRequests, until } from '../../acceptance/support/lane.ts';
import { MERGE_PATCH } from '../lab/api.ts';
import { type Busy, startBusy } from './busy.ts';
import { evict, tryEvictions } from './evictions.ts';
import { isGivenBack } from './play.ts';
import { type RealWorld, refusals, startRealWorld } from './real-world.ts';
import { HPAS, isActive, summary, watchScalers } from './scalers.ts';

const GATEWAY = 'payment-gateway';
const REFUNDS = 'refunds';

let world: RealWorld;
let busy: Busy;
let scalers: ReturnType<typeof watchScalers>;

beforeAll(async () => {
  const editConfig = edited((config) => {
    // Longer than Kubernetes needs to see more work, and for pods to come; and than a person needs to say hold.
    serviceOf(config, GATEWAY).times['step'] = '10s';
    serviceOf(config, REFUNDS).times['step'] = '6s';
  });
  world = await startRealWorld({ editConfig });
  busy = await startBusy(world);
  scalers = watchScalers();
}, 180_000);
afterAll(async () => {
  scalers?.close();
  await busy?.close();
  await world?.close();
}, 60_000);

const active = (name: string) =>
  until(
    `HPA ${name} acts on what it measures`,
    () => (isActive(world, name) ? true : null),
    30_000,
    () => JSON.stringify(world.cluster.read(`${HPAS}/${name}`)),
  );

/** Metrics of 70 % of half a core: a pod for every 350 m of work. */
const WORK_OF = (pods: number): number => pods * 350;

it('an autoscaler that acts in mid-rollout: floors hold, the candidate grows along, the winner has the one', async () => {
  const gateway = new Lane(world, GATEWAY);
  busy.set(GATEWAY, WORK_OF(2.5));
  await world.cluster.api.must('PATCH', `${HPAS}/${GATEWAY}`, {
    body: { spec: { behavior: { scaleDown: { stabilizationWindowSeconds: 0 } } } },
    contentType: MERGE_PATCH,
  });
  await active(GATEWAY);
  await gateway.plan(ASHA, 'v2.3.1');
  await gateway.approve(BHARAT);
  await gateway.weighs('green', 25, 60_000);
  expect(summary(world)).toEqual([
    `${GATEWAY} on ${GATEWAY}-blue from 3`,
    `${GATEWAY}-green on ${GATEWAY}-green from 3`,
  ]);
  busy.set(GATEWAY, WORK_OF(6));
  await until('stable is scaled up', () => ((gateway.deployment('blue')?.replicas ?? 0) >= 5 ? true : null));
  await until('the candidate grows along', () =>
    (gateway.deployment('green')?.ready ?? 0) >= 5 ? true : null,
  );
  await active(`${GATEWAY}-green`);
  await gateway.shows(/PROMOTED/, 90_000);
  expect(summary(world)).toEqual([`${GATEWAY} on ${GATEWAY}-green from 2`]);
  expect(gateway.deployment('blue')?.replicas).toBe(0);
  await active(GATEWAY);
  await until('the winner has the pods that its work takes', () =>
    gateway.deployment('green')?.ready === 6 ? true : null,
  );
  busy.set(GATEWAY, WORK_OF(1));
  await until('and is scaled down to its own minimum', () =>
    gateway.deployment('green')?.replicas === 2 ? true : null,
  );
  expect(scalers.ambiguous).toEqual([]);
  expect(await lostRequests(world)).toEqual([]);
  expect(refusals(world)).toEqual([]);
  await isGivenBack(world, paths(GATEWAY).route);
}, 240_000);

it('adopt, deploy, and back: the autoscaler is never stopped, pods can be evicted at every step, no request is lost', async () => {
  const refunds = new Lane(world, REFUNDS);
  busy.set(REFUNDS, WORK_OF(1.8));
  world.cluster.seed([autoscaler, budget]);
  await active(REFUNDS);
  const evictions = tryEvictions(world, REFUNDS);
  try {
    await evict(world, REFUNDS, 'plain');

    await carried(refunds, `/dabba adopt ${REFUNDS} reason="blue and green"`);
    await refunds.shows(/PROMOTED/, 120_000);
    expect(summary(world)).toContain(`${REFUNDS} on ${REFUNDS}-blue from 2`);
    await active(REFUNDS);
    await evict(world, REFUNDS, 'blue');

    await carried(refunds, `/deploy ${REFUNDS} v1.2.1 reason="Faster refunds"`);
    await refunds.weighs('green', 25, 60_000);
    await refunds.ask(ASHA, `/dabba hold ${REFUNDS} reason="nodes are drained"`, /Hold of .* is accepted/);
    await Promise.all([active(REFUNDS), active(`${REFUNDS}-green`)]);
    await evict(world, REFUNDS, 'blue');
    await evict(world, REFUNDS, 'green');
    await refunds.ask(ASHA, `/dabba go ${REFUNDS}`, /goes on with its plan/);
    await refunds.shows(/PROMOTED/, 120_000);
    expect(summary(world)).toContain(`${REFUNDS} on ${REFUNDS}-green from 2`);
    await active(REFUNDS);
    await evict(world, REFUNDS, 'green');

    await carried(refunds, `/dabba adopt ${REFUNDS} undo reason="Back to plain"`);
    await refunds.shows(/PROMOTED/, 120_000);
    expect(summary(world)).toContain(`${REFUNDS} on ${REFUNDS} from 2`);
    await active(REFUNDS);
    await evict(world, REFUNDS, 'plain');
  } finally {
    await evictions.close();
  }
  expect(scalers.ambiguous).toEqual([]);
  expect(evictions.refused).toEqual([]);
  expect(evictions.asked()).toBeGreaterThan(50);
  expect(await lostRequests(world)).toEqual([]);
  expect(refusals(world)).toEqual([]);
}, 360_000);

/** Asked for and approved. */
async function carried(lane: Lane, command: string): Promise<void> {
  const cards = lane.cards().length;
  await lane.ask(ASHA, command, /is accepted/);
  await lane.newCard(cards, 'approve', 15_000);
  await lane.approve(BHARAT);
}

const autoscaler = {
  apiVersion: 'autoscaling/v2',
  kind: 'HorizontalPodAutoscaler',
  metadata: { name: REFUNDS, namespace: WORLD.namespace },
  spec: {
    scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: REFUNDS },
    minReplicas: 2,
    maxReplicas: 6,
    metrics: [
      {
        type: 'Resource',
        resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 70 } },
      },
    ],
  },
};
const budget = {
  apiVersion: 'policy/v1',
  kind: 'PodDisruptionBudget',
  metadata: { name: REFUNDS, namespace: WORLD.namespace },
  spec: { minAvailable: 1, selector: { matchLabels: { app: REFUNDS } } },
};
