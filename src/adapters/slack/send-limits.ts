/** How often Slack may be called: one bucket per Web API method, shared by all cards; and the pause after a failure. */
import { decorrelatedJitterGenerator, ExponentialBackoff } from 'cockatiel';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';

export type SendMethod = 'chat.update' | 'chat.postMessage' | 'conversations.history';

/** Calls a minute, edits by configuration. Posts have their own slot per channel beside this. */
const PER_MINUTE: Readonly<Record<Exclude<SendMethod, 'chat.update'>, number>> = {
  'chat.postMessage': 200,
  'conversations.history': 40,
};
/** Left for what cannot wait. */
const RESERVE = 10;

export interface SendLimits {
  /** 0: go; else ms until it is worth asking again. Nothing is taken then. */
  take(method: SendMethod, isUrgent: boolean): Promise<number>;
}

export function createSendLimits(editsPerMinute: number): SendLimits {
  const buckets = new Map(
    Object.entries({ ...PER_MINUTE, 'chat.update': editsPerMinute }).map(([method, points]) => [
      method,
      new RateLimiterMemory({ points, duration: 60, keyPrefix: method }),
    ]),
  );
  return {
    take: async (method, isUrgent) => {
      const bucket = buckets.get(method);
      if (!bucket) return 0;
      const state = await bucket.get('all');
      const left = state === null || (state.msBeforeNext ?? 0) <= 0 ? bucket.points : state.remainingPoints;
      if (left <= (isUrgent ? 0 : RESERVE)) return Math.max(1, state?.msBeforeNext ?? 1);
      try {
        await bucket.consume('all');
        return 0;
      } catch (refusal) {
        return refusal instanceof RateLimiterRes ? Math.max(1, refusal.msBeforeNext) : 1000;
      }
    },
  };
}

export interface Backoff {
  /** ms to wait after one more failure. */
  next(): number;
  reset(): void;
}

/** Decorrelated jitter from 0.5 s up to 30 s. */
export function createBackoff(maxDelayMs = 30_000): Backoff {
  const factory = new ExponentialBackoff({
    generator: decorrelatedJitterGenerator,
    initialDelay: 500,
    maxDelay: maxDelayMs,
  });
  let current: ReturnType<typeof factory.next> | null = null;
  return {
    next: () => {
      current = current === null ? factory.next() : current.next(undefined);
      return current.duration;
    },
    reset: () => {
      current = null;
    },
  };
}
