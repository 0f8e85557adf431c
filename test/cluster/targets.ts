/** The contract suites on the real server: the bot's own account and rights, the admin's hands for everything else. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { IstioRouter } from '../../src/adapters/istio.ts';
import { KubeClient } from '../../src/adapters/kubernetes/client.ts';
import { AUTOSCALER, pathOf, SCALED_OBJECT } from '../../src/adapters/kubernetes/resources.ts';
import { KubernetesWorkloads } from '../../src/adapters/kubernetes/workloads.ts';
import type { RouteRef } from '../../src/core/rollout/plan.ts';
import {
  autoscalerOf,
  budgetOf,
  CLUSTER,
  deploymentOf,
  destinationRuleOf,
  NAMESPACE,
  plainRouteOf,
  plainServiceOf,
  quotaOf,
  scaledObjectOf,
  strangerOf,
  virtualServiceOf,
} from '../contract/objects.ts';
import { startTestPods } from '../contract/pods.ts';
import {
  isPairOf,
  type LooseRoute,
  type RouterTarget,
  restOf,
  routePath,
  type WorkloadsTarget,
} from '../contract/targets.ts';
import { type Api, type Body, JSON_PATCH } from './lab/api.ts';
import { botToken } from './lab/bot-account.ts';
import { adminApi, labFacts } from './lab/facts.ts';
import { NodeAgent } from './lab/node-agent.ts';
import { settle, wipe } from './lab/objects.ts';

interface BotAccess {
  readonly client: KubeClient;
  close(): Promise<void>;
}

/** The bot's client as it runs in a cluster: TLS, the cluster's CA, a ServiceAccount's token in a file. */
export async function botAccess(api: Api): Promise<BotAccess> {
  const { server, caFile } = labFacts();
  const dir = await mkdtemp(join(tmpdir(), 'dabbawala-'));
  const tokenFile = join(dir, 'token');
  await writeFile(tokenFile, await botToken(api), { mode: 0o600 });
  const client = new KubeClient(CLUSTER, { server, caFile, tokenFile, insecureHttp: false, timeout: 5000 });
  return {
    client,
    close: async () => {
      client.close();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

export const openRealIstio = async (): Promise<RouterTarget> => {
  const api = adminApi();
  await wipe(api, NAMESPACE);
  const { client, close } = await botAccess(api);
  const read = (route: RouteRef): Promise<LooseRoute> => api.must('GET', routePath(route));
  return {
    router: new IstioRouter(client),
    seed: async (route, shape) => {
      await api.put(virtualServiceOf(route, shape));
      await api.put(destinationRuleOf(route));
    },
    seedStranger: async (route, name) => void (await api.put(strangerOf(route, name))),
    seedPlain: async (route) => void (await api.put(plainRouteOf(route))),
    spec: async (route) => (await read(route)).spec,
    edit: async (route, weight, manager) => {
      const { spec } = await read(route);
      const body = spec.http.flatMap((http, at) =>
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
      await api.must('PATCH', `${routePath(route)}?fieldManager=${manager}`, {
        body,
        contentType: JSON_PATCH,
      });
    },
    remove: (route) => api.remove(routePath(route)),
    rest: async (route) => restOf(route, await read(route)),
    notes: async (route) => {
      const { items } = (await api.must('GET', `/api/v1/namespaces/${route.namespace}/events`)) as {
        readonly items: readonly {
          readonly message: string;
          readonly involvedObject: { readonly uid: string };
        }[];
      };
      // Events outlive their object: those of the test before are about another one.
      const { uid } = (await read(route)).metadata;
      return items.flatMap((event) => (event.involvedObject.uid === uid ? [event.message] : []));
    },
    managers: async (route) =>
      ((await read(route)).metadata.managedFields ?? []).map((entry) => entry.manager ?? ''),
    close: async () => {
      await close();
      api.close();
    },
  };
};

export const openRealKubernetes = async (): Promise<WorkloadsTarget> => {
  const api = adminApi();
  await wipe(api, NAMESPACE);
  const pods = startTestPods();
  const agent = await NodeAgent.start({
    facts: labFacts(),
    runtime: pods,
    resolve: async (image) => ({
      tag: image.includes('missing') ? null : 'v1',
      // As a kubelet says it: a digest that was asked for, else one that the registry gave.
      imageId: image.includes('@') ? image : `${image.replace(/:[^:/]*$/, '')}@sha256:${'cd'.repeat(32)}`,
    }),
  });
  const { client, close } = await botAccess(api);
  return {
    workloads: new KubernetesWorkloads(new Map([[CLUSTER, client]])),
    seed: async (shape) => void (await api.put(deploymentOf(shape) as Body)),
    seedService: async (name) => void (await api.put(plainServiceOf(name))),
    seedAutoscaler: async (name, target, { kind, ...shape } = {}) =>
      void (await api.put((kind === 'ScaledObject' ? scaledObjectOf : autoscalerOf)(name, target, shape))),
    editMinimum: async ({ kind, name }, min) => {
      const isKeda = kind === 'ScaledObject';
      const resource = isKeda ? SCALED_OBJECT : AUTOSCALER;
      await api.must(
        'PATCH',
        pathOf({ verb: 'patch', kind: resource, namespace: NAMESPACE, name, subresource: null }),
        {
          body: [{ op: 'add', path: isKeda ? '/spec/minReplicaCount' : '/spec/minReplicas', value: min }],
          contentType: JSON_PATCH,
        },
      );
    },
    seedBudget: async (name, colour) =>
      void (await api.put(
        budgetOf(name, {
          matchLabels: { app: 'payment-gateway', ...(colour && { 'dabbawala.dev/colour': colour }) },
        }),
      )),
    seedQuota: async (name, hard, used) => {
      await api.put(quotaOf(name, hard, used) as Body);
      // Whether the lab's own controller counts or not: these are the numbers.
      await api.must('PATCH', `/api/v1/namespaces/${NAMESPACE}/resourcequotas/${name}/status`, {
        body: [{ op: 'add', path: '/status', value: { hard, used } }],
        contentType: JSON_PATCH,
      });
    },
    settle: () => settle(api, NAMESPACE),
    holdDeletions: async (isHeld) => pods.holdStops(isHeld),
    close: async () => {
      pods.holdStops(false);
      await close();
      await wipe(api, NAMESPACE);
      await agent.close();
      await pods.close();
      api.close();
    },
  };
};
