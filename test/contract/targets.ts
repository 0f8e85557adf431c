/**
 * What the contract suites run against: the fakes, and the real adapters on a cluster. A real cluster is plugged in
 * here: give `openCluster` another pair of hands on it, and every suite below runs there.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Cluster, startCluster } from '../../sandbox/cluster/cluster.ts';
import { IstioRouter } from '../../src/adapters/istio.ts';
import { KubeClient } from '../../src/adapters/kubernetes/client.ts';
import type { ClusterSettings } from '../../src/adapters/kubernetes/connection.ts';
import { AUTOSCALER, SCALED_OBJECT } from '../../src/adapters/kubernetes/resources.ts';
import { KubernetesWorkloads } from '../../src/adapters/kubernetes/workloads.ts';
import type { Colour } from '../../src/core/colour.ts';
import type { AutoscalerKind, AutoscalerRef } from '../../src/core/rollout/autoscaler.ts';
import type { RouteRef } from '../../src/core/rollout/plan.ts';
import type { TrafficRouter } from '../../src/ports/traffic-router.ts';
import type { Workloads } from '../../src/ports/workloads.ts';
import { FakeRouter } from '../fakes/fake-router.ts';
import { FakeWorkloads } from '../fakes/fake-workloads.ts';
import {
  type AutoscalerShape,
  autoscalerOf,
  budgetOf,
  CLUSTER,
  type DeploymentShape,
  deploymentOf,
  destinationRuleOf,
  IMAGE,
  NAMESPACE,
  PLACE,
  plainRouteOf,
  plainServiceOf,
  quotaOf,
  type RouteShape,
  scaledObjectOf,
  strangerOf,
  virtualServiceOf,
} from './objects.ts';
import { startTestPods, type TestPods } from './pods.ts';

export { openFakeMetrics, openPrometheus } from './metrics-targets.ts';
export { CLUSTER, PLACE } from './objects.ts';

export interface RouterTarget {
  readonly router: TrafficRouter;
  seed(route: RouteRef, shape: RouteShape): Promise<void>;
  /** Another route of the namespace to the same host, without a subset. */
  seedStranger(route: RouteRef, name: string): Promise<void>;
  /** Before adoption: one destination, no subsets. */
  seedPlain(route: RouteRef): Promise<void>;
  /** The spec as somebody reads it. */
  spec(route: RouteRef): Promise<unknown>;
  /** Somebody else writes the two weights. */
  edit(route: RouteRef, weight: Readonly<Record<Colour, number>>, manager: string): Promise<void>;
  remove(route: RouteRef): Promise<void>;
  /** The whole object but for the pair's weights, our annotations and the server's own book-keeping. */
  rest(route: RouteRef): Promise<unknown>;
  /** What was announced about the object. */
  notes(route: RouteRef): Promise<readonly string[]>;
  /** Field managers that own something of the object. */
  managers(route: RouteRef): Promise<readonly string[]>;
  close(): Promise<void>;
}

export interface WorkloadsTarget {
  readonly workloads: Workloads;
  seed(shape: DeploymentShape): Promise<void>;
  /** A Kubernetes Service over all pods of the application. */
  seedService(name: string): Promise<void>;
  seedQuota(
    name: string,
    hard: Readonly<Record<string, string>>,
    used: Readonly<Record<string, string>>,
  ): Promise<void>;
  seedAutoscaler(
    name: string,
    target: string,
    shape?: AutoscalerShape & { readonly kind?: AutoscalerKind },
  ): Promise<void>;
  /** Somebody else changes its minimum. */
  editMinimum(ref: AutoscalerRef, min: number): Promise<void>;
  seedBudget(name: string, colour: Colour | null): Promise<void>;
  /** Resolves when every Deployment has the pods that it wants, and none is leaving. */
  settle(): Promise<void>;
  /** While true, pods that are to go do not go. */
  holdDeletions(isHeld: boolean): Promise<void>;
  close(): Promise<void>;
}

/** A person's hands on a cluster, and how the bot reaches it. */
export interface Hands {
  readonly cluster: Cluster;
  readonly pods: TestPods;
  readonly settings: ClusterSettings;
  /** JSON patch in somebody else's name. */
  patchAs(manager: string, path: string, operations: readonly object[]): Promise<void>;
  remove(path: string): Promise<void>;
  close(): Promise<void>;
}

const BOT_TOKEN = 'bot-token';
const PERSON_TOKEN = 'person-token';

