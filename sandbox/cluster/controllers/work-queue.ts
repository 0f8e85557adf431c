/**
 * Keys to look at again. Many reasons for one key make one look, and a look always reads the newest state: the
 * controllers are level-triggered, as the real ones.
 */
export class WorkQueue {
  readonly #reconcile: (key: string) => void;
  readonly #pending = new Set<string>();
  readonly #timers = new Set<NodeJS.Timeout>();
  #isScheduled = false;
  #isClosed = false;

  constructor(reconcile: (key: string) => void) {
    this.#reconcile = reconcile;
  }

  add(key: string): void {
    if (this.#isClosed) return;
    this.#pending.add(key);
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => this.#drain());
  }

  addAfter(key: string, ms: number): void {
    if (this.#isClosed) return;
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      this.add(key);
    }, ms);
    this.#timers.add(timer);
  }

  close(): void {
    this.#isClosed = true;
    this.#pending.clear();
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
  }

  #drain(): void {
    this.#isScheduled = false;
    const keys = [...this.#pending];
    this.#pending.clear();
    for (const key of keys) {
      try {
        this.#reconcile(key);
      } catch {
        // A name that is taken, an object that went away: looked at again, as a controller's retry.
        this.addAfter(key, 500);
      }
    }
  }
}

export function keyOf(object: { metadata: { namespace?: string; name: string } }): string {
  return `${object.metadata.namespace ?? ''}/${object.metadata.name}`;
}

export function splitKey(key: string): { readonly namespace: string; readonly name: string } {
  const slash = key.indexOf('/');
  return { namespace: key.slice(0, slash), name: key.slice(slash + 1) };
}
