/**
 * The container runtime of the lab's nodes. KWOK says in each pod's status how it stands; what runs behind its address
 * is a real server of ours, and this tells KWOK, in annotations, what became of image and process (stages.yaml).
 */
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import { join } from 'node:path';
import type { Part, PodRuntime, PodSpecSeen } from '../../../sandbox/contract.ts';
import { watchKind } from '../../../sandbox/mesh/watch.ts';
import { type Api, type Body, MERGE_PATCH } from './api.ts';
import { adminApi, KUBELET_PORT, type LabFacts, MARK, NODE_ADDRESS } from './facts.ts';

export type Fate = 'runs' | 'slow' | 'never-ready' | 'no-image' | 'crashes';

export interface ImageKnown {
  /** null: no registry has it. */
  readonly tag: string | null;
  /** What a kubelet reports as imageID. */
  readonly imageId: string;
}

export interface NodeAgentOptions {
  readonly facts: LabFacts;
  readonly runtime: PodRuntime;
  /** What the registry says of an image. */
  readonly resolve: (image: string) => Promise<ImageKnown>;
}

const PROBE_EVERY_MS = 250;
/** A probe must fail this often in a row before the pod is taken out, as failureThreshold says by default. */
const FAILURE_THRESHOLD = 3;
/** How long proxies may still send to a pod that has left the endpoints. */
const LEAVE_ENDPOINTS_MS = 300;

/** What a tag says of the life of its pods: `v2.4.0-never-ready`. */
export const fateOf = (tag: string | null): Fate => {
  if (tag === null) return 'no-image';
  for (const fate of ['slow', 'never-ready', 'no-image', 'crashes'] as const)
    if (tag.endsWith(`-${fate}`)) return fate;
  return 'runs';
};

interface Life {
  readonly seen: PodSpecSeen;
  readonly isTask: boolean;
  readonly command: readonly string[];
  fate: Fate | null;
  isStarted: boolean;
  isListening: boolean;
  isBeingProbed: boolean;
  /** In a row. */
  failures: number;
  isLeaving: boolean;
  log: string | null;
}

export class NodeAgent implements Part {
  readonly #options: NodeAgentOptions;
  readonly #api: Api;
  readonly #lives = new Map<string, Life>();
  /** Who had an address last: KWOK gives it to the next pod at once, the process may still be ending. */
  readonly #endings = new Map<string, Promise<void>>();
  readonly #ended = new AbortController();
  readonly #probing: NodeJS.Timeout;
  readonly #kubelet: Server;

