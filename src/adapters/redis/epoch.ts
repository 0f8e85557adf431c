import type { StoreEpoch } from '../../ports/rollout-store.ts';
import { keys } from './keys.ts';
import type { StoreClient } from './store-client.ts';

/** One key that goes with everything else: FLUSHALL, a new volume, another server. */
export class RedisEpoch implements StoreEpoch {
  readonly #client: StoreClient;

  constructor(client: StoreClient) {
    this.#client = client;
  }

  read(): Promise<string | null> {
    return this.#client.call('read its epoch', () => this.#client.redis.get(keys.epoch));
  }

  begin(name: string): Promise<string> {
    return this.#client.call('begin an epoch', async () => {
      const before = await this.#client.redis.set(keys.epoch, name, 'NX', 'GET');
      return before ?? name;
    });
  }
}
