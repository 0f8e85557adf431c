import { setTimeout as delay } from 'node:timers/promises';
import { type Job, Queue, WaitingError, Worker } from 'bullmq';
import { type Log, silentLog } from '../../lib/log.ts';
import type { DriveQueue, Wakeups } from '../../ports/drive-queue.ts';
import { type RedisConnections, waitUntilReady } from './connect.ts';
import { CHANNEL_QUEUE, DRIVE_QUEUE, QUEUE_PREFIX } from './keys.ts';
import { WakeBus, type WakeListener } from './wake-bus.ts';

/** A dead process's job is found at most lock + two checks later; see decisions 6. */
const LOCK_MS = 6000;
const STALLED_CHECK_MS = 2000;
const RETRY_MS = 1000;
/** How long a wake may hold up the person who caused it. */
const WAKE_WITHIN_MS = 1000;

export interface DriveWorkerOptions {
  /** At least the most rollouts that are active at once: a drive job lasts as long as its rollout moves. */
  readonly concurrency: number;
  /**
   * Drives one rollout until there is nothing to do before the next wake. `signal` means that this process stops; it
   * never fires because BullMQ's lock was lost: the fencing token decides who drives, not the lock.
   */
  readonly drive: (rolloutId: string, signal: AbortSignal, wakeups: Wakeups) => Promise<void>;
}

export interface ChannelWorkerOptions {
  readonly deliver: (channel: string, signal: AbortSignal) => Promise<void>;
  readonly concurrency?: number;
}

type Handler = (subject: string, signal: AbortSignal) => Promise<void>;

/**
 * The alarm clock on BullMQ: one job per rollout and per channel, deduplicated. A wake while its job is active cuts the
 * loop's sleep by the bus and leaves word in BullMQ, which makes one more job when the active one ends; so a wake that
 * meets a loop in its last line is not lost. All of it may be lost with Redis: the 5 s sweep wakes again.
 */
export class BullDriveQueue implements DriveQueue {
  readonly #connections: RedisConnections;
  readonly #log: Log;
  readonly #bus: WakeBus;
  readonly #queues = new Map<string, Promise<Queue>>();
  readonly #workers = new Set<Worker>();
  readonly #stop = new AbortController();

  constructor(connections: RedisConnections, log: Log = silentLog) {
    this.#connections = connections;
    this.#log = log;
    this.#bus = new WakeBus(connections, log);
  }

  /** Never throws: a lost wake costs one tick. */
  async wake(rolloutId: string, when: 'now' | 'soon' = 'now'): Promise<void> {
    await this.#quietly('wake a rollout', { rolloutId }, [
      ...(when === 'now' ? [this.#bus.publish(rolloutId)] : []),
      this.#enqueue(DRIVE_QUEUE, rolloutId),
    ]);
  }

  /** Never throws. */
  async wakeChannel(channel: string): Promise<void> {
    await this.#quietly('wake a channel', { channel }, [this.#enqueue(CHANNEL_QUEUE, channel)]);
  }

  /** Hears every wake of every replica, those of this process without Redis. Returns the way to stop. */
  onWake(listener: WakeListener): () => void {
    return this.#bus.onWake(listener);
  }

