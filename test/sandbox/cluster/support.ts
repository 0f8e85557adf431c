import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { PodRuntime, PodSpecSeen } from '../../../sandbox/contract.ts';

/** Shared by the tests of the cluster: a runtime of tiny real servers, objects, and plain requests. */

export const TOKEN = 'bot-token';

/** Pods as HTTP servers that answer with their image and what they were asked. */
export class FakeRuntime implements PodRuntime {
  readonly started: string[] = [];
  readonly stopped: string[] = [];
  /** Images that cannot be pulled. */
  readonly missingImages = new Set<string>();
  /** Images whose pods never get ready. */
  readonly unready = new Set<string>();
  /** What a Job's command does, by image. */
  readonly results = new Map<string, Promise<{ exitCode: number; log: string }>>();
  readonly commands: (readonly string[])[] = [];
  /** Called before a pod's server ends. */
  onStop: (pod: PodSpecSeen) => void = () => undefined;
  readonly #servers = new Map<string, Server>();
  readonly #pods = new Map<string, PodSpecSeen>();
  readonly #listeners: ((pod: PodSpecSeen, exitCode: number) => void)[] = [];

  get runningCount(): number {
    return this.#servers.size;
  }

  async start(pod: PodSpecSeen): Promise<{ port: number }> {
    if (this.missingImages.has(pod.image)) {
      const error = new Error(`${pod.image}: not found`);
      error.name = 'ErrImagePull';
      throw error;
    }
    const server = createServer((request, response) => {
      response.setHeader('x-pod', pod.name);
      response.statusCode = request.url?.startsWith('/broken') ? 500 : 200;
      response.end(
        JSON.stringify({ image: pod.image, url: request.url, authorization: request.headers.authorization }),
      );
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    this.#servers.set(pod.uid, server);
    this.#pods.set(pod.uid, pod);
    this.started.push(pod.name);
    return { port: (server.address() as AddressInfo).port };
  }

  async isReady(pod: PodSpecSeen): Promise<boolean> {
    return this.#servers.has(pod.uid) && !this.unready.has(pod.image);
  }

  async stop(pod: PodSpecSeen): Promise<void> {
    this.onStop(pod);
    this.stopped.push(pod.name);
    await this.#endServer(pod.uid);
  }

  onExit(listener: (pod: PodSpecSeen, exitCode: number) => void): void {
    this.#listeners.push(listener);
  }

  async run(pod: PodSpecSeen, command: readonly string[]): Promise<{ exitCode: number; log: string }> {
    this.commands.push(command);
    return this.results.get(pod.image) ?? { exitCode: 0, log: 'one\ntwo\nthree\n' };
  }

  /** The process behind a pod ends by itself. */
  async crash(name: string, exitCode = 1): Promise<void> {
    const pod = [...this.#pods.values()].find((entry) => entry.name === name);
    if (!pod) throw new Error(`no pod ${name}`);
    await this.#endServer(pod.uid);
    for (const listener of this.#listeners) listener(pod, exitCode);
  }

  async #endServer(uid: string): Promise<void> {
    const server = this.#servers.get(uid);
    this.#servers.delete(uid);
    if (!server) return;
    server.closeAllConnections();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  }
}

export interface Reply {
  readonly status: number;
  readonly text: string;
  readonly contentType: string | null;
  // biome-ignore lint/suspicious/noExplicitAny: answers are looked into by field in every test.
  readonly body: any;
}

/** One request with the bot's token, or with the headers given. */
export async function call(
  url: string,
  method: string,
  path: string,
  options: { body?: unknown; type?: string; headers?: Record<string, string>; agent?: string } = {},
): Promise<Reply> {
  const response = await fetch(url + path, {
    method,
    headers: {
      ...(options.headers ?? { authorization: `Bearer ${TOKEN}` }),
      'user-agent': options.agent ?? 'vitest/1.0',
      ...(options.body === undefined ? {} : { 'content-type': options.type ?? 'application/json' }),
    },
    ...(options.body === undefined
      ? {}
      : { body: typeof options.body === 'string' ? options.body : JSON.stringify(options.body) }),
  });
  const text = await response.text();
  const contentType = response.headers.get('content-type');
  return {
    status: response.status,
    text,
    contentType,
    body: contentType?.startsWith('application/json') ? JSON.parse(text) : null,
  };
}

export const JSON_PATCH = 'application/json-patch+json';

export function patch(url: string, path: string, operations: unknown, agent?: string): Promise<Reply> {
  return call(url, 'PATCH', path, {
    body: operations,
    type: JSON_PATCH,
    ...(agent === undefined ? {} : { agent }),
  });
}

export const APPS = '/apis/apps/v1/namespaces/payments';
export const CORE = '/api/v1/namespaces/payments';
export const ISTIO = '/apis/networking.istio.io/v1/namespaces/payments';
export const BATCH = '/apis/batch/v1/namespaces/payments';

export function deployment(name: string, options: { replicas?: number; image?: string } = {}) {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: 'payments', labels: { app: name } },
    spec: {
      replicas: options.replicas ?? 2,
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: {
          containers: [
            {
              name: 'app',
              image: options.image ?? 'registry.example/ledger:v5.0.4',
              env: [
                { name: 'MODE', value: 'fast' },
                { name: 'SECRET', valueFrom: { secretKeyRef: { name: 's', key: 'k' } } },
              ],
              ports: [{ name: 'http', containerPort: 8080 }],
              readinessProbe: { httpGet: { path: '/ready', port: 'http' } },
            },
          ],
        },
      },
    },
  };
}

