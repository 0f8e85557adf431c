import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { PodSpecSeen } from '../contract.ts';
import { until } from '../processes/until.ts';
import type { Image } from './behaviour.ts';
import type { Handlers, PlaneSettings } from './channel.ts';
import { InOrder } from './in-order.ts';
import { type Load, startLoad } from './load.ts';
import { MeshMetrics } from './metrics.ts';
import { PATHS, type Watched, type WatchedKind } from './objects.ts';
import { createPodRuntime } from './pods.ts';
import { type MeshProxy, startProxy } from './proxy.ts';
import { MeshView } from './view.ts';
import { Revival, watchKind } from './watch.ts';

export interface Plane {
  readonly handlers: Handlers;
  close(): Promise<void>;
}

function serveMetrics(metrics: MeshMetrics, port: number): Promise<Server> {
  const server = createServer((_request, response) => {
    metrics.expose().then(
      (text) => response.setHeader('content-type', metrics.contentType).end(text),
      () => response.destroy(),
    );
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve(server));
  });
}

/** Everything that carries traffic: pods, proxy, load, metrics. Runs in the mesh's own process; `onExit` tells of crashes. */
export function createPlane(onExit: (pod: PodSpecSeen, exitCode: number) => void): Plane {
  const digests = new Map<string, Image>();
  const metrics = new MeshMetrics();
  let settings: PlaneSettings | null = null;
  let pods: ReturnType<typeof createPodRuntime> | null = null;
  let proxy: MeshProxy | null = null;
  let exposition: Server | null = null;
  /** A load that was stopped stays for its counters. */
  let load: Load | null = null;
  let isLoading = false;
  /** The proxy keeps one view for its life; a new connection fills a fresh one behind it. */
  let view: MeshView | null = null;
  let watches = new AbortController();

  const opened = <T>(part: T | null): T => {
    if (part === null) throw new Error('the mesh is not open');
    return part;
  };

  const newView = ({ namespace, subsetDelayMs }: PlaneSettings): MeshView =>
    new MeshView({ namespace, subsetDelayMs, now: () => performance.now(), random: Math.random });

  const stopLoad = async (): Promise<null> => {
    isLoading = false;
    await load?.stop();
    return null;
  };

  const handlers: Handlers = {
    open: async (given) => {
      settings = given;
      pods = createPodRuntime({ digests, metrics, drain: { leastMs: given.drainMs } });
      pods.onExit(onExit);
      view = newView(given);
      proxy = await startProxy({
        view: { resolve: (request) => opened(view).resolve(request) },
        metrics,
        port: given.proxyPort,
        sourceWorkload: 'checkout',
      });
      exposition = await serveMetrics(metrics, given.metricsPort);
      const { port } = exposition.address() as AddressInfo;
      return { proxyUrl: proxy.url, metricsUrl: `http://127.0.0.1:${port}/metrics` };
    },

    digests: async (entries) => {
      for (const [digest, image] of entries) digests.set(digest, image);
      return null;
    },

    connect: async ({ clusterUrl, token }) => {
      watches.abort();
      watches = new AbortController();
      const { signal } = watches;
      const next = newView(opened(settings));
      const revival = new Revival();
      const order = new InOrder();
      const watch = <K extends WatchedKind>(kind: K): void => {
        void watchKind<Watched[K]>({
          clusterUrl,
          token,
          signal,
          revival,
          path: PATHS[kind],
          onBreak: () => order.broke(kind),
          onList: (objects) => order.take(kind, true, () => next.replace(kind, objects)),
          onEvent: (type, object) => order.take(kind, false, () => next.apply(kind, type, object)),
        });
      };
      for (const kind of Object.keys(PATHS) as WatchedKind[]) watch(kind);
      try {
        await until(async () => next.isComplete, { what: 'first lists of the cluster', timeoutMs: 15_000 });
      } catch (error) {
        watches.abort();
        throw error;
      }
      view = next;
      return null;
    },

    startLoad: async ({ timeoutMs }) => {
      const { services, rps } = opened(settings);
      await until(async () => services.every((service) => opened(view).isServing(service)), {
        what: `ready pods behind the routes of ${services.join(', ')}`,
        timeoutMs,
        everyMs: 20,
      });
      if (!isLoading) load = startLoad({ proxyUrl: opened(proxy).url, services, rps });
      isLoading = true;
      return null;
    },

    stopLoad,
    reset: async () => {
      await stopLoad();
      load = null;
      opened(pods).reset();
      return null;
    },
    resetCounters: async () => {
      load?.reset();
      return null;
    },
    counters: async () => load?.counters() ?? {},
    failures: async () => load?.failures() ?? [],
    setBehaviour: async (...args) => {
      opened(pods).setBehaviour(...args);
      return null;
    },
    start: (pod) => opened(pods).start(pod),
    isReady: (pod) => opened(pods).isReady(pod),
    stop: async (pod) => {
      await opened(pods).stop(pod);
      return null;
    },
    run: (pod, command) => opened(pods).run(pod, command),
  };

  return {
    handlers,
    close: async () => {
      watches.abort();
      pods?.reset();
      exposition?.close();
      exposition?.closeAllConnections();
      await proxy?.close();
    },
  };
}
