import * as z from 'zod';
import type { Digest } from '../../core/alert/digest.ts';
import type { Log } from '../../lib/log.ts';
import type { DigestStore, StoredDigest } from '../../ports/digest-store.ts';
import type { CardOf } from '../../ports/rollout-store.ts';
import { keys } from './keys.ts';
import type { StoreClient } from './store-client.ts';

/** Long after it nobody scrolls up to it, and what it names has its own card or is over. */
const KEPT_MS = 7 * 24 * 3_600_000;
/** The newest are posted, the older ones edited: so many a look. */
const LOOKED_AT = 16;

const time = z.number().nonnegative();
const entry = z.looseObject({
  id: z.string(),
  episode: z.int().positive(),
  rev: z.number(),
  title: z.string(),
  about: z.string(),
  severity: z.enum(['critical', 'error', 'warning', 'info']),
  count: z.number(),
  isCounted: z.enum(['firing', 'seen']),
  since: time,
  endedAt: time.nullable(),
  acknowledgedBy: z.string().nullable(),
  called: z.array(z.string()),
  hasCard: z.boolean(),
});
const schema = z.looseObject({
  schemaVersion: z.literal(1),
  id: z.string(),
  channel: z.string(),
  createdAt: time,
  namedAt: time,
  entries: z.array(entry),
});

interface Row {
  readonly digest: Digest;
  readonly rev: number;
  readonly cardRev: number;
  readonly postedRev: number;
  readonly ts: string | null;
  readonly isPosting: boolean;
  readonly isMarked: boolean;
  readonly isListDue: boolean;
}

export class RedisDigestStore implements DigestStore {
  readonly #client: StoreClient;
  readonly #log: Log;

  constructor(client: StoreClient, log: Log) {
    this.#client = client;
    this.#log = log;
  }

  begin(digest: Digest, before: string | null): Promise<'done' | 'conflict'> {
    const { id, channel, createdAt } = digest;
    return this.#client.call('begin a digest', async () => {
      const [word] = await this.#client.run(
        'digest-begin',
        [keys.digestNewest(channel), keys.digestState(id), keys.digestDirty(channel), keys.digestChannels],
        [before ?? '', id, JSON.stringify(digest), channel, createdAt, KEPT_MS],
      );
      return word === 'done' ? 'done' : 'conflict';
    });
  }

  save(digest: Digest, expectedRev: number, isMarked: boolean): Promise<'done' | 'conflict'> {
    const { id, channel, createdAt } = digest;
    return this.#client.call('save a digest', async () => {
      const [word] = await this.#client.run(
        'digest-save',
        [keys.digestState(id), keys.digestDirty(channel)],
        [id, expectedRev, JSON.stringify(digest), isMarked ? 1 : 0, createdAt, KEPT_MS],
      );
      return word === 'done' ? 'done' : 'conflict';
    });
  }

  markNamed(id: string, rev: number): Promise<void> {
    return this.#client.call('note what a digest names', async () => {
      await this.#client.run('digest-marked', [keys.digestState(id)], [rev]);
    });
  }

  load(id: string): Promise<StoredDigest | null> {
    return this.#client.call('load a digest', async () => {
      const row = await this.#read(id);
      return row && storedOf(row);
    });
  }

  newest(channel: string): Promise<StoredDigest | null> {
    return this.#client.call('load a digest', async () => {
      const id = await this.#client.redis.get(keys.digestNewest(channel));
      const row = id ? await this.#read(id) : null;
      return row && storedOf(row);
    });
  }

  dirty(channel?: string): Promise<readonly CardOf<'digest'>[]> {
    return this.#client.call('list undelivered digests', async () => {
      const channels =
        channel === undefined ? await this.#client.redis.smembers(keys.digestChannels) : [channel];
      const found = await Promise.all(
        channels.map(async (each) => {
          const ids = await this.#client.redis.zrange(
            keys.digestDirty(each),
            '0',
            String(LOOKED_AT - 1),
            'REV',
          );
          return Promise.all(ids.map((id) => this.#card(each, id)));
        }),
      );
      return found.flat().filter((card) => card !== null);
    });
  }

  async #card(channel: string, id: string): Promise<CardOf<'digest'> | null> {
    const row = await this.#read(id);
    if (row === null) {
      await this.#client.redis.zrem(keys.digestDirty(channel), id);
      return null;
    }
    const { digest, rev, cardRev, postedRev, ts, isPosting, isListDue } = row;
    return {
      ...{ kind: 'digest', id, digest, rev, cardRev, postedRev, channel, ts, isPosting },
      lines: isListDue
        ? [{ id: `${id}-list`, text: '', at: digest.namedAt, mentions: [], isList: true }]
        : [],
    };
  }

  /** null: there is none, or none that can be read; its groups get their own cards all the same. */
  async #read(id: string): Promise<Row | null> {
    const [doc, rev, cardRev, postedRev, ts, posting, marked, list] = await this.#client.redis.hmget(
      keys.digestState(id),
      ...['doc', 'rev', 'cardRev', 'postedRev', 'ts', 'posting', 'marked', 'list'],
    );
    if (typeof doc !== 'string') return null;
    const parsed = schema.safeParse(parseJson(doc));
    if (!parsed.success) {
      this.#log.error({ digest: id }, 'the stored state of a digest cannot be read');
      return null;
    }
    return {
      digest: parsed.data as unknown as Digest,
      rev: Number(rev ?? 0),
      cardRev: Number(cardRev ?? 0),
      postedRev: Number(postedRev ?? 0),
      ts: ts || null,
      isPosting: posting === '1',
      isMarked: marked === '1',
      isListDue: list === 'due',
    };
  }

  markPosting(id: string): Promise<void> {
    return this.#client.call('note a post', async () => {
      await this.#client.run('mark-posting', [keys.digestState(id)], []);
    });
  }

  markPosted(id: string, cardRev: number, ts: string | null): Promise<void> {
    return this.#withChannel(id, (channel) =>
      this.#client.run(
        'digest-posted',
        [keys.digestState(id), keys.digestDirty(channel)],
        [id, cardRev, ts ?? ''],
      ),
    );
  }

  markLineSent(id: string): Promise<void> {
    return this.#withChannel(id, (channel) =>
      this.#client.run('digest-listed', [keys.digestState(id), keys.digestDirty(channel)], [id]),
    );
  }

  cardTs(id: string): Promise<string | null> {
    return this.#client.call(
      'find a card',
      async () => (await this.#client.redis.hget(keys.digestState(id), 'ts')) || null,
    );
  }

  #withChannel(id: string, action: (channel: string) => Promise<unknown>): Promise<void> {
    return this.#client.call('note a delivery', async () => {
      const channel = await this.#client.redis.hget(keys.digestState(id), 'channel');
      if (channel) await action(channel);
    });
  }
}

const storedOf = ({ digest, rev, ts, isMarked }: Row): StoredDigest => ({
  ...{ digest, rev, isMarked },
  isPosted: ts !== null,
});

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};