export function service(name: string) {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace: 'payments' },
    spec: { selector: { app: name }, ports: [{ name: 'http', port: 80, targetPort: 'http' }] },
  };
}

export function virtualService(name: string) {
  return {
    apiVersion: 'networking.istio.io/v1',
    kind: 'VirtualService',
    metadata: { name, namespace: 'payments', annotations: { 'team.example/owner': 'payments' } },
    spec: {
      hosts: [name],
      http: [
        {
          route: [
            { destination: { host: name, subset: 'blue' }, weight: 100 },
            { destination: { host: name, subset: 'green' } },
          ],
        },
      ],
    },
  };
}

/** Reads a watch line by line. */
export class WatchReader {
  // biome-ignore lint/suspicious/noExplicitAny: events are looked into by field.
  readonly events: any[] = [];
  readonly done: Promise<void>;
  readonly #abort = new AbortController();
  #notify: () => void = () => undefined;
  #isDone = false;

  constructor(url: string) {
    this.done = this.#read(url).finally(() => {
      this.#isDone = true;
      this.#notify();
    });
  }

  get types(): string[] {
    return this.events.map((event) => `${event.type} ${event.object.metadata?.name ?? event.object.reason}`);
  }

  async until(isEnough: (reader: WatchReader) => boolean, timeoutMs = 8000): Promise<void> {
    const deadline = Date.now() + timeoutMs;
    while (!isEnough(this)) {
      const leftMs = deadline - Date.now();
      if (leftMs <= 0 || this.#isDone) throw new Error(`watch saw only ${JSON.stringify(this.types)}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, leftMs);
        this.#notify = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  close(): void {
    this.#abort.abort();
  }

  async #read(url: string): Promise<void> {
    try {
      const response = await fetch(url, {
        headers: { authorization: `Bearer ${TOKEN}` },
        signal: this.#abort.signal,
      });
      let rest = '';
      for await (const chunk of response.body ?? []) {
        rest += Buffer.from(chunk).toString();
        const lines = rest.split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines) if (line !== '') this.events.push(JSON.parse(line));
        this.#notify();
      }
    } catch (error) {
      if ((error as Error).name !== 'AbortError') throw error;
    }
  }
}
