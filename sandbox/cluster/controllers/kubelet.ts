import { createHash } from 'node:crypto';
import type { PodRuntime, PodSpecSeen } from '../../contract.ts';
import { KINDS } from '../kinds.ts';
import type { KubeObject, Pod } from '../objects.ts';
import { resolvePort } from '../pods.ts';
import type { Registry } from '../registry.ts';
import { badRequest } from '../status.ts';
import { LEAVE_ENDPOINTS_MS, PodWorker } from './pod-worker.ts';

/** Scheduler and kubelets of all nodes in one: gives every pod a node and an address, and has the runtime run it. */

const PROBE_EVERY_MS = 250;
export const NODE_NAMES = ['node-1', 'node-2', 'node-3'] as const;

/** `sha256:…` that a registry gives for a tag; null when it cannot say. */
export type ResolveDigest = (image: string) => Promise<string | null>;

/** A pod takes it over from its node. */
const ZONE = 'topology.kubernetes.io/zone';

export class Kubelet {
  readonly #registry: Registry;
  readonly #runtime: PodRuntime;
  readonly #resolveDigest: ResolveDigest | undefined;
  readonly #workers = new Map<string, PodWorker>();
  readonly #leaving = new Map<string, NodeJS.Timeout>();
  readonly #ends = new Set<Promise<void>>();
  readonly #stopListening: () => void;
  readonly #probing: NodeJS.Timeout;
  #addresses = 0;

  constructor(registry: Registry, runtime: PodRuntime, resolveDigest: ResolveDigest | undefined) {
    this.#registry = registry;
    this.#runtime = runtime;
    this.#resolveDigest = resolveDigest;
    runtime.onExit((pod, exitCode) => this.#workers.get(pod.uid)?.crashed(exitCode));
    this.#stopListening = registry.store.subscribe((change) => {
      if (change.kind !== KINDS.pods) return;
      if (change.type === 'ADDED') setImmediate(() => this.#admit(change.object));
      if (change.type === 'DELETED') void this.#end(change.object.metadata.uid ?? '');
      if (change.type === 'MODIFIED' && change.object.metadata.deletionTimestamp) this.#leave(change.object);
    });
    this.#probing = setInterval(() => {
      for (const worker of this.#workers.values()) void worker.probe();
    }, PROBE_EVERY_MS);
  }

  readLog(pod: Pod, query: URLSearchParams): string {
    const worker = this.#workers.get(pod.metadata.uid ?? '');
    const log = worker?.log ?? null;
    if (log === null) {
      const container = query.get('container') ?? pod.spec.containers[0]?.name ?? '';
      throw badRequest(
        `container "${container}" in pod "${pod.metadata.name}" is waiting to start: ${worker?.waitingFor || 'ContainerCreating'}`,
      );
    }
    const tail = query.get('tailLines');
    const limit = query.get('limitBytes');
    const lines = log.split('\n');
    const isTerminated = lines.at(-1) === '';
    const shown =
      tail === null
        ? log
        : lines.slice(Math.max(0, lines.length - Number(tail) - (isTerminated ? 1 : 0))).join('\n');
    return limit === null ? shown : shown.slice(0, Number(limit));
  }

  /** Ends every pod's process; objects stay as they are. */
  async close(): Promise<void> {
    this.#stopListening();
    clearInterval(this.#probing);
    for (const timer of this.#leaving.values()) clearTimeout(timer);
    for (const uid of [...this.#workers.keys()]) void this.#end(uid);
    await Promise.all(this.#ends);
  }

  #admit(object: KubeObject): void {
    const { namespace, name, uid = '' } = object.metadata;
    const live = this.#registry.store.get(KINDS.pods, namespace, name) as Pod | undefined;
    if (!live || live.metadata.uid !== uid || this.#workers.has(uid)) return;
    const podIp = this.#nextAddress();
    const pod = this.#bind(live);
    const container = pod.spec.containers[0];
    if (!container) return;
    const worker = new PodWorker({
      registry: this.#registry,
      runtime: this.#runtime,
      pod,
      seen: describePod(pod),
      podIp,
      command: [...(container.command ?? []), ...(container.args ?? [])],
      isTask: pod.spec.restartPolicy !== 'Always',
      readImageId: () => this.#readImageId(container.image),
    });
    this.#workers.set(uid, worker);
    worker.begin();
    if (pod.metadata.deletionTimestamp) this.#leave(pod);
  }

  /** Straight to the store: binding is not an edit of spec and moves no generation. */
  #bind(pod: Pod): Pod {
    if (pod.spec.nodeName !== undefined) return pod;
    const nodeName = NODE_NAMES[this.#addresses % NODE_NAMES.length];
    const node = this.#registry.store.get(KINDS.nodes, undefined, nodeName ?? '');
    const zone = node?.metadata.labels?.[ZONE];
    const labels = { ...pod.metadata.labels, ...(zone !== undefined && { [ZONE]: zone }) };
    const metadata = { ...pod.metadata, labels };
    return this.#registry.store.put(KINDS.pods, { ...pod, metadata, spec: { ...pod.spec, nodeName } }) as Pod;
  }

  #nextAddress(): string {
    this.#addresses += 1;
    const number = this.#addresses + 256;
    return `10.244.${(number >> 8) & 255}.${number & 255}`;
  }

  /** The endpoints let go of it at once; the process ends a moment later, when the last request has been sent. */
  #leave(pod: KubeObject): void {
    const { uid = '', namespace, name } = pod.metadata;
    if (this.#leaving.has(uid)) return;
    const finish = (): void => {
      void this.#end(uid).then(() => {
        this.#leaving.delete(uid);
        const live = this.#registry.store.get(KINDS.pods, namespace, name);
        if (live?.metadata.uid === uid) this.#registry.store.remove(KINDS.pods, live);
      });
    };
    this.#leaving.set(uid, setTimeout(finish, LEAVE_ENDPOINTS_MS));
  }

  #end(uid: string): Promise<void> {
    const worker = this.#workers.get(uid);
    if (!worker) return Promise.resolve();
    const ending = worker.end().finally(() => {
      this.#workers.delete(uid);
      this.#ends.delete(ending);
    });
    this.#ends.add(ending);
    return ending;
  }

  async #readImageId(image: string): Promise<string> {
    const [name = image, digest] = image.split('@');
    const repository = name.replace(/:[^:/]*$/, '');
    if (digest !== undefined) return `${repository}@${digest}`;
    const resolved = await this.#resolveDigest?.(image).catch(() => null);
    // Stable for one image, and like nothing that a registry would answer.
    const made = `sha256:${createHash('sha256').update(image).digest('hex')}`;
    return `${repository}@${resolved ?? made}`;
  }
}

function describePod(pod: Pod): PodSpecSeen {
  const [container] = pod.spec.containers;
  const probe = container?.readinessProbe?.httpGet;
  const port = probe ? resolvePort(pod.spec.containers, probe.port) : undefined;
  return {
    namespace: pod.metadata.namespace ?? '',
    name: pod.metadata.name,
    uid: pod.metadata.uid ?? '',
    labels: { ...pod.metadata.labels },
    image: container?.image ?? '',
    container: container?.name ?? '',
    env: Object.fromEntries(
      (container?.env ?? [])
        .filter((entry) => !entry.valueFrom)
        .map((entry) => [entry.name, entry.value ?? '']),
    ),
    readiness: probe && port !== undefined ? { path: probe.path ?? '/', port } : null,
  };
}
