import type { KubeObject, Watched, WatchedKind } from './objects.ts';
import { type AskedRequest, findRoute, fullHost, pickDestination } from './routing.ts';
import { PORT_ANNOTATION, workloadOf } from './workload.ts';

export interface Endpoint {
  readonly pod: string;
  readonly host: string;
  readonly port: number;
  readonly workload: string;
  readonly version: string;
  readonly labels: Readonly<Record<string, string>>;
}

export interface ServiceName {
  readonly name: string;
  readonly namespace: string;
}

/** NR: no route. NC: the route names a subset or service that the mesh does not know (yet). UH: no ready pod. */
export type Resolution =
  | { readonly kind: 'endpoints'; readonly service: ServiceName; readonly endpoints: readonly Endpoint[] }
  | { readonly kind: 'none'; readonly service: ServiceName; readonly flag: 'NR' | 'NC' | 'UH' };

export interface ViewOptions {
  /** Of clients, for hosts without a namespace. */
  readonly namespace: string;
  /** How long a new subset takes to reach the proxies. */
  readonly subsetDelayMs: number;
  /** Monotonic ms. */
  now(): number;
  /** 0 (inclusive) to 1 (exclusive). */
  random(): number;
}

const keyOf = (object: KubeObject): string => `${object.metadata.namespace ?? ''}/${object.metadata.name}`;

