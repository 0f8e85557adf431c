interface Bucket {
  tokens: number;
  at: number;
}

/** Token buckets by key. */
export class Buckets {
  readonly #now: () => number;
  readonly #buckets = new Map<string, Bucket>();

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Takes one token; 0 when there was one, else milliseconds until the next. */
  take(key: string, capacity: number, refillMs: number): number {
    const now = this.#now();
    const bucket = this.#buckets.get(key) ?? { tokens: capacity, at: now };
    const tokens = Math.min(capacity, bucket.tokens + (now - bucket.at) / refillMs);
    // A hair of tolerance: floating point must not cost a caller that waited exactly.
    if (tokens >= 1 - 1e-9) {
      this.#buckets.set(key, { tokens: tokens - 1, at: now });
      return 0;
    }
    this.#buckets.set(key, { tokens, at: now });
    return Math.max(1, Math.ceil((1 - tokens) * refillMs));
  }

  clear(): void {
    this.#buckets.clear();
  }
}
