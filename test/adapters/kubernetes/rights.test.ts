import { afterEach, beforeEach, expect, it } from 'vitest';
import { IstioRouter } from '../../../src/adapters/istio.ts';
import { KubeClient } from '../../../src/adapters/kubernetes/client.ts';
import { KubernetesContainment } from '../../../src/adapters/kubernetes/containment.ts';
import { KubernetesDiagnostics } from '../../../src/adapters/kubernetes/diagnostics.ts';
import { RIGHTS } from '../../../src/adapters/kubernetes/rights.ts';
import { KubernetesWorkloads } from '../../../src/adapters/kubernetes/workloads.ts';
import type { PodTemplate } from '../../../src/ports/workloads.ts';
import {
  autoscalerOf,
  budgetOf,
  claimOf,
  deploymentOf,
  destinationRuleOf,
  plainRouteOf,
  plainServiceOf,
  ROUTE,
  scaledObjectOf,
  virtualServiceOf,
} from '../../contract/objects.ts';
import { CLUSTER, type Hands, openCluster, PLACE } from '../../contract/targets.ts';
import { MARKS } from '../../contract/traffic-router.suite.ts';
import { candidateOf, jobProbe } from '../../contract/workloads.suite.ts';
import { until } from '../../support/until.ts';

const REFUNDS = { ...ROUTE, name: 'refunds', host: 'refunds', service: 'refunds' };
const LEDGER = { ...ROUTE, name: 'ledger', host: 'ledger', service: 'ledger' };

let hands: Hands;
let client: KubeClient;

beforeEach(async () => {
  hands = await openCluster();
  client = new KubeClient(CLUSTER, hands.settings);
});
afterEach(async () => {
  client.close();
  await hands.close();
});

/** `deployments get`, as RBAC would count a request. */
const rightOf = (request: { readonly method: string; readonly path: string }): string => {
  // A list over all namespaces is the same right, given more widely.
  const [, plural = '', name, subresource] =
    /^\/(?:api\/v1|apis\/[^/]+\/[^/]+)(?:\/namespaces\/[^/]+)?\/([^/]+)(?:\/([^/]+))?(?:\/([^/]+))?/.exec(
      request.path,
    ) ?? [];
  const verb =
    { POST: 'create', PATCH: 'patch', DELETE: 'delete' }[request.method] ??
    (name === undefined ? 'list' : 'get');
  return `${subresource === undefined ? plural : `${plural}/${subresource}`} ${verb}`;
};

async function everyScalingCall(workloads: KubernetesWorkloads, name: string): Promise<void> {
  const green = deploymentOf({ name, colour: 'green', rolloutId: 'r-42' }) as {
    spec: { template: PodTemplate };
  };
  hands.cluster.restoreKind('keda.sh/v1alpha1', 'scaledobjects');
  hands.cluster.seed([
    scaledObjectOf('keda', ROUTE.service),
    budgetOf('budget', { matchLabels: { 'dabbawala.dev/colour': 'blue' } }),
  ]);
  for (const [kind, own] of [
    ['HorizontalPodAutoscaler', 'scaler'],
    ['ScaledObject', 'keda'],
  ] as const) {
    const like = { kind, name: own };
    await workloads.moveAutoscaler(PLACE, like, { from: ROUTE.service, to: name });
    const twin = { like, name: `${own}-twin`, target: name, colour: 'green', service: name } as const;
    await workloads.createTwin(PLACE, { ...twin, floor: 2, rolloutId: 'r-42' });
    const made = await workloads.readAutoscaler(PLACE, { kind, name: twin.name });
    await workloads.deleteTwin(PLACE, { kind, name: twin.name }, made?.uid ?? '');
  }
  const { template } = green.spec;
  await workloads.budgets(PLACE, {
    stable: { template, colour: 'blue' },
    candidate: { template, colour: 'green' },
  });
  await workloads.moveBudget(PLACE, 'budget', 'green');
}

it('everything that the adapters do needs exactly the rights of the list', async () => {
  hands.cluster.seed([
    deploymentOf({ name: 'payment-gateway' }),
    virtualServiceOf(ROUTE, { blue: 100, green: 0 }),
    destinationRuleOf(ROUTE),
    plainServiceOf(ROUTE.service),
    plainRouteOf(REFUNDS),
    autoscalerOf('scaler', ROUTE.service),
    claimOf('ledger-disk', ['ReadWriteMany']),
  ]);
  const workloads = new KubernetesWorkloads(new Map([[CLUSTER, client]]));
  const router = new IstioRouter(client);

  const template = await workloads.readDeployment(PLACE, 'payment-gateway', 'payment-gateway');
  if (template === null) throw new Error('there is no template');
  const spec = candidateOf(template);
  const { name, uid } = await workloads.createCandidate(PLACE, spec);
  await hands.cluster.settle();
  const [pod] = await workloads.pods(PLACE, await workloads.createCandidate(PLACE, spec), 'payment-gateway');
  const request = { scheme: 'http', port: 8080, path: '/health', timeoutMs: 2000 } as const;
  await workloads.podHttp(PLACE, pod?.name ?? '', request);
  const probe = jobProbe('smoke', ['pass']);
  await workloads.startProbeJob(PLACE, spec, probe, 0);
  await until('the Job has ended', async () => {
    const { state } = await workloads.readProbeJob(PLACE, spec.rolloutId, probe, 0);
    return state === 'passed';
  });
  const change = { candidate: 'green', percent: 10, marks: MARKS, seen: await router.read(ROUTE) } as const;
  await router.takeOver(ROUTE, MARKS, await router.setWeight(ROUTE, change));
  await router.release(ROUTE);
  await router.announce(ROUTE, { reason: 'RolledBack', text: 'by a person', at: 0 });
  await workloads.scale(PLACE, name, uid, 0);
  await workloads.deleteColour(PLACE, name, uid);

  const question = {
    service: ROUTE.service,
    deployment: ROUTE.service,
    container: ROUTE.service,
    scaled: [],
  };
  await workloads.survey(PLACE, question);
  const disk = deploymentOf({ name: 'with-disk', claims: ['ledger-disk'] });
  hands.cluster.seed([disk]);
  await workloads.survey(PLACE, { ...question, deployment: 'with-disk' });
  await workloads.surveyRoom(PLACE, { service: ROUTE.service, deployments: [] });
  await router.surveyMesh(ROUTE);
  await everyScalingCall(workloads, name);
  await router.addSubsets(REFUNDS);
  hands.cluster.seed([destinationRuleOf(LEDGER, ['blue']), plainRouteOf(LEDGER)]);
  await router.addSubsets(LEDGER);

  await new KubernetesDiagnostics(new Map([[CLUSTER, client]])).look(PLACE, ['payment-gateway']);
  const containment = new KubernetesContainment(new Map([[CLUSTER, client]]));
  const [any] = await workloads.pods(PLACE, template, 'payment-gateway');
  const seen = await containment.find(PLACE, any?.name ?? '');
  if (seen === null) throw new Error('there is no pod');
  await containment.quarantine(seen.pod);
  await containment.kill(seen.pod);

  const used = new Set(hands.cluster.requests().map(rightOf));
  const listed = new Set(RIGHTS.flatMap(({ resource, verbs }) => verbs.map((verb) => `${resource} ${verb}`)));
  expect([...used].toSorted()).toEqual([...listed].toSorted());
});