  private constructor(options: NodeAgentOptions) {
    this.#options = options;
    this.#api = adminApi(options.facts);
    options.runtime.onExit((pod) => void this.#crashed(pod));
    this.#probing = setInterval(() => {
      for (const life of this.#lives.values()) void this.#probe(life);
    }, PROBE_EVERY_MS);
    this.#kubelet = this.#serveLogs();
    void watchKind<Body>({
      clusterUrl: options.facts.server,
      token: options.facts.adminToken,
      path: '/api/v1/pods',
      signal: this.#ended.signal,
      onList: (pods) => {
        const present = new Set(pods.map((pod) => pod.metadata.uid));
        for (const uid of this.#lives.keys()) if (!present.has(uid)) this.#removed(uid);
        for (const pod of pods) this.#saw(pod);
      },
      onEvent: (type, pod) => (type === 'DELETED' ? this.#removed(pod.metadata.uid) : this.#saw(pod)),
    });
  }

  static async start(options: NodeAgentOptions): Promise<NodeAgent> {
    const agent = new NodeAgent(options);
    await new Promise<void>((resolve, reject) => {
      agent.#kubelet.once('error', reject);
      agent.#kubelet.listen(KUBELET_PORT, NODE_ADDRESS, resolve);
    });
    return agent;
  }

  async close(): Promise<void> {
    this.#ended.abort();
    clearInterval(this.#probing);
    await Promise.all([...this.#lives.values()].map((life) => this.#stop(life)));
    await Promise.all(this.#endings.values());
    this.#kubelet.closeAllConnections();
    await new Promise<void>((resolve) => this.#kubelet.close(() => resolve()));
    this.#api.close();
  }

  #saw(pod: Body): void {
    const { uid, deletionTimestamp, annotations } = pod.metadata;
    if (pod.spec.nodeName === undefined && deletionTimestamp === undefined) return;
    const life = this.#lives.get(uid) ?? this.#admit(pod);
    if (deletionTimestamp !== undefined) return void this.#leave(life);
    if (annotations?.[`${MARK}/fate`] === undefined || pod.status?.podIP === undefined) return;
    if (pod.status.phase !== 'Running' || life.isStarted || life.fate === 'no-image') return;
    life.isStarted = true;
    void (life.isTask ? this.#runTask(life) : this.#run(life, pod.status.podIP));
  }

  #admit(pod: Body): Life {
    const life: Life = {
      seen: describe(pod),
      isTask: pod.spec.restartPolicy !== 'Always',
      command: [...(pod.spec.containers[0].command ?? []), ...(pod.spec.containers[0].args ?? [])],
      fate: null,
      isStarted: false,
      isListening: false,
      isBeingProbed: false,
      failures: 0,
      isLeaving: false,
      log: null,
    };
    this.#lives.set(pod.metadata.uid, life);
    if (pod.metadata.deletionTimestamp === undefined) void this.#pull(life, pod);
    return life;
  }

  async #pull(life: Life, pod: Body): Promise<void> {
    const images = await Promise.all(
      pod.spec.containers.map(async ({ name, image }: Body) => ({
        name,
        ...(await this.#options.resolve(image)),
      })),
    );
    life.fate = fateOf(images[0].tag);
    const ids = images.map(({ name, imageId }) => [`${MARK}/image-id.${name}`, imageId]);
    const isRunnable = life.isTask && life.fate !== 'no-image';
    await this.#mark(life, { ...Object.fromEntries(ids), [`${MARK}/fate`]: isRunnable ? 'task' : life.fate });
  }

  async #run(life: Life, podIp: string): Promise<void> {
    if (life.fate === 'crashes') return;
    await this.#endings.get(podIp);
    const seen = { ...life.seen, address: { host: podIp, port: life.seen.readiness?.port ?? 8080 } };
    Object.assign(life, { seen });
    while (!(await this.#starts(life))) await new Promise((resolve) => setTimeout(resolve, 100));
    // Told to stop while it was starting: nobody else ends it.
    if (life.isLeaving || this.#lives.get(seen.uid) !== life) return this.#stop(life);
    await this.#probe(life);
  }

  /** False while the pod that had the address before still ends. */
  async #starts(life: Life): Promise<boolean> {
    try {
      await this.#options.runtime.start(life.seen);
    } catch (error) {
      if ((error as Error).message.includes('EADDRINUSE')) return life.isLeaving;
      console.error(`the pod ${life.seen.name} does not start:`, error);
    }
    return true;
  }

  async #runTask(life: Life): Promise<void> {
    const { exitCode, log } = await this.#options.runtime.run(life.seen, life.command);
    life.log = log;
    await this.#mark(life, { [`${MARK}/exit-code`]: String(exitCode) });
  }

  async #probe(life: Life): Promise<void> {
    if (!life.isStarted || life.isTask || life.isLeaving || life.fate === 'crashes') return;
    if (life.isBeingProbed) return;
    life.isBeingProbed = true;
    const isListening = await this.#options.runtime.isReady(life.seen).catch(() => false);
    life.isBeingProbed = false;
    life.failures = isListening ? 0 : life.failures + 1;
    if (isListening === life.isListening || life.isLeaving) return;
    if (!isListening && life.failures < FAILURE_THRESHOLD) return;
    life.isListening = isListening;
    await this.#mark(life, { [`${MARK}/listening`]: String(isListening) });
  }

  async #crashed(pod: PodSpecSeen): Promise<void> {
    const life = this.#lives.get(pod.uid);
    if (life === undefined || life.isLeaving) return;
    life.fate = 'crashes';
    await this.#mark(life, { [`${MARK}/fate`]: 'crashes', [`${MARK}/listening`]: 'false' });
  }

  async #leave(life: Life): Promise<void> {
    if (life.isLeaving) return;
    life.isLeaving = true;
    if (life.isStarted && !life.isTask)
      await new Promise((resolve) => setTimeout(resolve, LEAVE_ENDPOINTS_MS));
    await this.#stop(life);
    await this.#mark(life, { [`${MARK}/gone`]: 'true' });
  }

  #removed(uid: string): void {
    const life = this.#lives.get(uid);
    this.#lives.delete(uid);
    if (life !== undefined && !life.isLeaving) void this.#stop(life);
  }

  #stop(life: Life): Promise<void> {
    const stopping = this.#options.runtime.stop(life.seen).catch((error: unknown) => {
      if (!this.#ended.signal.aborted) console.error(`the pod ${life.seen.name} does not end:`, error);
    });
    const host = life.seen.address?.host;
    if (host !== undefined) this.#endings.set(host, stopping);
    return stopping;
  }