  startDriveWorker({ concurrency, drive }: DriveWorkerOptions): void {
    const listening = this.#bus.listen();
    void this.#keepWorker(DRIVE_QUEUE, concurrency, async (rolloutId, signal) => {
      // A loop that sleeps before it can be woken would sleep a whole tick. Redis just handed out the job, so this is short.
      await within(RETRY_MS, listening);
      const wakeups = this.#bus.openWakeups(rolloutId, signal);
      try {
        await drive(rolloutId, signal, wakeups);
      } finally {
        wakeups.close();
      }
    });
  }

  startChannelWorker({ deliver, concurrency = 20 }: ChannelWorkerOptions): void {
    void this.#keepWorker(CHANNEL_QUEUE, concurrency, deliver);
  }

  /** Tells every loop to stop, gives its job back for another replica, and ends within `withinMs` whatever happens. */
  async close(withinMs = 10_000): Promise<void> {
    this.#stop.abort();
    const queues = await Promise.all([...this.#queues.values()].map((queue) => queue.catch(() => null)));
    const closing = [...this.#workers].map((worker) => worker.close());
    const isDone = await within(withinMs, Promise.allSettled(closing));
    if (!isDone) this.#log.warn({ withinMs }, 'A job did not end in time; another replica takes it over');
    await within(1000, Promise.allSettled(queues.map((queue) => queue?.close())));
  }

  /** Keeps a worker alive: BullMQ's own start can fail for good when Redis goes away in its first moments. */
  async #keepWorker(name: string, concurrency: number, handler: Handler): Promise<void> {
    const connection = this.#connections.worker();
    while (!this.#stop.signal.aborted) {
      if (!(await waitUntilReady(connection, RETRY_MS))) continue;
      const worker = new Worker(name, (job, token) => this.#process(handler, job, token), {
        connection,
        prefix: QUEUE_PREFIX,
        concurrency,
        lockDuration: LOCK_MS,
        stalledInterval: STALLED_CHECK_MS,
        maxStalledCount: Number.MAX_SAFE_INTEGER,
        runRetryDelay: RETRY_MS,
        drainDelay: 2,
        autorun: false,
        removeOnComplete: { count: 0 },
        removeOnFail: { count: 0 },
      });
      worker.on('error', (error) => this.#log.warn({ queue: name, reason: error.message }, 'Queue trouble'));
      worker.on('failed', (job, error) =>
        this.#log.error({ queue: name, subject: job?.data, reason: error.message }, 'A job failed'),
      );
      this.#workers.add(worker);
      try {
        await worker.waitUntilReady();
        await worker.run();
      } catch (error) {
        this.#log.warn({ queue: name, reason: String(error) }, 'A queue worker starts again');
        await within(RETRY_MS, worker.close(true));
        await delay(RETRY_MS, undefined, { signal: this.#stop.signal }).catch(() => {});
      } finally {
        if (!this.#stop.signal.aborted) this.#workers.delete(worker);
      }
    }
  }

  async #process(handler: Handler, job: Job, token: string | undefined): Promise<void> {
    await handler(String(job.data), this.#stop.signal);
    if (!this.#stop.signal.aborted) return;
    // The loop left because we stop, not because its work is done: the next replica goes on at once.
    await job.moveToWait(token);
    throw new WaitingError();
  }

  async #enqueue(name: string, subject: string): Promise<void> {
    const queue = await this.#queue(name);
    await queue.add(name, subject, {
      deduplication: { id: subject, keepLastIfActive: true },
      removeOnComplete: true,
      removeOnFail: true,
    });
  }

  /** Made when Redis is there; one that failed to start is forgotten and made again at the next wake. */
  #queue(name: string): Promise<Queue> {
    const known = this.#queues.get(name);
    if (known) return known;
    const made = this.#openQueue(name);
    this.#queues.set(name, made);
    made.catch(() => this.#queues.delete(name));
    return made;
  }

  async #openQueue(name: string): Promise<Queue> {
    if (!(await this.#connections.ready(WAKE_WITHIN_MS))) throw new Error('not connected');
    const queue = new Queue(name, { connection: this.#connections.commands, prefix: QUEUE_PREFIX });
    queue.on('error', (error) => this.#log.warn({ queue: name, reason: error.message }, 'Queue trouble'));
    await queue.waitUntilReady();
    return queue;
  }

  async #quietly(what: string, facts: object, actions: readonly Promise<void>[]): Promise<void> {
    for (const action of actions)
      action.catch((error: Error) =>
        this.#log.warn({ ...facts, reason: error.message }, `Could not ${what}; the sweep will`),
      );
    await within(WAKE_WITHIN_MS, Promise.allSettled(actions));
  }
}

/** Waits for a promise no longer than `ms`: true when it settled. */
const within = async (ms: number, promise: Promise<unknown>): Promise<boolean> => {
  const abort = new AbortController();
  const tooLate = delay(ms, false, { signal: abort.signal }).catch(() => false);
  const settled = promise.then(
    () => true,
    () => true,
  );
  const isDone = await Promise.race([settled, tooLate]);
  abort.abort();
  return isDone;
};
