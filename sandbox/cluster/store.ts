import { ALL_KINDS, type Kind } from './kinds.ts';
import type { KubeObject } from './objects.ts';

/**
 * Where objects live: one counter of versions for all of them, and a bounded history that watches read. Stored objects
 * are never changed in place, so a history entry stays what it was.
 */

export interface Change {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly kind: Kind;
  readonly version: number;
  readonly object: KubeObject;
  /** What it was before: a watch with a selector needs it to see an object leave. */
  readonly before: KubeObject | undefined;
}

type Listener = (change: Change) => void;

export class Store {
  readonly #objects = new Map<Kind, Map<string, KubeObject>>(ALL_KINDS.map((kind) => [kind, new Map()]));
  readonly #listeners = new Set<Listener>();
  readonly #historyLimit: number;
  #history: Change[] = [];
  #version = 1;
  #compacted = 0;

  constructor(historyLimit: number) {
    this.#historyLimit = historyLimit;
  }

  /** The newest version that anything has. */
  get version(): number {
    return this.#version;
  }

  /** Changes up to and including this version are forgotten. */
  get compacted(): number {
    return this.#compacted;
  }

  get(kind: Kind, namespace: string | undefined, name: string): KubeObject | undefined {
    return this.#all(kind).get(keyOf(namespace, name));
  }

  /** In the order of namespace and name, which is the order of a real list. */
  list(kind: Kind, namespace?: string): KubeObject[] {
    return [...this.#all(kind)]
      .filter(([, object]) => namespace === undefined || object.metadata.namespace === namespace)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([, object]) => object);
  }

  /** Stores it under a new version and tells everyone. */
  put(kind: Kind, object: KubeObject): KubeObject {
    const key = keyOf(object.metadata.namespace, object.metadata.name);
    const before = this.#all(kind).get(key);
    const stored = this.#stamp(object);
    this.#all(kind).set(key, stored);
    this.#record({
      type: before ? 'MODIFIED' : 'ADDED',
      kind,
      version: this.#version,
      object: stored,
      before,
    });
    return stored;
  }

  remove(kind: Kind, object: KubeObject): void {
    const key = keyOf(object.metadata.namespace, object.metadata.name);
    const before = this.#all(kind).get(key);
    if (!before) return;
    this.#all(kind).delete(key);
    this.#record({
      type: 'DELETED',
      kind,
      object: this.#stamp(before),
      version: this.#version,
      before,
    });
  }

  /** Changes after a version, oldest first; undefined when some of them are forgotten. */
  changesAfter(version: number): Change[] | undefined {
    if (version < this.#compacted) return undefined;
    // From the end: a watch that is up to date asks for the last change alone.
    return this.#history.slice(this.#history.findLastIndex((change) => change.version <= version) + 1);
  }

  /** Forgets the whole history, as etcd's compaction does every few minutes. */
  compact(): void {
    this.#history = [];
    this.#compacted = this.#version;
  }

  subscribe(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #all(kind: Kind): Map<string, KubeObject> {
    const objects = this.#objects.get(kind);
    if (!objects) throw new Error(`unknown kind ${kind.plural}`);
    return objects;
  }

  #stamp(object: KubeObject): KubeObject {
    this.#version += 1;
    return { ...object, metadata: { ...object.metadata, resourceVersion: String(this.#version) } };
  }

  #record(change: Change): void {
    this.#history.push(change);
    if (this.#history.length > this.#historyLimit) {
      const forgotten = this.#history.splice(0, this.#history.length - this.#historyLimit);
      this.#compacted = forgotten.at(-1)?.version ?? this.#compacted;
    }
    for (const listener of this.#listeners) listener(change);
  }
}

function keyOf(namespace: string | undefined, name: string): string {
  return `${namespace ?? ''}/${name}`;
}
