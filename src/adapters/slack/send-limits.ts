/** How often Slack may be called: one bucket per Web API method, shared by all cards; and the pause after a failure. */
import { decorrelatedJitterGenerator, ExponentialBackoff } from 'cockatiel';

export type SendMethod = 'chat.update' | 'chat.postMessage' | 'conversations.history';

/** `alarm`: it goes back, ended badly or needs a person, and no card says so yet. `routine`: numbers and clocks. */
export type Urgency = 'routine' | 'urgent' | 'alarm';

/** Calls a minute, edits by configuration. Posts have their own slot per channel beside this. */
const PER_MINUTE: Readonly<Record<Exclude<SendMethod, 'chat.update'>, number>> = {
  'chat.postMessage': 200,
  'conversations.history': 40,
};
const MINUTE_MS = 60_000;
/** Of a minute's calls this share may go at once; the rest comes evenly, so that no minute holds more than all of them. */
const AT_ONCE = 0.2;
/** Share of the bucket that is left untouched: neither numbers nor a flood of clicks delays an alarm. */
const RESERVE: Readonly<Record<Urgency, number>> = { routine: 0.4, urgent: 0.2, alarm: 0 };

export interface SendLimits {
  /** 0: go; else ms until it is worth asking again. Nothing is taken then. */
  take(method: SendMethod, urgency: Urgency): Promise<number>;
}

/** A token bucket: unlike a window of a minute it is never closed for longer than one call takes to come back. */
class Bucket {
  readonly #size: number;
  readonly #refillMs: number;
  #left: number;
  #at: number;

  constructor(perMinute: number, now: number) {
    this.#size = Math.max(1, Math.floor(perMinute * AT_ONCE));
    this.#refillMs = MINUTE_MS / Math.max(1, perMinute - this.#size);
    this.#left = this.#size;
    this.#at = now;
  }

  take(urgency: Urgency, now: number): number {
    this.#left = Math.min(this.#size, this.#left + (now - this.#at) / this.#refillMs);
    this.#at = now;
    const missing = 1 + Math.floor(this.#size * RESERVE[urgency]) - this.#left;
    // A hair of tolerance: whoever waited exactly as long as told must not be told to wait again.
    if (missing > 1e-6) return Math.ceil(missing * this.#refillMs);
    this.#left -= 1;
    return 0;
  }
}

export function createSendLimits(
  editsPerMinute: number,
  now: () => number = () => performance.now(),
): SendLimits {
  const buckets = new Map(
    Object.entries({ ...PER_MINUTE, 'chat.update': editsPerMinute }).map(([method, perMinute]) => [
      method,
      new Bucket(perMinute, now()),
    ]),
  );
  return { take: async (method, urgency) => buckets.get(method)?.take(urgency, now()) ?? 0 };
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
