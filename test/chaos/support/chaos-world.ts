/** A world of the chaos tier's own: services with little load each, the built bot, a Prometheus that can be broken per lane. */
import { parse, stringify } from 'yaml';
import type { WorldService } from '../../../sandbox/contract.ts';
import { startWorld, type World } from '../../../sandbox/world/world.ts';
import { type ConfigDoc, NO_LIMITS } from '../../acceptance/support/config.ts';
import type { Look } from '../checker.ts';
import { MetricsProxy } from './metrics-proxy.ts';

export interface LaneSpec {
  readonly name: string;
  /** Default all of STEPS. */
  readonly steps?: readonly number[];
  /** Its own Prometheus, in its own environment; else it shares one with the others. */
  readonly hasOwnMetrics?: boolean;
}

export interface ChaosOptions {
  readonly lanes: readonly LaneSpec[];
  readonly botEntry: string;
  /** Requests per second of each service. */
  readonly rpsEach: number;
  readonly replicas?: number;
  readonly times?: Readonly<Record<string, string>>;
  readonly minRequests: number;
}

export interface ChaosWorld {
  readonly world: World;
  /** Rollouts from before are the world's made-up past. */
  readonly startedAt: number;
  /** What the bot was told of each workload. */
  readonly looks: readonly Look[];
  proxyOf(service: string): MetricsProxy;
  readonly minRequests: number;
  readonly times: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

export const STEPS = [10, 25, 50, 75, 100] as const;
export const VERSIONS = [
  'v1.0.0',
  'v1.1.0',
  'v1.2.0',
  'v1.3.0',
  'v1.4.0',
  'v1.5.0',
  'v1.6.0',
  'v1.7.0',
  'v1.8.0',
];

/** Real seconds, but few: a rollout without a fault takes about half a minute. */
const TIMES = {
  tick: '1s',
  readiness: '60s',
  probes: '60s',
  step: '3s',
  bake: '4s',
  drain: '2s',
  window: '8s',
  share: '60s',
  blind: '120s',
  propagationDelay: '2s',
} as const;

const serviceOf = ({ name }: LaneSpec): WorldService => ({
  name,
  short: `${name}-s`,
  live: VERSIONS[1] ?? '',
  tags: VERSIONS,
  port: 8080,
  replicas: 1,
  isPlain: false,
});

export async function startChaos(options: ChaosOptions): Promise<ChaosWorld> {
  const looks: Look[] = [];
  const proxies = new Map<string, MetricsProxy>();
  const shared = await MetricsProxy.start(looks);
  for (const { name, hasOwnMetrics } of options.lanes)
    if (hasOwnMetrics) proxies.set(name, await MetricsProxy.start(looks));
  const times = { ...TIMES, ...options.times };
  const all = [shared, ...proxies.values()];
  const closeProxies = async (): Promise<void> => void (await Promise.all(all.map((proxy) => proxy.close())));
  try {
    const world = await startWorld({
      pace: 'test',
      services: options.lanes.map(serviceOf),
      rps: options.rpsEach * options.lanes.length,
      replicas: options.replicas ?? 1,
      slackLimits: NO_LIMITS,
      botEntry: options.botEntry,
      editConfig: (text) => withLanes(text, options, { shared, proxies }, times),
    });
    return {
      world,
      startedAt: Date.now(),
      looks,
      times,
      minRequests: options.minRequests,
      proxyOf: (service) => proxies.get(service) ?? shared,
      close: async () => {
        await world.close();
        await closeProxies();
      },
    };
  } catch (error) {
    await closeProxies();
    throw error;
  }
}

interface Proxies {
  readonly shared: MetricsProxy;
  readonly proxies: ReadonlyMap<string, MetricsProxy>;
}

interface ClusterDoc {
  prometheus: { url: string; timeout: string; scrapeInterval: string };
}

function withLanes(
  text: string,
  { lanes, minRequests }: ChaosOptions,
  { shared, proxies }: Proxies,
  times: Readonly<Record<string, string>>,
): string {
  // What the text has once by an anchor is here once per service.
  const config = JSON.parse(JSON.stringify(parse(text))) as ConfigDoc & {
    clusters: Record<string, ClusterDoc>;
    environments: Record<string, object>;
  };
  config.slack = { ...config.slack, postIntervalMs: 0, editIntervalMs: 500, editsPerMinute: 10_000 };
  const { sandbox } = config.clusters;
  if (!sandbox) throw new Error('the world names no cluster');
  for (const proxy of [shared, ...proxies.values()]) proxy.target = sandbox.prometheus.url;
  const through = (proxy: MetricsProxy): ClusterDoc => ({
    ...sandbox,
    // Two busy cores answer late: that is no outage.
    prometheus: { url: proxy.url, timeout: '6s', scrapeInterval: '2s' },
  });
  config.clusters = { sandbox: through(shared) };
  for (const { name, steps } of lanes) {
    const service = config.services[name];
    if (!service) throw new Error(`the world has no service ${name}`);
    service.steps = [...(steps ?? STEPS)];
    service.times = { ...times };
    service.analysis = { ...service.analysis, minRequests };
    // A busy machine is no fault of the candidate's.
    service.rules = { ...service.rules, p95: { limit: 9000 } } as typeof service.rules;
    // Jobs and their pods are shown elsewhere; here they would only take the two cores.
    service.probes = service.probes.filter((probe) => ['health', 'no-traffic'].includes(probe.name));
    const proxy = proxies.get(name);
    if (!proxy) continue;
    config.clusters[name] = through(proxy);
    config.environments[name] = { ...config.environments['prod'], clusters: [name] };
    service['environments'] = [name];
  }
  return stringify(config);
}
