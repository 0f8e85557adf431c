/** What a cluster alone can show: every field of a twin, the marks on somebody's own object, and KEDA that is not there. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { KubeClient } from '../../../src/adapters/kubernetes/client.ts';
import { KubernetesWorkloads } from '../../../src/adapters/kubernetes/workloads.ts';
import type { AutoscalerKind } from '../../../src/core/rollout/autoscaler.ts';
import { autoscalerOf, budgetOf, NAMESPACE, scaledObjectOf } from '../../contract/objects.ts';
import { CLUSTER, type Hands, openCluster, PLACE } from '../../contract/targets.ts';
import { codeOf } from '../../contract/traffic-router.suite.ts';

const BLUE = 'payment-gateway-blue';
const GREEN = 'payment-gateway-green';
const HPAS = `/apis/autoscaling/v2/namespaces/${NAMESPACE}/horizontalpodautoscalers`;
const SCALED_OBJECTS = `/apis/keda.sh/v1alpha1/namespaces/${NAMESPACE}/scaledobjects`;

let hands: Hands;
let client: KubeClient;
let workloads: KubernetesWorkloads;
beforeEach(async () => {
  hands = await openCluster();
  client = new KubeClient(CLUSTER, hands.settings);
  workloads = new KubernetesWorkloads(new Map([[CLUSTER, client]]));
});
afterEach(async () => {
  client.close();
  await hands.close();
});

const withKeda = () => hands.cluster.restoreKind('keda.sh/v1alpha1', 'scaledobjects');
const object = (path: string) =>
  hands.cluster.read(path) as unknown as {
    metadata: { labels?: object; annotations?: object; ownerReferences?: object };
    spec: Record<string, unknown>;
  };
const twin = (kind: AutoscalerKind) =>
  workloads.createTwin(PLACE, {
    like: { kind, name: 'scaler' },
    name: GREEN,
    target: GREEN,
    colour: 'green',
    service: 'payment-gateway',
    floor: 3,
    rolloutId: 'r-42',
  });

describe('a twin', () => {
  const labels = {
    'app.kubernetes.io/managed-by': 'dabbawala',
    'dabbawala.dev/service': 'payment-gateway',
    'dabbawala.dev/colour': 'green',
  };

  it('of a HorizontalPodAutoscaler has its metrics and behaviour, and no mark of its owner', async () => {
    hands.cluster.seed([
      autoscalerOf('scaler', BLUE, {
        annotations: {
          'argocd.argoproj.io/tracking-id': 'x',
          'kubectl.kubernetes.io/last-applied-configuration': '{}',
        },
      }),
    ]);
    await twin('HorizontalPodAutoscaler');
    const own = object(`${HPAS}/scaler`).spec;
    const made = object(`${HPAS}/${GREEN}`);
    expect(made.metadata).toMatchObject({ labels });
    expect(made.metadata.annotations).toEqual({ 'dabbawala.dev/rollout': 'r-42' });
    expect(made.spec).toEqual({
      ...own,
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: GREEN },
      minReplicas: 3,
    });
  });

  it('of a ScaledObject has no name of an autoscaler that is taken, and scales nothing when it goes', async () => {
    withKeda();
    hands.cluster.seed([
      scaledObjectOf('scaler', BLUE, { annotations: { 'autoscaling.keda.sh/paused': 'true', team: 'pay' } }),
    ]);
    await twin('ScaledObject');
    const made = object(`${SCALED_OBJECTS}/${GREEN}`);
    expect(made.metadata.annotations).toEqual({
      'dabbawala.dev/rollout': 'r-42',
      'autoscaling.keda.sh/paused': 'true',
    });
    expect(made.spec).toMatchObject({
      scaleTargetRef: { name: GREEN },
      minReplicaCount: 3,
      maxReplicaCount: 9,
      triggers: object(`${SCALED_OBJECTS}/scaler`).spec['triggers'],
      advanced: {
        restoreToOriginalReplicaCount: false,
        horizontalPodAutoscalerConfig: { behavior: { scaleDown: { policies: [] } } },
      },
    });
    expect(JSON.stringify(made.spec)).not.toContain('scaler-hpa');
  });
});

describe("somebody's own autoscaler", () => {
  it('carries floor and own minimum in annotations while a rollout lives, and nothing of it afterwards', async () => {
    withKeda();
    hands.cluster.seed([scaledObjectOf('scaler', BLUE)]);
    const before = object(`${SCALED_OBJECTS}/scaler`);
    const ref = { kind: 'ScaledObject', name: 'scaler' } as const;
    await workloads.raiseFloor(PLACE, ref, { rolloutId: 'r-42', replicas: 6 });
    expect(object(`${SCALED_OBJECTS}/scaler`)).toMatchObject({
      metadata: {
        annotations: {
          'dabbawala.dev/floor-of': 'r-42',
          'dabbawala.dev/floor': '6',
          'dabbawala.dev/own-minimum': 'none',
        },
      },
      spec: { minReplicaCount: 6 },
    });
    await workloads.settleAutoscaler(PLACE, ref, null);
    // It named no minimum before, and names none now.
    expect(object(`${SCALED_OBJECTS}/scaler`).spec).toEqual(before.spec);
    expect(object(`${SCALED_OBJECTS}/scaler`).metadata.annotations ?? {}).toEqual({});
  });

  it('is not ours by its floor: nothing deletes it', async () => {
    hands.cluster.seed([autoscalerOf('scaler', BLUE)]);
    const ref = { kind: 'HorizontalPodAutoscaler', name: 'scaler' } as const;
    await workloads.raiseFloor(PLACE, ref, { rolloutId: 'r-42', replicas: 6 });
    expect(await codeOf(workloads.deleteTwin(PLACE, ref, 'uid'))).toBe('plan_refused');
  });

  it.each([
    [
      'stopped by Kubernetes',
      { conditions: [{ type: 'ScalingActive', status: 'False', reason: 'AmbiguousSelector' }] },
      /AmbiguousSelector/,
    ],
    ['idle', { conditions: [{ type: 'ScalingActive', status: 'False', reason: 'ScalingDisabled' }] }, null],
  ])('%s says so', async (_, status, fault) => {
    // No Deployment, so that no controller writes another condition over this one.
    hands.cluster.seed([{ ...autoscalerOf('scaler', 'nobody'), status }]);
    const { found } = await workloads.autoscalers(PLACE, ['nobody']);
    expect(found[0]?.fault ?? null).toEqual(fault && expect.stringMatching(fault));
  });

  it('with idleReplicaCount cannot be relied on', async () => {
    withKeda();
    const idle = scaledObjectOf('scaler', BLUE) as { spec: object };
    hands.cluster.seed([{ ...idle, spec: { ...idle.spec, idleReplicaCount: 0 } }]);
    const { found } = await workloads.autoscalers(PLACE, [BLUE]);
    expect(found[0]?.fault).toMatch(/sets idleReplicaCount 0/);
  });
});

describe('KEDA', () => {
  it('that is not installed is no fault', async () => {
    hands.cluster.seed([autoscalerOf('scaler', BLUE)]);
    const { found } = await workloads.autoscalers(PLACE, [BLUE]);
    expect(found.map(({ name }) => name)).toEqual(['scaler']);
    const nobody = await workloads.readAutoscaler(PLACE, { kind: 'ScaledObject', name: 'scaler' });
    expect(nobody).toBeNull();
  });

  it('whose objects may not be read leaves its autoscaler in sight, with its owner', async () => {
    withKeda();
    hands.cluster.seed([scaledObjectOf('pay', BLUE)]);
    await hands.cluster.until(`${HPAS}/pay-hpa`, (made) => made !== undefined);
    hands.cluster.setForbidden({ resource: 'scaledobjects' });
    const { found } = await workloads.autoscalers(PLACE, [BLUE]);
    expect(found).toMatchObject([{ name: 'pay-hpa', owner: 'ScaledObject pay' }]);
  });
});

describe('a budget', () => {
  const list = () => {
    const template = { metadata: { labels: { app: 'payment-gateway' } }, spec: { containers: [] } };
    return workloads.budgets(PLACE, {
      stable: { template, colour: 'blue' },
      candidate: { template, colour: 'green' },
    });
  };
  const colour = 'dabbawala.dev/colour';

  it.each([
    ['every pod', {}, [true, true]],
    ['no pod', undefined, null],
    ['pods of another application', { matchLabels: { app: 'ledger' } }, null],
    ['one colour', { matchExpressions: [{ key: colour, operator: 'In', values: ['blue'] }] }, [true, false]],
    [
      'not the one',
      { matchExpressions: [{ key: colour, operator: 'NotIn', values: ['blue'] }] },
      [false, true],
    ],
    ['any colour', { matchExpressions: [{ key: colour, operator: 'Exists' }] }, [true, true]],
    ['no colour', { matchExpressions: [{ key: colour, operator: 'DoesNotExist' }] }, null],
  ])('selects %s', async (_, selector, expected) => {
    hands.cluster.seed([budgetOf('pdb', selector)]);
    const found = (await list())?.map((entry) => [entry.selectsStable, entry.selectsCandidate]);
    expect(found).toEqual(expected === null ? [] : [expected]);
  });

  it('that may not be read is not known', async () => {
    hands.cluster.setForbidden({ resource: 'poddisruptionbudgets' });
    expect(await list()).toBeNull();
  });
});
