import type { Errands } from '../../ports/alertmanager.ts';
import { keys } from './keys.ts';
import type { StoreClient } from './store-client.ts';

export class RedisErrands implements Errands {
  readonly #client: StoreClient;

  constructor(client: StoreClient) {
    this.#client = client;
  }

  all(): Promise<ReadonlyMap<string, number>> {
    return this.#client.call('read what the clock must look at', async () => {
      const entries = Object.entries(await this.#client.redis.hgetall(keys.errands));
      return new Map(entries.map(([id, at]) => [id, Number(at)]));
    });
  }

  add(groupId: string, now: number): Promise<void> {
    return this.#client.call('note what the clock must look at', async () => {
      await this.#client.redis.hset(keys.errands, groupId, now);
    });
  }

  remove(groupId: string): Promise<void> {
    return this.#client.call('forget what the clock must look at', async () => {
      await this.#client.redis.hdel(keys.errands, groupId);
    });
  }
}
