import type { Deliveries } from '../../ports/rollout-store.ts';
import { keys } from './keys.ts';
import type { StoreClient } from './store-client.ts';

/**
 * When the answer is lost (`store_unavailable`) the key may be taken: the caller then says that nothing was done and a
 * repetition with the same key is dropped. Losing a click that was answered with an error is right; doing it twice is not.
 */
export class RedisDeliveries implements Deliveries {
  readonly #client: StoreClient;

  constructor(client: StoreClient) {
    this.#client = client;
  }

  isFirst(key: string, ttlMs: number): Promise<boolean> {
    return this.#client.call('note a delivery', async () => {
      const ttl = Math.max(1, Math.ceil(ttlMs));
      return (await this.#client.redis.set(keys.once(key), '1', 'PX', ttl, 'NX')) === 'OK';
    });
  }
}
