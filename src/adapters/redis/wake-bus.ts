import { randomUUID } from 'node:crypto';
import type { Wakeups } from '../../ports/drive-queue.ts';
import type { RedisConnections } from './connect.ts';
import { WAKE_CHANNEL } from './keys.ts';
import type { Log } from './log.ts';

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

  /** Remembers wakes of one rollout while its driver is busy, so that none is lost between two sleeps. */
  openWakeups(rolloutId: string, signal: AbortSignal): Wakeups & { close(): void } {
    let isPending = false;
    let interrupt: (() => void) | null = null;
    const close = this.onWake((id) => {
      if (id !== rolloutId) return;
      isPending = true;
      interrupt?.();
    });
    const sleep = (ms: number): Promise<'woken' | 'elapsed' | 'stopped'> =>
      new Promise((resolve) => {
        const answer = (): 'woken' | 'elapsed' | 'stopped' => {
          if (signal.aborted) return 'stopped';
          return isPending ? 'woken' : 'elapsed';
        };
        const end = (): void => {
          clearTimeout(timer);
          signal.removeEventListener('abort', end);
          interrupt = null;
          const result = answer();
          isPending = false;
          resolve(result);
        };
        const timer = setTimeout(end, ms);
        interrupt = end;
        signal.addEventListener('abort', end);
        if (isPending || signal.aborted) end();
      });
    return { sleep, close };
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
