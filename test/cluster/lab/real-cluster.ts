/** The real cluster as the world needs it: kept in step by watches, so that a test reads without waiting. */
import { setTimeout as delay } from 'node:timers/promises';
import type { ClusterView, KubeObject } from '../../../sandbox/cluster/cluster.ts';
import { watchKind } from '../../../sandbox/mesh/watch.ts';
import type { Api } from './api.ts';
import { type AuditedRequest, AuditLog } from './audit-log.ts';
import { adminApi, type LabFacts } from './facts.ts';
import { settle } from './objects.ts';

const collections = (namespace: string): readonly string[] => [
  `/apis/apps/v1/namespaces/${namespace}/deployments`,
  `/apis/batch/v1/namespaces/${namespace}/jobs`,
  `/apis/networking.istio.io/v1/namespaces/${namespace}/virtualservices`,
  `/apis/networking.istio.io/v1/namespaces/${namespace}/destinationrules`,
  `/apis/autoscaling/v2/namespaces/${namespace}/horizontalpodautoscalers`,
  `/api/v1/namespaces/${namespace}/services`,
  `/api/v1/namespaces/${namespace}/pods`,
];

const versionOf = (object: {
  readonly metadata: { readonly resourceVersion?: string | undefined };
}): number => Number(object.metadata.resourceVersion);

export class RealCluster implements ClusterView {
  readonly url: string;
  readonly api: Api;
  readonly #namespace: string;
  readonly #audit: AuditLog;
  readonly #seen = new Map<string, Map<string, KubeObject>>();
  readonly #listed = new Set<string>();
  readonly #ended = new AbortController();
  #seeding: Promise<void> = Promise.resolve();

  private constructor(facts: LabFacts, namespace: string) {
    this.url = facts.server;
    this.api = adminApi(facts);
    this.#namespace = namespace;
    this.#audit = new AuditLog(facts);
    for (const path of collections(namespace)) {
      const objects = new Map<string, KubeObject>();
      this.#seen.set(path, objects);
      void watchKind<KubeObject>({
        clusterUrl: facts.server,
        token: facts.adminToken,
        path,
        signal: this.#ended.signal,
        onList: (all) => {
          this.#listed.add(path);
          objects.clear();
          for (const object of all) objects.set(object.metadata.name, object);
        },
        onEvent: (type, object) =>
          type === 'DELETED'
            ? objects.delete(object.metadata.name)
            : objects.set(object.metadata.name, object),
      });
    }
  }

  static async open(facts: LabFacts, namespace: string): Promise<RealCluster> {
    const cluster = new RealCluster(facts, namespace);
    const deadline = performance.now() + 20_000;
    while (cluster.#listed.size < cluster.#seen.size) {
      if (performance.now() > deadline) throw new Error('the cluster could not be listed within 20 s');
      await delay(20);
    }
    return cluster;
  }

  seed(objects: readonly object[]): void {
    this.#seeding = this.#seeding.then(async () => {
      for (const object of objects) await this.api.put(object);
    });
    // Said by whoever waits for it.
    this.#seeding.catch(() => undefined);
  }

  read(path: string): KubeObject | undefined {
    const at = path.lastIndexOf('/');
    const object = this.#seen.get(path.slice(0, at))?.get(path.slice(at + 1));
    // A list gives its items no kind; what is shown to a person has one.
    return object && structuredClone(object);
  }

  list(path: string): readonly KubeObject[] {
    return [...(this.#seen.get(path)?.values() ?? [])].map((object) => structuredClone(object));
  }

  async until(
    path: string,
    isWanted: (object: KubeObject | undefined) => boolean,
    timeoutMs = 10_000,
  ): Promise<KubeObject | undefined> {
    await this.#seeding;
    const deadline = performance.now() + timeoutMs;
    for (;;) {
      const object = this.read(path);
      if (isWanted(object)) return object;
      if (performance.now() > deadline)
        throw new Error(`not within ${timeoutMs} ms: ${path}\n${JSON.stringify(object)?.slice(0, 2000)}`);
      await delay(15);
    }
  }

  async settle(timeoutMs = 60_000): Promise<void> {
    await this.#seeding;
    await settle(this.api, this.#namespace, timeoutMs);
    const deployments = `/apis/apps/v1/namespaces/${this.#namespace}/deployments`;
    for (const object of await this.api.list(deployments))
      await this.until(
        `${deployments}/${object.metadata.name}`,
        (seen) => seen !== undefined && versionOf(seen) >= versionOf(object),
        timeoutMs,
      );
  }

  requests(): readonly AuditedRequest[] {
    return this.#audit.requests();
  }

  async close(): Promise<void> {
    this.#ended.abort();
    this.api.close();
  }
}
