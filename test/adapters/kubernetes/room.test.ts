import { afterEach, beforeEach, expect, it } from 'vitest';
import { KubeClient } from '../../../src/adapters/kubernetes/client.ts';
import { KubernetesWorkloads } from '../../../src/adapters/kubernetes/workloads.ts';
import { deploymentOf, plainServiceOf, quotaOf } from '../../contract/objects.ts';
import { CLUSTER, type Hands, openCluster, PLACE } from '../../contract/targets.ts';
import { codeOf } from '../../contract/traffic-router.suite.ts';

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

const room = () => workloads.surveyRoom(PLACE, { service: 'pg', deployments: ['pg-blue'] });
/** Of a Deployment that says what admission would add. */
const runs = async (name: string, spec: object): Promise<void> => {
  const deployment = deploymentOf({ name, replicas: 1 }) as { spec: { template: { spec: object } } };
  deployment.spec.template.spec = spec;
  hands.cluster.seed([deployment]);
  await hands.cluster.settle();
};

it('sees what admission gave a running pod: the sidecar, as container or as init container that stays', async () => {
  await runs('ledger', { containers: [{ name: 'other', image: 'x' }] });
  await runs('pg-blue', {
    containers: [{ name: 'app', image: 'x', resources: { requests: { cpu: '1' }, limits: { cpu: '2' } } }],
    initContainers: [
      { name: 'istio-init', image: 'x', resources: { requests: { cpu: '10m' } } },
      { name: 'istio-proxy', image: 'x', restartPolicy: 'Always', resources: { requests: { cpu: '100m' } } },
    ],
  });
  expect((await room()).running).toEqual([
    { name: 'app', requests: { cpu: '1' }, limits: { cpu: '2' } },
    { name: 'istio-proxy', requests: { cpu: '100m' }, limits: {} },
  ]);
});

it('is without pod, Service and quota what it is', async () => {
  hands.cluster.seed([{ ...plainServiceOf('pg'), spec: { ports: [{ port: 80 }] } }]);
  expect(await room()).toEqual({ quotas: { kind: 'known', value: [] }, selector: null, running: null });
});

it('reads scopes of both kinds, and a quota that has no status yet', async () => {
  const scoped = { ...quotaOf('scoped', { pods: '3' }, { pods: '1' }), status: {} };
  Object.assign(scoped, {
    spec: {
      hard: { pods: '3' },
      scopes: ['NotTerminating'],
      scopeSelector: {
        matchExpressions: [{ scopeName: 'PriorityClass', operator: 'In', values: ['high', 'low'] }],
      },
    },
  });
  hands.cluster.seed([scoped]);
  expect((await room()).quotas).toEqual({
    kind: 'known',
    value: [
      {
        name: 'scoped',
        hard: { pods: '3' },
        used: {},
        scopes: ['NotTerminating', 'PriorityClass In high,low'],
      },
    ],
  });
});

it('without the right to see quotas says so; without a cluster it fails', async () => {
  hands.cluster.setForbidden({ verb: 'list', resource: 'resourcequotas' });
  expect((await room()).quotas).toEqual({
    kind: 'unknown',
    detail: 'no right to list ResourceQuotas in payments',
  });
  hands.cluster.setForbidden({ verb: 'list', resource: 'pods' });
  expect(await codeOf(room())).toBe('forbidden');
});