/** What the proxy knows of the cluster, and where it sends a request by that. No I/O. */
export class MeshView {
  readonly #options: ViewOptions;
  readonly #objects: { readonly [K in WatchedKind]: Map<string, Watched[K]> } = {
    services: new Map(),
    pods: new Map(),
    slices: new Map(),
    virtualServices: new Map(),
    destinationRules: new Map(),
  };
  /** Subset -> since when the proxies know it. Subsets that were there before us are known at once. */
  readonly #knownAt = new Map<string, number>();
  readonly #turns = new Map<string, number>();
  readonly #listed = new Set<WatchedKind>();

  constructor(options: ViewOptions) {
    this.#options = options;
  }

  /** true when every kind was listed once. */
  get isComplete(): boolean {
    return this.#listed.size === Object.keys(this.#objects).length;
  }

  replace<K extends WatchedKind>(kind: K, objects: readonly Watched[K][]): void {
    const isFirst = !this.#listed.has(kind);
    this.#listed.add(kind);
    this.#objects[kind].clear();
    for (const object of objects) this.#objects[kind].set(keyOf(object), object);
    if (kind === 'destinationRules') this.#noteSubsets(isFirst);
  }

  apply<K extends WatchedKind>(kind: K, type: 'ADDED' | 'MODIFIED' | 'DELETED', object: Watched[K]): void {
    if (type === 'DELETED') this.#objects[kind].delete(keyOf(object));
    else this.#objects[kind].set(keyOf(object), object);
    if (kind === 'destinationRules') this.#noteSubsets(false);
  }

  resolve(request: AskedRequest): Resolution {
    const host = fullHost(request.host, this.#options.namespace);
    const service = { name: host.split('.')[0] ?? host, namespace: host.split('.')[1] ?? '' };
    const found = findRoute([...this.#objects.virtualServices.values()], host, request);
    if (found.kind === 'unrouted') return { kind: 'none', service, flag: 'NR' };
    if (found.kind === 'absent') return this.#cluster(host, null, service);
    const destination = pickDestination(found.route, this.#options.random());
    if (!destination) return { kind: 'none', service, flag: 'NR' };
    const target = fullHost(destination.host, found.namespace);
    return this.#cluster(target, destination.subset ?? null, service);
  }

  /** Whether each destination with weight of the host's first route has a ready pod: what the load waits for. */
  isServing(host: string): boolean {
    const full = fullHost(host, this.#options.namespace);
    const service = { name: host, namespace: this.#options.namespace };
    const found = findRoute([...this.#objects.virtualServices.values()], full, {
      host,
      path: '/pay',
      method: 'POST',
      headers: {},
    });
    if (found.kind === 'absent') return this.#cluster(full, null, service).kind === 'endpoints';
    if (found.kind === 'unrouted') return false;
    const route = found.route.route ?? [];
    const weighted = route.filter((entry) => route.length === 1 || (entry.weight ?? 0) > 0);
    return (
      weighted.length > 0 &&
      weighted.every(({ destination }) => {
        const target = fullHost(destination?.host ?? '', found.namespace);
        return this.#cluster(target, destination?.subset ?? null, service).kind === 'endpoints';
      })
    );
  }

  /** The endpoints of one host and subset, the one whose turn it is first. */
  #cluster(host: string, subset: string | null, asked: ServiceName): Resolution {
    const [name = '', namespace = ''] = host.split('.');
    const service = this.#objects.services.has(`${namespace}/${name}`) ? { name, namespace } : null;
    if (!service) return { kind: 'none', service: asked, flag: subset === null ? 'NR' : 'NC' };
    const labels = subset === null ? {} : this.#subsetLabels(host, subset);
    if (!labels) return { kind: 'none', service, flag: 'NC' };
    const wanted = Object.entries(labels);
    const endpoints = this.#endpointsOf(service).filter((endpoint) =>
      wanted.every(([key, value]) => endpoint.labels[key] === value),
    );
    if (endpoints.length === 0) return { kind: 'none', service, flag: 'UH' };
    const turnKey = `${host}|${subset ?? ''}`;
    const turn = (this.#turns.get(turnKey) ?? 0) % endpoints.length;
    this.#turns.set(turnKey, turn + 1);
    return {
      kind: 'endpoints',
      service,
      endpoints: [...endpoints.slice(turn), ...endpoints.slice(0, turn)],
    };
  }

  #endpointsOf(service: ServiceName): Endpoint[] {
    const found = new Map<string, Endpoint>();
    for (const slice of this.#objects.slices.values()) {
      if (slice.metadata.namespace !== service.namespace) continue;
      if (slice.metadata.labels?.['kubernetes.io/service-name'] !== service.name) continue;
      for (const { addresses, conditions, targetRef } of slice.endpoints ?? []) {
        const pod = this.#objects.pods.get(`${service.namespace}/${targetRef?.name ?? ''}`);
        // The simulator's pods have addresses that lead nowhere; they say where they listen. Others are as their slice says.
        const published = Number(pod?.metadata.annotations?.[PORT_ANNOTATION]);
        const host = published ? '127.0.0.1' : addresses?.[0];
        const port = published || slice.ports?.[0]?.port;
        if (conditions?.ready === false || !pod || !port || !host) continue;
        const labels = pod.metadata.labels ?? {};
        found.set(pod.metadata.name, {
          pod: pod.metadata.name,
          host,
          port,
          labels,
          workload: workloadOf({ name: pod.metadata.name, labels }),
          version: labels.version ?? 'unknown',
        });
      }
    }
    return [...found.values()];
  }

  /** null: no such subset, or the proxies do not know it yet. */
  #subsetLabels(host: string, subset: string): Readonly<Record<string, string>> | null {
    const knownAt = this.#knownAt.get(`${host}|${subset}`);
    if (knownAt === undefined || knownAt > this.#options.now()) return null;
    for (const rule of this.#objects.destinationRules.values()) {
      if (fullHost(rule.spec?.host ?? '', rule.metadata.namespace ?? '') !== host) continue;
      const found = rule.spec?.subsets?.find((entry) => entry.name === subset);
      if (found) return found.labels ?? {};
    }
    return null;
  }

  #noteSubsets(isFirstList: boolean): void {
    const present = new Set<string>();
    for (const rule of this.#objects.destinationRules.values()) {
      const host = fullHost(rule.spec?.host ?? '', rule.metadata.namespace ?? '');
      for (const { name } of rule.spec?.subsets ?? []) present.add(`${host}|${name}`);
    }
    for (const key of this.#knownAt.keys()) if (!present.has(key)) this.#knownAt.delete(key);
    const knownAt = isFirstList ? 0 : this.#options.now() + this.#options.subsetDelayMs;
    for (const key of present) if (!this.#knownAt.has(key)) this.#knownAt.set(key, knownAt);
  }
}
