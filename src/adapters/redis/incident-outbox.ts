import { DabbawalaError } from '../../lib/errors.ts';
import type { Log } from '../../lib/log.ts';
import type { CardOf, Outbox } from '../../ports/rollout-store.ts';
import { POST_FIELDS, readPost } from './card-fields.ts';
import { decodeIncident } from './incident-store.ts';
import { keys } from './keys.ts';
import type { StoreClient } from './store-client.ts';

/** Undelivered cards of incidents. */
export class RedisIncidentOutbox implements Outbox {
  readonly #client: StoreClient;
  readonly #log: Log;

  readonly #onDropped: () => void;

  constructor(client: StoreClient, log: Log, onDropped: () => void = () => undefined) {
    this.#client = client;
    this.#log = log;
    this.#onDropped = onDropped;
  }

  dirty(channel?: string): Promise<readonly CardOf<'incident'>[]> {
    return this.#client.call('list undelivered incidents', async () => {
      const ids = await this.#client.redis.zrange(keys.incidentsDirty, '0', '-1');
      const cards = await Promise.all(ids.map((id) => this.#read(id)));
      return cards.filter(
        (card) => card !== null && (channel === undefined || card.channel === channel),
      ) as readonly CardOf<'incident'>[];
    });
  }

  async #read(id: string): Promise<CardOf<'incident'> | null> {
    const [fields, lines] = await Promise.all([
      this.#client.redis.hmget(keys.incidentState(id), ...['doc', ...POST_FIELDS]),
      this.#client.redis.lrange(keys.incidentLines(id), '0', '-1'),
    ]);
    const [doc, ...post] = fields;
    try {
      return {
        kind: 'incident',
        incident: decodeIncident(id, doc ?? ''),
        ...readPost(id, post, lines),
      };
    } catch (error) {
      if (!(error instanceof DabbawalaError)) throw error;
      // In the way of the others it would be for ever: it is delivered again with its next change.
      this.#log.error({ ...error.data }, error.message);
      this.#onDropped();
      await this.#client.redis.zrem(keys.incidentsDirty, id);
      return null;
    }
  }

  markPosting(id: string): Promise<void> {
    return this.#client.call('note a post', async () => {
      await this.#client.run('mark-posting', [keys.incidentState(id)], []);
    });
  }

  markPosted(id: string, cardRev: number, ts: string | null): Promise<void> {
    return this.#client.call('note a delivery', async () => {
      await this.#client.run('incident-posted', this.#keysOf(id), [id, cardRev, ts ?? '']);
    });
  }

  markLineSent(id: string, lineId: string): Promise<void> {
    return this.#client.call('note a delivery', async () => {
      await this.#client.run('alert-line-sent', this.#keysOf(id), [id, lineId]);
    });
  }

  cardTs(id: string): Promise<string | null> {
    return this.#client.call(
      'find a card',
      async () => (await this.#client.redis.hget(keys.incidentState(id), 'ts')) || null,
    );
  }

  #keysOf = (id: string): readonly string[] => [
    keys.incidentState(id),
    keys.incidentLines(id),
    keys.incidentsDirty,
  ];
}
