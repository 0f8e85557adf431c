import type { KubeObject } from './objects.ts';

export interface WatchRequest<T extends KubeObject> {
  readonly clusterUrl: string;
  readonly token: string;
  readonly path: string;
  readonly signal: AbortSignal;
  /** Shared by all watches of one proxy. */
  readonly revival?: Revival;
  /** The API server could not be asked: what follows comes with the next list. */
  onBreak?(): void;
  /** The whole list, at the start and after every break. */
  onList(objects: readonly T[]): void;
  onEvent(type: 'ADDED' | 'MODIFIED' | 'DELETED', object: T): void;
}

interface WatchEvent<T> {
  readonly type: string;
  readonly object: T;
}

/**
 * The first watch that finds the API server back wakes the others out of their backoff: a proxy that knew a new route for
 * seconds before the pods behind it would answer 503 on its own account.
 */
export class Revival {
  readonly #waiting = new Set<() => void>();

  wake(): void {
    for (const end of this.#waiting) end();
  }

  /** Resolves after `ms`, when another watch is back, or with the signal. */
  pause(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', done);
        this.#waiting.delete(done);
        resolve();
      };
      const timer = setTimeout(done, ms);
      signal.addEventListener('abort', done);
      this.#waiting.add(done);
    });
  }
}

async function* readLines(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of body) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (line.trim() !== '') yield line;
  }
}

/** Follows one watch until it ends; returns the version to go on from, null when the list must be read again. */
async function follow<T extends KubeObject>(request: WatchRequest<T>, from: string): Promise<string | null> {
  let version = from;
  const query = `watch=1&allowWatchBookmarks=true&resourceVersion=${encodeURIComponent(from)}`;
  const response = await ask(request, `${request.path}?${query}`);
  if (!response.ok || !response.body) {
    await response.body?.cancel();
    return null;
  }
  for await (const line of readLines(response.body)) {
    const event = JSON.parse(line) as WatchEvent<T>;
    if (event.type === 'ERROR') return null;
    version = event.object.metadata.resourceVersion ?? version;
    if (event.type === 'ADDED' || event.type === 'MODIFIED' || event.type === 'DELETED')
      request.onEvent(event.type, event.object);
  }
  return version;
}

const ask = <T extends KubeObject>(request: WatchRequest<T>, path: string): Promise<Response> =>
  fetch(`${request.clusterUrl}${path}`, {
    headers: { authorization: `Bearer ${request.token}`, accept: 'application/json' },
    signal: request.signal,
  });

/**
 * List, then watch, for ever: re-lists after an error, goes on from the last version after an ordinary end. While the API
 * server is away what was seen last stays in force, as in every data plane. Ends only by the signal.
 */
export async function watchKind<T extends KubeObject>(request: WatchRequest<T>): Promise<void> {
  const { signal } = request;
  const revival = request.revival ?? new Revival();
  let failures = 0;
  while (!signal.aborted) {
    try {
      const response = await ask(request, request.path);
      if (!response.ok) throw new Error(`list ${request.path}: ${response.status} ${await response.text()}`);
      const list = (await response.json()) as {
        items?: readonly T[];
        metadata?: { resourceVersion?: string };
      };
      request.onList(list.items ?? []);
      if (failures > 0) revival.wake();
      failures = 0;
      let version: string | null = list.metadata?.resourceVersion ?? '0';
      while (version !== null && !signal.aborted) {
        const next: string | null = await follow(request, version);
        // A server that ends watches at once must not be hammered.
        if (next === version) await revival.pause(50, signal);
        version = next;
      }
    } catch {
      request.onBreak?.();
      failures += 1;
    }
    await revival.pause(Math.min(2000, 100 * 2 ** failures), signal);
  }
}
