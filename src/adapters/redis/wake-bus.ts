import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Log } from '../../lib/log.ts';
import type { Wakeups } from '../../ports/drive-queue.ts';
import type { RedisConnections } from './connect.ts';
import { WAKE_CHANNEL } from './keys.ts';

export type WakeListener = (rolloutId: string) => void;

/**
 * Cuts a drive loop's sleep on whichever replica it runs. Within this process it works without Redis. A message may be
 * lost (Redis restarts, a subscriber reconnects): that costs one tick, and the 5 s sweep is the net under it.
 */
export class WakeBus {
  readonly #connections: RedisConnections;
  readonly #log: Log;
  readonly #listeners = new Set<WakeListener>();
  /** Our own messages come back to us; they were heard already. */
  readonly #self = randomUUID();
  #subscribed: Promise<unknown> | null = null;

  constructor(connections: RedisConnections, log: Log) {
    this.#connections = connections;
    this.#log = log;
  }

  /** Resolves when wakes of other replicas are heard (or never will be, which is logged). */
  async listen(): Promise<void> {
    await this.#subscribe();
  }

  /** Returns the way to stop listening. */
  onWake(listener: WakeListener): () => void {
    void this.#subscribe();
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Resolves when the message is on its way; rejects when Redis cannot take it. This process has heard it either way. */
  async publish(rolloutId: string): Promise<void> {
    this.#tell(rolloutId);
    await this.#connections.commands.publish(WAKE_CHANNEL, `${rolloutId} ${this.#self}`);
  }

  /** The wakes of one rollout for the loop that drives it. */
  openWakeups(rolloutId: string, stopping: AbortSignal): Wakeups & { close(): void } {
    let woken = new AbortController();
    const close = this.onWake((id) => {
      if (id === rolloutId) woken.abort();
    });
    return {
      close,
      nextWake: () => {
        if (woken.signal.aborted) woken = new AbortController();
        return woken.signal;
      },
      sleep: async (ms) => {
        const either = AbortSignal.any([stopping, woken.signal]);
        await delay(ms, undefined, { signal: either }).catch(() => undefined);
        if (stopping.aborted) return 'stopped';
        if (!woken.signal.aborted) return 'elapsed';
        woken = new AbortController();
        return 'woken';
      },
    };
  }

  #tell(rolloutId: string): void {
    for (const listener of this.#listeners) listener(rolloutId);
  }

  #subscribe(): Promise<unknown> {
    if (this.#subscribed) return this.#subscribed;
    const subscriber = this.#connections.subscriber();
    subscriber.on('message', (channel: string, message: string) => {
      if (channel !== WAKE_CHANNEL) return;
      const [rolloutId = '', sender] = message.split(' ');
      if (sender !== this.#self) this.#tell(rolloutId);
    });
    // Waits for Redis, and ioredis subscribes again after a reconnect: what fails here is a right that is missing.
    this.#subscribed = subscriber.subscribe(WAKE_CHANNEL).catch((error: Error) => {
      this.#log.warn({ reason: error.message }, 'Cannot listen for wake-ups; the sweep stands in');
    });
    return this.#subscribed;
  }
}
