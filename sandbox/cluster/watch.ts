import type { ServerResponse } from 'node:http';
import type { Kind } from './kinds.ts';
import type { KubeObject } from './objects.ts';
import { expired, invalid, type StatusBody, StatusError } from './status.ts';
import type { Change, Store } from './store.ts';

/** Watches: chunked JSON lines, in the order of versions, each stream with a cursor of its own into the history. */

export interface WatchRequest {
  readonly kind: Kind;
  readonly namespace: string | undefined;
  readonly isWanted: (object: KubeObject) => boolean;
  /** Turns the stored object into the version that the client asked for. */
  readonly present: (object: KubeObject) => KubeObject;
  readonly query: URLSearchParams;
}

const BOOKMARK_EVERY_MS = 10_000;

export class Watches {
  readonly #store: Store;
  readonly #open = new Set<Watch>();
  readonly #unsubscribe: () => void;
  #isPaused = false;

  constructor(store: Store) {
    this.#store = store;
    this.#unsubscribe = store.subscribe(() => {
      if (!this.#isPaused) for (const watch of this.#open) watch.pump();
    });
  }

  get count(): number {
    return this.#open.size;
  }

  start(request: WatchRequest, response: ServerResponse): void {
    const asked = Number(request.query.get('resourceVersion') || 0);
    if (Number.isNaN(asked)) {
      const text = JSON.stringify(request.query.get('resourceVersion'));
      const why = `resourceVersion: Invalid value: ${text}: strconv.ParseUint: parsing ${text}: invalid syntax`;
      throw new StatusError(500, undefined, why);
    }
    const wantsInitial = request.query.get('sendInitialEvents') === 'true';
    if (wantsInitial && request.query.get('resourceVersionMatch') !== 'NotOlderThan') {
      throw invalid({ ...request.kind, group: 'meta.k8s.io', kind: 'ListOptions' }, '', [
        {
          reason: 'FieldValueForbidden',
          message: 'Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan',
          field: 'resourceVersionMatch',
        },
      ]);
    }
    const watch = new Watch(this.#store, request, response, () => this.#open.delete(watch));
    this.#open.add(watch);
    watch.begin();
  }

  /** A server that hangs sends nothing; what happened meanwhile comes afterwards. */
  setPaused(isPaused: boolean): void {
    this.#isPaused = isPaused;
    if (!isPaused) for (const watch of this.#open) watch.pump();
  }

  /** Ends every stream, as a restart of the API server does. Clients must start again. */
  endAll(): void {
    for (const watch of [...this.#open]) watch.end();
  }

  close(): void {
    this.#unsubscribe();
    this.endAll();
  }
}

/** As it was when it was last wanted, under the version of the change that took it away. */
function lastSeen({ before, object, type }: Change): KubeObject {
  if (type === 'DELETED' || !before) return object;
  const { resourceVersion } = object.metadata;
  return { ...before, metadata: { ...before.metadata, ...(resourceVersion && { resourceVersion }) } };
}

class Watch {
  readonly #store: Store;
  readonly #request: WatchRequest;
  readonly #response: ServerResponse;
  readonly #onEnd: () => void;
  readonly #timers: NodeJS.Timeout[] = [];
  #cursor = 0;
  #hasEnded = false;

  constructor(store: Store, request: WatchRequest, response: ServerResponse, onEnd: () => void) {
    this.#store = store;
    this.#request = request;
    this.#response = response;
    this.#onEnd = onEnd;
  }

  begin(): void {
    const { query } = this.#request;
    this.#response.writeHead(200, {
      'content-type': 'application/json',
      'cache-control': 'no-cache, private',
    });
    this.#response.flushHeaders();
    this.#response.on('close', () => this.end());
    const seconds = Number(query.get('timeoutSeconds') ?? 0) || 1800;
    this.#timers.push(setTimeout(() => this.#finish(), seconds * 1000));
    if (this.#hasBookmarks()) this.#timers.push(setInterval(() => this.#bookmark(), BOOKMARK_EVERY_MS));

    const asked = Number(query.get('resourceVersion') || 0);
    const wantsInitial = query.get('sendInitialEvents') === 'true';
    if (asked === 0 || wantsInitial) {
      this.#sendExisting();
      if (wantsInitial && this.#hasBookmarks()) this.#bookmark({ 'k8s.io/initial-events-end': 'true' });
    } else {
      this.#cursor = asked;
      this.pump();
    }
  }

  /** Sends what is new since the cursor. */
  pump(): void {
    if (this.#hasEnded) return;
    const changes = this.#store.changesAfter(this.#cursor);
    if (!changes) {
      const message = `too old resource version: ${this.#cursor} (${this.#store.compacted})`;
      this.#send('ERROR', expired(message).body);
      this.end();
      return;
    }
    for (const change of changes) {
      this.#cursor = change.version;
      this.#relay(change);
    }
  }

  end(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    for (const timer of this.#timers) clearTimeout(timer);
    this.#onEnd();
    this.#response.end();
  }

  #finish(): void {
    if (this.#hasBookmarks()) this.#bookmark();
    this.end();
  }

  #sendExisting(): void {
    this.#cursor = this.#store.version;
    for (const object of this.#store.list(this.#request.kind, this.#request.namespace)) {
      if (this.#request.isWanted(object)) this.#send('ADDED', this.#request.present(object));
    }
  }

  #relay(change: Change): void {
    const { kind, namespace, isWanted, present } = this.#request;
    if (change.kind !== kind) return;
    if (namespace !== undefined && change.object.metadata.namespace !== namespace) return;
    const was = change.before !== undefined && isWanted(change.before);
    const is = change.type !== 'DELETED' && isWanted(change.object);
    if (is) this.#send(was ? 'MODIFIED' : 'ADDED', present(change.object));
    else if (was) this.#send('DELETED', present(lastSeen(change)));
  }

  #hasBookmarks(): boolean {
    const value = this.#request.query.get('allowWatchBookmarks');
    return value === 'true' || value === '1';
  }

  #bookmark(annotations?: Record<string, string>): void {
    const { present, kind } = this.#request;
    const { apiVersion } = present({ apiVersion: '', kind: kind.kind, metadata: { name: '' } });
    this.#send('BOOKMARK', {
      kind: kind.kind,
      apiVersion,
      metadata: {
        resourceVersion: String(this.#store.version),
        ...(annotations ? { annotations } : {}),
      },
    });
  }

  #send(type: string, object: KubeObject | StatusBody | object): void {
    if (!this.#hasEnded) this.#response.write(`${JSON.stringify({ type, object })}\n`);
  }
}