  /** Kept at until the server takes it: an API server that is away must not lose a pod's fate. */
  async #mark(life: Life, annotations: Readonly<Record<string, string>>): Promise<void> {
    const { namespace, name, uid } = life.seen;
    const body = { metadata: { uid, annotations } };
    while (!this.#ended.signal.aborted) {
      const path = `/api/v1/namespaces/${namespace}/pods/${name}?fieldManager=node-agent`;
      const reply = await this.#api.send('PATCH', path, { body, contentType: MERGE_PATCH }).catch(() => null);
      if (reply?.status === 200 || reply?.status === 404 || reply?.status === 409) return;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }

  /** The one part of a kubelet's API that the server asks for here. */
  #serveLogs(): Server {
    const pem = (kind: string): Buffer =>
      readFileSync(join(this.#options.facts.dir, 'certs', `apiserver.${kind}`));
    return createServer({ cert: pem('crt'), key: pem('key') }, (request, response) => {
      const url = new URL(request.url ?? '/', 'https://node');
      const [, part, namespace, name] = url.pathname.split('/');
      const life = [...this.#lives.values()].find(
        ({ seen }) => seen.namespace === namespace && seen.name === name,
      );
      if (part !== 'containerLogs' || life === undefined)
        return void response.writeHead(404).end('not found\n');
      const lines = (life.log ?? '').split('\n');
      const tail = Number(url.searchParams.get('tailLines') ?? lines.length) + (lines.at(-1) === '' ? 1 : 0);
      response.writeHead(200, { 'content-type': 'text/plain' }).end(lines.slice(-tail).join('\n'));
    });
  }
}

const describe = (pod: Body): PodSpecSeen => {
  const [container] = pod.spec.containers;
  const probe = container.readinessProbe?.httpGet;
  const named = (container.ports ?? []).find((port: Body) => port.name === probe?.port)?.containerPort;
  const port = typeof probe?.port === 'number' ? probe.port : (named ?? container.ports?.[0]?.containerPort);
  return {
    namespace: pod.metadata.namespace,
    name: pod.metadata.name,
    uid: pod.metadata.uid,
    labels: pod.metadata.labels ?? {},
    image: container.image,
    container: container.name,
    env: Object.fromEntries(
      (container.env ?? [])
        .filter((entry: Body) => !entry.valueFrom)
        .map((entry: Body) => [entry.name, entry.value ?? '']),
    ),
    readiness: probe && port ? { path: probe.path ?? '/', port } : null,
  };
};
