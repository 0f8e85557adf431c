import type { Rollout } from '../../core/rollout/rollout.ts';
import { DabbawalaError } from '../../lib/errors.ts';
import type { Log } from '../../lib/log.ts';
import type { CardOf, Outbox } from '../../ports/rollout-store.ts';
import { keys } from './keys.ts';
import type { ReadRollouts } from './read-rollouts.ts';
import { ORPHAN_AGE_MS } from './rollout-store.ts';
import { decodeLine } from './state-codec.ts';
import type { Reply, StoreClient } from './store-client.ts';

interface Seen {
  readonly rev: number;
  readonly rollout: Rollout;
}

export class RedisOutbox implements Outbox {
  readonly #client: StoreClient;
  readonly #rollouts: ReadRollouts;
  readonly #log: Log;
  /**
   * Documents of the last look, of active rollouts alone. The outbox is read several times a second while cards wait for
   * their turn at Slack: a hundred whole documents each time would hold up Redis and this process for everybody else.
   */
  #seen: ReadonlyMap<string, Seen> = new Map();

  constructor(client: StoreClient, rollouts: ReadRollouts, log: Log) {
    this.#client = client;
    this.#rollouts = rollouts;
    this.#log = log;
  }

  dirty(channel?: string): Promise<readonly CardOf<'rollout'>[]> {
    return this.#client.call('list undelivered cards', async () => {
      const ids = await this.#client.redis.zrange(keys.active, '0', '-1');
      const before = this.#seen;
      const read = await Promise.all(ids.map((id) => this.#read(id, channel ?? '', before.get(id))));
      const cards = read.filter((card) => card !== null);
      const now = new Map(cards.map(({ id, rev, rollout }) => [id, { rev, rollout }]));
      for (const id of ids) {
        const known = before.get(id);
        if (known && !now.has(id)) now.set(id, known);
      }
      this.#seen = now;
      return cards;
    });
  }

  async #read(id: string, channel: string, known: Seen | undefined): Promise<CardOf<'rollout'> | null> {
    const reply = await this.#client.run(
      'read-card',
      [keys.state(id), keys.lines(id)],
      [channel, known?.rev ?? ''],
    );
    return this.#decode(id, reply, known);
  }

  markPosting(id: string): Promise<void> {
    return this.#client.call('note a post', async () => {
      await this.#client.run('mark-posting', [keys.state(id)], []);
    });
  }

  markPosted(id: string, cardRev: number, ts: string | null): Promise<void> {
    return this.#client.call('note a delivery', async () => {
      await this.#client.run('mark-posted', [keys.state(id)], [cardRev, ts ?? '']);
    });
  }

  markLineSent(id: string, lineId: string): Promise<void> {
    return this.#client.call('note a delivery', async () => {
      await this.#client.run('mark-line-sent', [keys.lines(id)], [lineId]);
    });
  }

  cardTs(id: string): Promise<string | null> {
    return this.#client.call(
      'find a card',
      async () => (await this.#client.redis.hget(keys.state(id), 'ts')) || null,
    );
  }

  /** A card that cannot be read must not stop the others: it is logged and left. */
  async #decode(id: string, reply: Reply, known: Seen | undefined): Promise<CardOf<'rollout'> | null> {
    if (reply[0] === 'missing') await this.#sweepOrphan(id);
    if (reply[0] !== 'dirty') return null;
    const [, doc = '', rev, cardRev, postedRev, channel = '', ts = '', posting, ...lines] = reply;
    try {
      return {
        kind: 'rollout',
        id,
        rollout: doc === '' && known ? known.rollout : this.#rollouts.decode(id, doc),
        rev: Number(rev),
        cardRev: Number(cardRev),
        postedRev: Number(postedRev),
        channel,
        ts: ts === '' ? null : ts,
        isPosting: posting === '1',
        lines: lines.map(decodeLine),
      };
    } catch (error) {
      if (!(error instanceof DabbawalaError)) throw error;
      this.#log.error({ rolloutId: id, ...error.data }, error.message);
      return null;
    }
  }

  /** A name without a rollout: its creation failed half way, or the state was lost. */
  async #sweepOrphan(id: string): Promise<void> {
    const [createdAt, [seconds]] = await Promise.all([
      this.#client.redis.zscore(keys.active, id),
      this.#client.redis.time(),
    ]);
    if (createdAt !== null && Number(seconds) * 1000 - Number(createdAt) > ORPHAN_AGE_MS)
      await this.#client.redis.zrem(keys.active, id);
  }
}
