import * as z from 'zod';
import type { BeatRecord } from '../../core/watch/heartbeat.ts';
import type { LateRecord } from '../../core/watch/late.ts';
import type { WatchStore } from '../../ports/watch-store.ts';
import { keys } from './keys.ts';
import type { StoreClient } from './store-client.ts';

const beats = z.looseObject({
  schemaVersion: z.literal(1),
  lookedAt: z.number(),
  beats: z.record(z.string(), z.looseObject({ from: z.number(), missingSince: z.number().nullable() })),
  unraised: z.array(
    z.looseObject({
      name: z.string(),
      kind: z.enum(['missing', 'back']),
      at: z.number(),
      since: z.number(),
      lastAt: z.number().nullable(),
    }),
  ),
});
const late = z.looseObject({
  schemaVersion: z.literal(1),
  seen: z.record(z.string(), z.looseObject({ mark: z.string(), at: z.number() })),
  late: z.record(z.string(), z.looseObject({ since: z.number(), worstMs: z.number() })),
  unsaid: z.array(
    z.looseObject({
      id: z.string(),
      at: z.number(),
      kind: z.enum(['late', 'over']),
      channel: z.string(),
      cards: z.number(),
      waitedMs: z.number(),
    }),
  ),
});

/** One that cannot be read is begun anew. Its rev must be kept, or none could follow. */
function decode<T>(schema: z.ZodType, rev: number, text: string, empty: T): T & { readonly rev: number } {
  try {
    return { ...(schema.parse(JSON.parse(text)) as T), rev };
  } catch {
    return { ...empty, rev };
  }
}

export class RedisWatchStore implements WatchStore {
  readonly #client: StoreClient;

  constructor(client: StoreClient) {
    this.#client = client;
  }

  beat(name: string, at: number): Promise<void> {
    return this.#client.call('note a heartbeat', async () => {
      await this.#client.redis.hset(keys.beats, name, at);
    });
  }

  lastBeats(): Promise<Readonly<Record<string, number>>> {
    return this.#client.call('read heartbeats', async () => {
      const found = await this.#client.redis.hgetall(keys.beats);
      return Object.fromEntries(Object.entries(found).map(([name, at]) => [name, Number(at)]));
    });
  }

  readBeats(): Promise<BeatRecord | null> {
    return this.#read(keys.beatWatch, beats, {
      schemaVersion: 1,
      rev: 0,
      lookedAt: 0,
      beats: {},
      unraised: [],
    });
  }

  saveBeats(record: BeatRecord): Promise<boolean> {
    return this.#save(keys.beatWatch, record);
  }

  readLate(): Promise<LateRecord | null> {
    return this.#read(keys.lateWatch, late, { schemaVersion: 1, rev: 0, seen: {}, late: {}, unsaid: [] });
  }

  saveLate(record: LateRecord): Promise<boolean> {
    return this.#save(keys.lateWatch, record);
  }

  #read<T extends { readonly rev: number }>(key: string, schema: z.ZodType, empty: T): Promise<T | null> {
    return this.#client.call('read the watch', async () => {
      const [rev, doc] = await this.#client.redis.hmget(key, 'rev', 'doc');
      return typeof rev === 'string' ? decode(schema, Number(rev), doc ?? '', empty) : null;
    });
  }

  #save(key: string, record: { readonly rev: number }): Promise<boolean> {
    return this.#client.call('write the watch', async () => {
      const args = [record.rev - 1, record.rev, JSON.stringify(record)];
      return (await this.#client.run('save-watch', [key], args))[0] === 'done';
    });
  }
}
