import * as z from 'zod';
import type { Log } from '../../lib/log.ts';
import type { PageRecord, PageStore } from '../../ports/pager.ts';
import { keys } from './keys.ts';
import type { StoreClient } from './store-client.ts';

const schema = z.looseObject({
  key: z.string().min(1),
  groupId: z.string(),
  episode: z.int().positive(),
  told: z.enum(['nothing', 'triggered', 'acknowledged']),
  tries: z.int().nonnegative(),
  nextAt: z.number(),
});

export class RedisPageStore implements PageStore {
  readonly #client: StoreClient;
  readonly #log: Log;

  constructor(client: StoreClient, log: Log) {
    this.#client = client;
    this.#log = log;
  }

  pages(): Promise<readonly PageRecord[]> {
    return this.#client.call('read pages', async () =>
      Object.values(await this.#client.redis.hgetall(keys.pages)).flatMap((doc) => this.#decode(doc)),
    );
  }

  add(record: PageRecord): Promise<boolean> {
    return this.#client.call(
      'note a page',
      async () => (await this.#client.redis.hsetnx(keys.pages, record.key, JSON.stringify(record))) === 1,
    );
  }

  put(record: PageRecord): Promise<void> {
    return this.#client.call('note a page', async () => {
      await this.#client.redis.hset(keys.pages, record.key, JSON.stringify(record));
    });
  }

  remove(key: string): Promise<void> {
    return this.#client.call('forget a page', async () => {
      await this.#client.redis.hdel(keys.pages, key);
    });
  }

  #decode(doc: string): readonly PageRecord[] {
    try {
      return [schema.parse(JSON.parse(doc)) as unknown as PageRecord];
    } catch (error) {
      this.#log.error({ err: error }, 'what a paging service was told cannot be read');
      return [];
    }
  }
}
