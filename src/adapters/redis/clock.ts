import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from '../../ports/clock.ts';
import type { RedisClient } from './connect.ts';

const REFRESH_MS = 200;
/** The drive loop asks for the time in every pass; a hung Redis may cost it this much and no more. */
const ANSWER_WITHIN_MS = 250;
/** After a failure the old answer is carried on for this long before Redis is asked again. */
const RETRY_MS = 1000;
/** Answers of one server differ by their way to us. A larger step back is a real change of Redis' clock. */
const JITTER_MS = 1000;

interface Sample {
  readonly redisMs: number;
  /** performance.now() when it was taken. */
  readonly at: number;
}

/**
 * Redis TIME, so that all replicas and all deadlines share one clock whatever the machines' clocks say. Between two
 * answers, and while Redis is down, the last one is carried on by the monotonic clock.
 */
export class RedisClock implements Clock {
  readonly #redis: Pick<RedisClient, 'time' | 'status'>;
  #sample: Sample | null = null;
  #asking: Promise<void> | null = null;
  #askAgainAt = 0;
  #last = 0;

  constructor(redis: Pick<RedisClient, 'time' | 'status'>) {
    this.#redis = redis;
  }

  async now(): Promise<number> {
    if (performance.now() >= this.#askAgainAt) {
      this.#asking ??= this.#ask().finally(() => {
        this.#asking = null;
      });
      await this.#asking;
    }
    // Before Redis was ever reached there is only our own clock; nothing is decided by it, as nothing can be loaded.
    const sample = this.#sample ?? { redisMs: Date.now(), at: performance.now() };
    const now = Math.round(sample.redisMs + (performance.now() - sample.at));
    this.#last = now < this.#last && this.#last - now < JITTER_MS ? this.#last : now;
    return this.#last;
  }

  async #ask(): Promise<void> {
    const abort = new AbortController();
    try {
      if (this.#redis.status !== 'ready') throw new Error('not connected');
      const answer = this.#redis.time();
      const tooLate = delay(ANSWER_WITHIN_MS, null, { signal: abort.signal }).catch(() => null);
      const time = await Promise.race([answer, tooLate]);
      if (time === null) {
        answer.catch(() => {});
        throw new Error('no answer');
      }
      const [seconds, micros] = time;
      const at = performance.now();
      this.#sample = { redisMs: Number(seconds) * 1000 + Number(micros) / 1000, at };
      this.#askAgainAt = at + REFRESH_MS;
    } catch {
      this.#askAgainAt = performance.now() + (this.#sample ? RETRY_MS : 0);
    } finally {
      abort.abort();
    }
  }
}