export const openCluster = async (overrides: Partial<ClusterSettings> = {}): Promise<Hands> => {
  const pods = startTestPods();
  const cluster = await startCluster({
    token: BOT_TOKEN,
    otherTokens: { [PERSON_TOKEN]: 'kubernetes-admin' },
    runtime: pods,
  });
  const folder = await mkdtemp(join(tmpdir(), 'dabbawala-'));
  const tokenFile = join(folder, 'token');
  await writeFile(tokenFile, `${BOT_TOKEN}\n`);
  const send = async (method: string, path: string, body?: unknown): Promise<void> => {
    const response = await fetch(`${cluster.url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${PERSON_TOKEN}`,
        'content-type': method === 'PATCH' ? 'application/json-patch+json' : 'application/json',
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
  };
  return {
    cluster,
    pods,
    settings: { server: cluster.url, tokenFile, insecureHttp: true, timeout: 5000, ...overrides },
    patchAs: (manager, path, operations) => send('PATCH', `${path}?fieldManager=${manager}`, operations),
    remove: (path) => send('DELETE', path),
    close: async () => {
      pods.holdStops(false);
      await cluster.close();
      await pods.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
};

export const routePath = (route: RouteRef): string =>
  `/apis/networking.istio.io/v1/namespaces/${route.namespace}/virtualservices/${route.name}`;
export const deploymentPath = (name: string): string =>
  `/apis/apps/v1/namespaces/${NAMESPACE}/deployments/${name}`;

export interface LooseRoute {
  metadata: Record<string, unknown> & {
    annotations?: Record<string, string>;
    managedFields?: { manager?: string }[];
  };
  spec: { http: { route: { destination: { host: string; subset?: string }; weight?: number }[] }[] };
}

export const isPairOf = (route: RouteRef, destination: { host: string; subset?: string }): boolean =>
  destination.host === route.host && (destination.subset === 'blue' || destination.subset === 'green');

const BOOK_KEEPING = ['resourceVersion', 'generation', 'managedFields', 'annotations'];

/** What a shift may not change: everything else, byte by byte. */
export const restOf = (route: RouteRef, object: unknown): unknown => {
  const copy = structuredClone(object) as LooseRoute;
  for (const http of copy.spec.http)
    for (const entry of http.route) if (isPairOf(route, entry.destination)) delete entry.weight;
  const annotations = Object.entries(copy.metadata.annotations ?? {});
  const foreign = annotations.filter(
    ([key]) => !key.startsWith('dabbawala.dev/') || !key.endsWith(`.${route.service}`),
  );
  const metadata = Object.entries(copy.metadata).filter(([key]) => !BOOK_KEEPING.includes(key));
  return { ...copy, metadata: { ...Object.fromEntries(metadata), annotations: Object.fromEntries(foreign) } };
};

export const openIstio = async (): Promise<RouterTarget> => {
  const hands = await openCluster();
  const client = new KubeClient(CLUSTER, hands.settings);
  const read = (route: RouteRef): LooseRoute => {
    const object = hands.cluster.read(routePath(route));
    if (object === undefined) throw new Error(`there is no ${routePath(route)}`);
    return object as unknown as LooseRoute;
  };
  return {
    router: new IstioRouter(client),
    seed: async (route, shape) =>
      hands.cluster.seed([virtualServiceOf(route, shape), destinationRuleOf(route)]),
    seedStranger: async (route, name) => hands.cluster.seed([strangerOf(route, name)]),
    seedPlain: async (route) => hands.cluster.seed([plainRouteOf(route)]),
    spec: async (route) => structuredClone(read(route).spec),
    edit: (route, weight, manager) => {
      const operations = read(route).spec.http.flatMap((http, at) =>
        http.route.flatMap(({ destination }, index) =>
          isPairOf(route, destination)
            ? [
                {
                  op: 'add',
                  path: `/spec/http/${at}/route/${index}/weight`,
                  value: destination.subset === 'blue' ? weight.blue : weight.green,
                },
              ]
            : [],
        ),
      );
      return hands.patchAs(manager, routePath(route), operations);
    },
    remove: (route) => hands.remove(routePath(route)),
    rest: async (route) => restOf(route, read(route)),
    notes: async (route) =>
      hands.cluster.list(`/api/v1/namespaces/${route.namespace}/events`).flatMap((object) => {
        const event = object as unknown as { message: string; involvedObject: { name: string } };
        return event.involvedObject.name === route.name ? [event.message] : [];
      }),
    managers: async (route) => (read(route).metadata.managedFields ?? []).map((entry) => entry.manager ?? ''),
    close: async () => {
      client.close();
      await hands.close();
    },
  };
};

const OWNER_WORDS = { argo: 'Argo CD', flux: 'Flux', helm: 'Helm' } as const;

export const openFakeRouter = async (): Promise<RouterTarget> => {
  const router = new FakeRouter();
  return {
    router,
    seed: async (route, { blue, green, others, owner }) =>
      router.seed(route, {
        blue: blue ?? 0,
        green: green ?? 0,
        ...(others && { others }),
        owner: owner ? OWNER_WORDS[owner] : null,
      }),
    seedStranger: async (route, name) =>
      void router.mesh.uncoloured.push(`VirtualService ${route.namespace}/${name}`),
    seedPlain: async (route) => router.seed(route, { blue: 0, green: 0, isPlain: true }),
    spec: async (route) => router.rest(route),
    edit: async (route, weight, manager) => router.edit(route, weight, manager),
    remove: async (route) => router.remove(route),
    rest: async (route) => router.rest(route),
    notes: async () => router.announced,
    managers: async (route) => router.managers(route),
    close: async () => undefined,
  };
};

export const openKubernetes = async (): Promise<WorkloadsTarget> => {
  const hands = await openCluster();
  const client = new KubeClient(CLUSTER, hands.settings);
  return {
    workloads: new KubernetesWorkloads(new Map([[CLUSTER, client]])),
    seed: async (shape) => hands.cluster.seed([deploymentOf(shape)]),
    seedService: async (name) => hands.cluster.seed([plainServiceOf(name)]),
    seedQuota: async (name, hard, used) => hands.cluster.seed([quotaOf(name, hard, used)]),
    seedAutoscaler: async (name, target, { kind, ...shape } = {}) => {
      // Where nobody asks for KEDA it is not installed, as in most clusters.
      if (kind === 'ScaledObject') hands.cluster.restoreKind('keda.sh/v1alpha1', 'scaledobjects');
      hands.cluster.seed([(kind === 'ScaledObject' ? scaledObjectOf : autoscalerOf)(name, target, shape)]);
    },
    editMinimum: async ({ kind, name }, min) => {
      const path = kind === 'ScaledObject' ? '/spec/minReplicaCount' : '/spec/minReplicas';
      const resource = kind === 'ScaledObject' ? SCALED_OBJECT : AUTOSCALER;
      const operations = [{ op: 'add', path, value: min }] as const;
      await client.patch(resource, NAMESPACE, name, operations, 'state_conflict');
    },
    seedBudget: async (name, colour) =>
      hands.cluster.seed([
        budgetOf(name, {
          matchLabels: { app: 'payment-gateway', ...(colour && { 'dabbawala.dev/colour': colour }) },
        }),
      ]),
    settle: () => hands.cluster.settle(),
    holdDeletions: async (isHeld) => hands.pods.holdStops(isHeld),
    close: async () => {
      client.close();
      await hands.close();
    },
  };
};

export const openFakeWorkloads = async (): Promise<WorkloadsTarget> => {
  const workloads = new FakeWorkloads();
  workloads.answers.set('/health', { status: 200, detail: 'ok' });
  workloads.outcomes.set('passes', { state: 'passed', evidence: 'exit code 0: "all 4 checks passed"' });
  workloads.outcomes.set('fails', { state: 'failed', evidence: 'exit code 3: "ledger refused"' });
  return {
    workloads,
    seed: async (shape) => {
      const [name, digest] = (shape.image ?? IMAGE).split('@');
      const [repository = '', tag = null] = (name ?? '').split(':');
      const { spec } = deploymentOf(shape) as { spec: { template: Record<string, unknown> } };
      workloads.seed(PLACE, shape.name, {
        repository,
        tag,
        digest: digest ?? null,
        replicas: shape.replicas ?? 2,
        colour: shape.colour ?? null,
        rolloutId: shape.rolloutId ?? null,
        version: shape.rolloutId === undefined ? null : 'v2.3.0',
        owner: shape.owner ? OWNER_WORDS[shape.owner] : null,
        template: spec.template,
      });
    },
    seedService: async () => undefined,
    seedQuota: async (name, hard, used) => {
      const quotas = { kind: 'known', value: [{ name, hard, used, scopes: [] }] } as const;
      workloads.room = { ...workloads.room, quotas };
    },
    seedAutoscaler: async (name, target, { kind, min, max, ofScaledObject } = {}) => {
      if (ofScaledObject !== undefined) return;
      workloads.scaling.seed(name, target, {
        ...(kind && { kind }),
        ...(min !== undefined && { min }),
        ...(max !== undefined && { max }),
      });
    },
    editMinimum: async (ref, min) => {
      const state = workloads.scaling.find(ref);
      if (state) state.min = min;
    },
    seedBudget: async (name, colour) => {
      workloads.scaling.budgetStates.push({
        name,
        colour,
        selectsStable: colour !== 'green',
        selectsCandidate: colour !== 'blue',
      });
    },
    settle: async () => undefined,
    holdDeletions: async (isHeld) => {
      workloads.holdsDeletions = isHeld;
      if (!isHeld) workloads.finishDeletions();
    },
    close: async () => undefined,
  };
};
