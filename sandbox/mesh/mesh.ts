import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { type Behaviour, type Part, type PodRuntime, type PodSpecSeen, WORLD } from '../contract.ts';
import type { Image } from './behaviour.ts';
import type { CallMessage, CallName, Calls, PlaneMessage } from './channel.ts';
import type { Failure, ServiceCounters } from './load.ts';

export type { Failure, ServiceCounters } from './load.ts';

export interface MeshOptions {
  /** What every digest was built for: `registry.digests`, read again whenever it has grown. */
  readonly digests: ReadonlyMap<string, Image>;
  /** Hosts that get load; default: the services of the world. */
  readonly services?: readonly string[];
  readonly namespace?: string;
  /** In total, shared evenly. Default 200. */
  readonly rps?: number;
  /** Default 1000: a route that names a new subset too early shows as 503. */
  readonly subsetDelayMs?: number;
  /** Least time that a pod serves on after its end was asked for. Default 1000. */
  readonly drainMs?: number;
  readonly proxyPort?: number;
  readonly metricsPort?: number;
}

export interface Mesh extends Part {
  readonly pid: number;
  /** Give it to startCluster; works from the start. */
  readonly runtime: PodRuntime;
  readonly proxyUrl: string;
  readonly metricsTargets: readonly { readonly url: string }[];
  /** Follows this cluster from now on; resolves when everything was listed once. May be called again after a reset. */
  connect(cluster: { readonly clusterUrl: string; readonly token: string }): Promise<void>;
  /** Waits until every route with weight has a ready pod, then sends. */
  startLoad(options?: { readonly timeoutMs?: number }): Promise<void>;
  /** Resolves when the last answer is in; the counters stay until the next start. */
  stopLoad(): Promise<void>;
  /** Before the cluster is made anew: ends load and pods, every version is healthy again. Metrics go on counting. */
  reset(): Promise<void>;
  resetCounters(): Promise<void>;
  counters(): Promise<Record<string, ServiceCounters>>;
  /** The newest 50 requests that failed, with reasons. */
  failures(): Promise<readonly Failure[]>;
  /** @param change null: healthy again. Rejects (UnknownVersion) for what the registry does not have. */
  setBehaviour(repository: string, version: string, change: Partial<Behaviour> | null): Promise<void>;
}

interface Waiting {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

/** Numbers the calls and matches the answers; whatever is open fails when the process ends. */
class Channel {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, Waiting>();
  #nextId = 1;

  constructor(child: ChildProcess, onPodExit: (pod: PodSpecSeen, exitCode: number) => void) {
    this.#child = child;
    child.on('message', (message: PlaneMessage) => {
      if (message.kind === 'exit') return onPodExit(message.pod, message.exitCode);
      const waiting = this.#waiting.get(message.id);
      this.#waiting.delete(message.id);
      if (message.kind === 'answer') waiting?.resolve(message.value);
      else waiting?.reject(Object.assign(new Error(message.error.message), { name: message.error.name }));
    });
    child.on('exit', () => {
      for (const { reject } of this.#waiting.values()) reject(new Error('the mesh process has ended'));
      this.#waiting.clear();
    });
  }

  call<K extends CallName>(name: K, ...args: Parameters<Calls[K]>): Promise<ReturnType<Calls[K]>> {
    const id = this.#nextId;
    this.#nextId += 1;
    return new Promise((resolve, reject) => {
      if (!this.#child.connected) return reject(new Error('the mesh process has ended'));
      this.#waiting.set(id, { resolve: (value) => resolve(value as ReturnType<Calls[K]>), reject });
      this.#child.send({ id, name, args } satisfies CallMessage);
    });
  }
}

/**
 * Starts the data plane in a process of its own, so that the load of 200 rps and the bot do not share an event loop. Two
 * steps, since the cluster needs the runtime and the proxy needs the cluster: startMesh, then connect.
 */
export async function startMesh(options: MeshOptions): Promise<Mesh> {
  const child = fork(fileURLToPath(new URL('./child.ts', import.meta.url)), [], {
    execArgv: [],
    // A group of its own: ctrl-C reaches it through the channel alone, when the world closes.
    detached: true,
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const listeners: ((pod: PodSpecSeen, exitCode: number) => void)[] = [];
  const channel = new Channel(child, (pod, exitCode) => {
    for (const listener of listeners) listener(pod, exitCode);
  });

  const close = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    if (child.connected) child.disconnect();
    const late = setTimeout(() => child.kill('SIGKILL'), 3000);
    await gone;
    clearTimeout(late);
  };

  let sentDigests = 0;
  /** The channel keeps order, so a pod that starts after this sees the digests. */
  const sendDigests = async (): Promise<void> => {
    if (options.digests.size === sentDigests) return;
    sentDigests = options.digests.size;
    await channel.call('digests', [...options.digests]);
  };

  try {
    const { proxyUrl, metricsUrl } = await channel.call('open', {
      namespace: options.namespace ?? WORLD.namespace,
      services: options.services ?? WORLD.services.map((service) => service.name),
      rps: options.rps ?? 200,
      subsetDelayMs: options.subsetDelayMs ?? 1000,
      drainMs: options.drainMs ?? 1000,
      proxyPort: options.proxyPort ?? 0,
      metricsPort: options.metricsPort ?? 0,
    });
    return {
      pid: child.pid as number,
      proxyUrl,
      metricsTargets: [{ url: metricsUrl }],
      runtime: {
        start: async (pod) => {
          await sendDigests();
          return channel.call('start', pod);
        },
        isReady: (pod) => channel.call('isReady', pod),
        stop: async (pod) => void (await channel.call('stop', pod)),
        onExit: (listener) => void listeners.push(listener),
        run: async (pod, command) => {
          await sendDigests();
          return channel.call('run', pod, command);
        },
      },
      connect: async (cluster) => void (await channel.call('connect', cluster)),
      startLoad: async ({ timeoutMs = 30_000 } = {}) => void (await channel.call('startLoad', { timeoutMs })),
      stopLoad: async () => void (await channel.call('stopLoad')),
      reset: async () => void (await channel.call('reset')),
      resetCounters: async () => void (await channel.call('resetCounters')),
      counters: () => channel.call('counters'),
      failures: () => channel.call('failures'),
      setBehaviour: async (...args) => {
        await sendDigests();
        await channel.call('setBehaviour', ...args);
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
