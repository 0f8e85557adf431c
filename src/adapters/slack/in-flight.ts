/** Bolt's stop() does not wait for handlers that have been acked: this does, for a bounded time. */
export class InFlight {
  readonly #running = new Set<Promise<unknown>>();

  get size(): number {
    return this.#running.size;
  }

  track<T>(work: Promise<T>): Promise<T> {
    this.#running.add(work);
    const forget = (): void => {
      this.#running.delete(work);
    };
    work.then(forget, forget);
    return work;
  }

  /** true: everything ended in time. */
  async settle(timeoutMs: number): Promise<boolean> {
    const { promise: late, resolve } = Promise.withResolvers<boolean>();
    const timer = setTimeout(() => resolve(false), timeoutMs);
    const all = async (): Promise<boolean> => {
      while (this.#running.size > 0) await Promise.allSettled(this.#running);
      return true;
    };
    const done = await Promise.race([all(), late]);
    clearTimeout(timer);
    return done;
  }
}
