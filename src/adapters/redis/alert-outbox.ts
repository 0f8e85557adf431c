import { ALERT_SHARDS, shardOf } from '../../core/alert/fingerprint.ts';
import { DabbawalaError } from '../../lib/errors.ts';
import type { Log } from '../../lib/log.ts';
import type { AlertLook, AlertOutbox } from '../../ports/digest-store.ts';
import type { CardOf } from '../../ports/rollout-store.ts';
import { decodeGroup } from './alert-codec.ts';
import { POST_FIELDS, readPost } from './card-fields.ts';
import { keys } from './keys.ts';
import type { Reply, StoreClient } from './store-client.ts';

/**
 * Of each shard the most urgent so many: however many groups wait, a look stays a look. What is delivered makes room for
 * the next.
 */
const LOOKED_AT = 8;
/** Names are cheap to look at: a digest's worth of the very worst, wherever they are. */
const FRESH_LOOKED_AT = 16;
/** One at a time gets its own card. */
const NAMED_LOOKED_AT = 1;

const SHARDS = Array.from({ length: ALERT_SHARDS }, (_, shard) => shard);
const FIELDS = ['doc', 'digest', 'pastDigest', ...POST_FIELDS] as const;

interface Scored {
  readonly id: string;
  readonly score: number;
}

/** Undelivered cards of alert groups, worst first. */
export class RedisAlertOutbox implements AlertOutbox {
  readonly #client: StoreClient;
  readonly #log: Log;

  readonly #onDropped: () => void;

  constructor(client: StoreClient, log: Log, onDropped: () => void = () => undefined) {
    this.#client = client;
    this.#log = log;
    this.#onDropped = onDropped;
  }

  look(channel: string): Promise<AlertLook> {
    return this.#client.call('look at undelivered alerts', async () => {
      const looks = await Promise.all(SHARDS.map((shard) => this.#lookAt(shard, channel)));
      return {
        fresh: looks.reduce((sum, look) => sum + look.fresh, 0),
        named: looks.reduce((sum, look) => sum + look.named, 0),
        freshIds: byUrgency(looks.flatMap((look) => look.freshIds)),
        changedIds: byUrgency(looks.flatMap((look) => look.changedIds)),
        namedIds: byUrgency(looks.flatMap((look) => look.namedIds)),
      };
    });
  }

