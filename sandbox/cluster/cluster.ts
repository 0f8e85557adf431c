import type { Part, PodRuntime } from '../contract.ts';
import { Access, type ForbiddenRule } from './access.ts';
import { Api } from './api.ts';
import { startAutoscalers } from './controllers/autoscalers.ts';
import { startBudgets } from './controllers/budgets.ts';
import { startDeployments } from './controllers/deployments.ts';
import { startEndpoints } from './controllers/endpoints.ts';
import { startGarbageCollector } from './controllers/garbage.ts';
import { startJobs } from './controllers/jobs.ts';
import { startKeda } from './controllers/keda.ts';
import { Kubelet, type ResolveDigest } from './controllers/kubelet.ts';
import { startReplicaSets } from './controllers/replica-sets.ts';
import { Catalogue } from './kinds.ts';
import { cloneJson, type KubeObject } from './objects.ts';
import { Registry } from './registry.ts';
import { parseResourceRequest } from './request-info.ts';
import { firstObjects, seedObject } from './seed.ts';
import { ApiServer, type DownMode, type LoggedRequest } from './server.ts';
import { Store } from './store.ts';
import { isSettled, waitFor } from './wait.ts';
import { Watches } from './watch.ts';

/** The cluster of the sandbox: an API server, the controllers behind it, and the ways to break it. */

export type { ForbiddenRule } from './access.ts';
export type { ResolveDigest } from './controllers/kubelet.ts';
export type { KubeObject } from './objects.ts';
export { PORT_ANNOTATION } from './pods.ts';
export type { DownMode, LoggedRequest } from './server.ts';

export interface ClusterOptions {
  /** 0 or absent: any free one. */
  readonly port?: number;
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** The bot's token. */
  readonly token: string;
  /** Who the token is; named in 403 messages. */
  readonly user?: string;
  /** More tokens and their users, whom setForbidden leaves alone: a proxy, a person with kubectl. */
  readonly otherTokens?: Readonly<Record<string, string>>;
  readonly runtime: PodRuntime;
  /** Digest of an image named by tag, for containerStatuses[].imageID. Without it one is made up. */
  readonly resolveDigest?: ResolveDigest;
  /** How many changes a watch can go back; default 5000. */
  readonly historyLimit?: number;
}

/** What the world needs of a cluster, simulated or real. */
export interface ClusterView extends Part {
  readonly url: string;
  /** Creates or replaces objects with no question asked. A namespace that is missing is created. On a real cluster it is done when until() or settle() resolve. */
  seed(objects: readonly object[]): void;
  /** What is stored at an API path, such as `/apis/apps/v1/namespaces/payments/deployments/ledger`. */
  read(path: string): KubeObject | undefined;
  /** All objects of a collection's path. */
  list(path: string): readonly KubeObject[];
  /** Resolves with the object at the path when it is as wanted; `undefined` is passed while there is none. Rejects after timeoutMs (10 s). */
  until(
    path: string,
    isWanted: (object: KubeObject | undefined) => boolean,
    timeoutMs?: number,
  ): Promise<KubeObject | undefined>;
  /** Resolves when every Deployment has as many ready pods as it wants and no pod is leaving. */
  settle(timeoutMs?: number): Promise<void>;
  /** Of the bot on a real cluster, of everybody on the simulator; in the order of arrival. */
  requests(): readonly LoggedRequest[];
}

export interface Cluster extends ClusterView {
  readonly port: number;
  setForbidden(rule: ForbiddenRule): void;
  clearForbidden(): void;
  setDown(mode: DownMode): Promise<void>;
  removeKind(apiVersion: string, plural: string): void;
  restoreKind(apiVersion: string, plural: string): void;
  /** Forgets the history: the next watch from an older version gets 410. */
  compact(): void;
  /** Ends every open watch, as a restart of the API server does. */
  endWatches(): void;
  clearRequests(): void;
}

export async function startCluster(options: ClusterOptions): Promise<Cluster> {
  const user = options.user ?? 'system:serviceaccount:dabbawala:dabbawala';
  const store = new Store(options.historyLimit ?? 5000);
  const registry = new Registry(store);
  const catalogue = new Catalogue();
  // As in most clusters; restoreKind installs it.
  catalogue.remove('keda.sh/v1alpha1', 'scaledobjects');
  const watches = new Watches(store);
  const others = Object.entries(options.otherTokens ?? {});
  const access = new Access(new Map([[options.token, user], ...others]), user);
  // Endpoints before the kubelet: a pod that leaves is out of every Service before its process hears of it.
  const controllers = [
    startEndpoints(registry),
    startGarbageCollector(registry),
    startDeployments(registry),
    startReplicaSets(registry),
    startJobs(registry),
    startAutoscalers(registry),
    startBudgets(registry),
    startKeda(registry),
  ];
  const kubelet = new Kubelet(registry, options.runtime, options.resolveDigest);
  const api = new Api({
    registry,
    catalogue,
    watches,
    readLog: (pod, query) => kubelet.readLog(pod, query),
  });
  const host = options.host ?? '127.0.0.1';
  const server = new ApiServer({ api, access, catalogue, watches, host, port: options.port ?? 0 });
  for (const object of firstObjects()) seedObject(registry, object);

  const read = (path: string): KubeObject | undefined => {
    const request = parseResourceRequest('GET', new URL(path, 'http://server'));
    if (!request) return undefined;
    const kind = catalogue.find(request.group, request.version, request.plural);
    const object = kind && store.get(kind, request.namespace, request.name ?? '');
    return object && cloneJson(object);
  };
  const list = (path: string): KubeObject[] => {
    const request = parseResourceRequest('GET', new URL(path, 'http://server'));
    const kind = request && catalogue.find(request.group, request.version, request.plural);
    return kind ? store.list(kind, request.namespace).map(cloneJson) : [];
  };

  await server.listen();
  let closing: Promise<void> | undefined;
  return {
    url: `http://${host}:${server.port}`,
    port: server.port,
    seed: (objects) => {
      for (const object of objects) seedObject(registry, object as KubeObject);
    },
    read,
    list,
    until: (path, isWanted, timeoutMs) => waitFor(store, path, () => read(path), isWanted, timeoutMs),
    settle: async (timeoutMs) => {
      await waitFor(
        store,
        'settled Deployments',
        () => undefined,
        () => isSettled(store),
        timeoutMs,
      );
    },
    setForbidden: (rule) => access.forbid(rule),
    clearForbidden: () => access.clear(),
    setDown: (mode) => server.setDown(mode),
    removeKind: (apiVersion, plural) => catalogue.remove(apiVersion, plural),
    restoreKind: (apiVersion, plural) => catalogue.restore(apiVersion, plural),
    compact: () => store.compact(),
    endWatches: () => watches.endAll(),
    requests: () => server.log,
    clearRequests: () => server.clearLog(),
    close: () => {
      closing ??= (async () => {
        watches.close();
        await server.stop();
        for (const controller of controllers) controller.close();
        await kubelet.close();
      })();
      return closing;
    },
  };
}
