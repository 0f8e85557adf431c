import { DabbawalaError } from '../../lib/errors.ts';
import { type RedisClient, type RedisConnections, waitUntilReady } from './connect.ts';
import { commandOf, type ScriptName } from './scripts.ts';
import { toStoreError } from './store-error.ts';

/** A connection that is just being made may still serve the call; one that stays away must not cost two seconds each time. */
const READY_GRACE_MS = 250;
/** Made once: an abort without a reason makes an error with its stack, for each of hundreds of calls a second. */
const CALL_IS_OVER = new Error('the call is over');

/** A script's answer: a word, then its facts. `done` alone means that something was written. */
export type Reply = readonly string[];

const asReply = (raw: unknown): Reply =>
  Array.isArray(raw) ? raw.map((part) => (part === null || part === undefined ? '' : String(part))) : [];

/** One deadline and one kind of error for everything the stores ask of Redis. */
export class StoreClient {
  readonly redis: RedisClient;
  /** What is sent first is done first: one connection, one server. A Cluster has several of both. */
  readonly keepsOrder: boolean;
  readonly #timeoutMs: number;
  #becomingReady: Promise<boolean> | null = null;

  constructor(connections: Pick<RedisConnections, 'commands' | 'settings'>) {
    this.redis = connections.commands;
    this.keepsOrder = !connections.settings.cluster;
    this.#timeoutMs = connections.settings.commandTimeout;
  }

  /**
   * Runs one store method, all its round trips, under the deadline. `signal` fires when the caller has been told that
   * nothing was done: no further command may be sent after it.
   */
  async call<T>(what: string, action: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const abort = new AbortController();
    const late = Promise.withResolvers<never>();
    late.promise.catch(() => {});
    const timer = setTimeout(() => {
      abort.abort();
      late.reject(new Error(`no answer within ${this.#timeoutMs} ms`));
    }, this.#timeoutMs);
    try {
      if (this.redis.status !== 'ready' && !(await this.#becomesReady()))
        throw new Error(`not connected (${this.redis.status})`);
      return await Promise.race([action(abort.signal), late.promise]);
    } catch (error) {
      throw toStoreError(error, what);
    } finally {
      clearTimeout(timer);
      abort.abort(CALL_IS_OVER);
    }
  }

  async run(name: ScriptName, keys: readonly string[], args: readonly (string | number)[]): Promise<Reply> {
    const commands = this.redis as unknown as Record<string, (...rest: unknown[]) => Promise<unknown>>;
    const command = commands[commandOf(name)];
    if (!command) throw new DabbawalaError('internal', `The script ${name} is not defined.`);
    return asReply(await command.apply(this.redis, [...keys, ...args]));
  }

  /** One wait for all calls that come meanwhile. */
  #becomesReady(): Promise<boolean> {
    this.#becomingReady ??= waitUntilReady(this.redis, READY_GRACE_MS).finally(() => {
      this.#becomingReady = null;
    });
    return this.#becomingReady;
  }
}
