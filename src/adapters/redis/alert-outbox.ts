import { ALERT_SHARDS, shardOf } from '../../core/alert/fingerprint.ts';
import { DabbawalaError } from '../../lib/errors.ts';
import type { Log } from '../../lib/log.ts';
import type { CardOf, Outbox } from '../../ports/rollout-store.ts';
import { decodeGroup } from './alert-codec.ts';
import { keys } from './keys.ts';
import { decodeLine } from './state-codec.ts';
import type { StoreClient } from './store-client.ts';

/**
 * Of each shard the most urgent so many: however many groups wait, a look stays a look. What is delivered makes room for
 * the next.
 */
const LOOKED_AT = 8;

/** Undelivered cards of alert groups, worst first. */
export class RedisAlertOutbox implements Outbox {
  readonly #client: StoreClient;
  readonly #log: Log;

  readonly #onDropped: () => void;

  constructor(client: StoreClient, log: Log, onDropped: () => void = () => undefined) {
    this.#client = client;
    this.#log = log;
    this.#onDropped = onDropped;
  }

  dirty(channel?: string): Promise<readonly CardOf<'alerts'>[]> {
    return this.#client.call('list undelivered alerts', async () => {
      const shards = Array.from({ length: ALERT_SHARDS }, (_, shard) => shard);
      const ids = await Promise.all(
        shards.map((shard) => this.#client.redis.zrange(keys.alertDirty(shard), '0', String(LOOKED_AT - 1))),
      );
      const cards = await Promise.all(ids.flat().map((id) => this.#read(id)));
      return cards.filter(
        (card) => card !== null && (channel === undefined || card.channel === channel),
      ) as readonly CardOf<'alerts'>[];
    });
  }

  async #read(id: string): Promise<CardOf<'alerts'> | null> {
    const shard = shardOf(id);
    const [fields, lines] = await Promise.all([
      this.#client.redis.hmget(
        keys.alertState(shard, id),
        'doc',
        'rev',
        'cardRev',
        'postedRev',
        'channel',
        'ts',
        'posting',
      ),
      this.#client.redis.lrange(keys.alertLines(shard, id), '0', '-1'),
    ]);
    const [doc, rev, cardRev, postedRev, channel, ts, posting] = fields;
    try {
      return {
        kind: 'alerts',
        id,
        group: decodeGroup(id, doc ?? ''),
        rev: Number(rev ?? 0),
        cardRev: Number(cardRev ?? 0),
        postedRev: Number(postedRev ?? 0),
        channel: channel ?? '',
        ts: ts || null,
        isPosting: posting === '1',
        lines: lines.map(decodeLine),
      };
    } catch (error) {
      if (!(error instanceof DabbawalaError)) throw error;
      // In the way of the others it would be for ever: it is delivered again with its next message.
      this.#log.error({ ...error.data }, error.message);
      this.#onDropped();
      await this.#client.redis.zrem(keys.alertDirty(shard), id);
      return null;
    }
  }

  markPosting(id: string): Promise<void> {
    return this.#client.call('note a post', async () => {
      await this.#client.run('mark-posting', [keys.alertState(shardOf(id), id)], []);
    });
  }

  markPosted(id: string, cardRev: number, ts: string | null): Promise<void> {
    return this.#client.call('note a delivery', async () => {
      const shard = shardOf(id);
      await this.#client.run(
        'alert-posted',
        [keys.alertState(shard, id), keys.alertLines(shard, id), keys.alertDirty(shard)],
        [id, cardRev, ts ?? ''],
      );
    });
  }

  markLineSent(id: string, lineId: string): Promise<void> {
    return this.#client.call('note a delivery', async () => {
      const shard = shardOf(id);
      await this.#client.run(
        'alert-line-sent',
        [keys.alertState(shard, id), keys.alertLines(shard, id), keys.alertDirty(shard)],
        [id, lineId],
      );
    });
  }

  cardTs(id: string): Promise<string | null> {
    return this.#client.call(
      'find a card',
      async () => (await this.#client.redis.hget(keys.alertState(shardOf(id), id), 'ts')) || null,
    );
  }
}