  async #lookAt(shard: number, channel: string) {
    const [fresh = '0', named = '0', ...found] = await this.#client.run(
      'alert-look',
      [keys.alertFresh(shard, channel), keys.alertDirty(shard, channel), keys.alertNamed(shard, channel)],
      [FRESH_LOOKED_AT, LOOKED_AT, NAMED_LOOKED_AT],
    );
    const [freshIds = [], changedIds = [], namedIds = []] = listsOf(found);
    return { fresh: Number(fresh), named: Number(named), freshIds, changedIds, namedIds };
  }

  dirty(channel?: string): Promise<readonly CardOf<'alerts'>[]> {
    return this.#client.call('list undelivered alerts', async () => {
      const channels = channel === undefined ? await this.#channels() : [channel];
      const cards = await Promise.all(channels.map((each) => this.#dirtyOf(each)));
      return cards.flat();
    });
  }

  async #channels(): Promise<readonly string[]> {
    const found = await Promise.all(
      SHARDS.map((shard) => this.#client.redis.smembers(keys.alertChannels(shard))),
    );
    return [...new Set(found.flat())];
  }

  async #dirtyOf(channel: string): Promise<readonly CardOf<'alerts'>[]> {
    const { freshIds, changedIds } = await this.look(channel);
    return this.read(channel, [...freshIds.slice(0, ALERT_SHARDS * LOOKED_AT), ...changedIds]);
  }

  async namedChannels(): Promise<readonly string[]> {
    const channels = await this.#client.call('list channels of alerts', () => this.#channels());
    const looks = await Promise.all(channels.map(async (each) => ({ each, ...(await this.look(each)) })));
    return looks.filter(({ named }) => named > 0).map(({ each }) => each);
  }

  read(channel: string, ids: readonly string[]): Promise<readonly CardOf<'alerts'>[]> {
    return this.#client.call('read undelivered alerts', async () => {
      const cards = await Promise.all([...new Set(ids)].map((id) => this.#read(channel, id)));
      return cards.filter((card) => card !== null);
    });
  }

  async #read(asked: string, id: string): Promise<CardOf<'alerts'> | null> {
    const shard = shardOf(id);
    const [fields, lines] = await Promise.all([
      this.#client.redis.hmget(keys.alertState(shard, id), ...FIELDS),
      this.#client.redis.lrange(keys.alertLines(shard, id), '0', '-1'),
    ]);
    const [doc, digest, pastDigest, ...posted] = fields;
    try {
      const post = readPost(id, posted, lines);
      if (post.channel !== '' && post.channel !== asked) {
        // It moved to another channel with a new episode, and is looked for there.
        await this.#forget(asked, id);
        return null;
      }
      return {
        kind: 'alerts',
        group: decodeGroup(id, doc ?? ''),
        digest: digest || null,
        pastDigest: pastDigest || null,
        ...post,
      };
    } catch (error) {
      if (!(error instanceof DabbawalaError)) throw error;
      // In the way of the others it would be for ever: it is delivered again with its next message.
      this.#log.error({ ...error.data }, error.message);
      this.#onDropped();
      await this.#forget(asked, id);
      return null;
    }
  }

  async #forget(channel: string, id: string): Promise<void> {
    const shard = shardOf(id);
    for (const key of [keys.alertFresh, keys.alertDirty, keys.alertNamed])
      await this.#client.redis.zrem(key(shard, channel), id);
  }

  markPosting(id: string): Promise<void> {
    return this.#client.call('note a post', async () => {
      await this.#client.run('mark-posting', [keys.alertState(shardOf(id), id)], []);
    });
  }

  async markPosted(id: string, cardRev: number, ts: string | null): Promise<void> {
    await this.#withChannel(id, (shard, channel) =>
      this.#client.run('alert-posted', this.#places(shard, channel, id), [id, cardRev, ts ?? '']),
    );
  }

  async markNamed(id: string, episode: number, digestId: string, rev: number): Promise<boolean> {
    const [word] = await this.#withChannel(id, (shard, channel) =>
      this.#client.run('alert-named', this.#places(shard, channel, id), [id, episode, digestId, rev]),
    );
    return word === 'done';
  }

  async markLineSent(id: string, lineId: string): Promise<void> {
    await this.#withChannel(id, (shard, channel) =>
      this.#client.run(
        'alert-line-sent',
        [keys.alertState(shard, id), keys.alertLines(shard, id), keys.alertDirty(shard, channel)],
        [id, lineId],
      ),
    );
  }

  placeOf(id: string): ReturnType<AlertOutbox['placeOf']> {
    return this.#client.call('find a card', async () => {
      const [digest, episode] = await this.#client.redis.hmget(
        keys.alertState(shardOf(id), id),
        'digest',
        'episode',
      );
      return episode ? { digest: digest || null, episode: Number(episode) } : null;
    });
  }

  forgetPast(id: string): Promise<void> {
    return this.#client.call('note a delivery', async () => {
      await this.#client.redis.hdel(keys.alertState(shardOf(id), id), 'pastDigest');
    });
  }

  cardTs(id: string): Promise<string | null> {
    return this.#client.call(
      'find a card',
      async () => (await this.#client.redis.hget(keys.alertState(shardOf(id), id), 'ts')) || null,
    );
  }

  readonly #places = (shard: number, channel: string, id: string): readonly string[] => [
    keys.alertState(shard, id),
    keys.alertLines(shard, id),
    keys.alertFresh(shard, channel),
    keys.alertDirty(shard, channel),
    keys.alertNamed(shard, channel),
  ];

  /** A group's channel changes with a new episode alone, and then the scripts find nothing of the old one to note. */
  #withChannel(id: string, action: (shard: number, channel: string) => Promise<Reply>): Promise<Reply> {
    return this.#client.call('note a delivery', async () => {
      const shard = shardOf(id);
      const channel = await this.#client.redis.hget(keys.alertState(shard, id), 'channel');
      return channel ? action(shard, channel) : [];
    });
  }
}

/** Lists of ids with their scores, each behind its length. */
function listsOf(found: Reply): readonly (readonly Scored[])[] {
  const lists: Scored[][] = [];
  for (let at = 0; at < found.length; ) {
    const length = Number(found[at]);
    const list: Scored[] = [];
    for (let index = at + 1; index <= at + length; index += 2)
      list.push({ id: found[index] ?? '', score: Number(found[index + 1]) });
    lists.push(list);
    at += length + 1;
  }
  return lists;
}

const byUrgency = (found: readonly Scored[]): readonly string[] =>
  found.toSorted((a, b) => a.score - b.score).map(({ id }) => id);
