import * as z from 'zod';
import type { OrderedMute } from '../../core/alert/mute.ts';
import type { Override } from '../../core/alert/on-call.ts';
import type { AuditDraft, AuditRecord } from '../../core/audit.ts';
import type { Log } from '../../lib/log.ts';
import type { OnCallStore } from '../../ports/on-call-store.ts';
import { type ChainWriter, readChain } from './chain-writer.ts';
import { keys } from './keys.ts';
import type { StoreClient } from './store-client.ts';

const schema = z.looseObject({
  level: z.int().positive(),
  people: z.array(z.string()).min(1),
  until: z.number(),
  by: z.looseObject({ id: z.string().min(1), name: z.string().nullable(), email: z.string().nullable() }),
  at: z.number(),
});

const mute = z.looseObject({
  name: z.string().min(1),
  match: z.record(z.string(), z.string()),
  from: z.number().nullable(),
  until: z.number(),
  weekly: z.array(z.never()),
  timeZone: z.string(),
  by: schema.shape.by,
  at: z.number(),
});
const FORGET_AFTER_MS = 86_400_000;

export class RedisOnCallStore implements OnCallStore {
  readonly #client: StoreClient;
  readonly #chains: ChainWriter;
  readonly #log: Log;

  constructor(client: StoreClient, chains: ChainWriter, log: Log) {
    this.#client = client;
    this.#chains = chains;
    this.#log = log;
  }

  overrides(): Promise<readonly Override[]> {
    return this.#client.call('read who is on call', async () =>
      Object.values(await this.#client.redis.hgetall(keys.onCall))
        .map((doc) => this.#decode<Override>(schema, doc))
        .filter((override) => override !== null),
    );
  }

  async setOverride(override: Override, audit: AuditDraft): Promise<void> {
    await this.#change(keys.onCall, override.level, JSON.stringify(override), audit);
  }

  async clearOverride(level: number, audit: AuditDraft): Promise<Override | null> {
    const before = await this.#change(keys.onCall, level, '', audit);
    return before === '' ? null : this.#decode<Override>(schema, before);
  }

  mutes(): Promise<readonly OrderedMute[]> {
    return this.#client.call('read mutes', async () =>
      Object.values(await this.#client.redis.hgetall(keys.mutes))
        .map((doc) => this.#decode<OrderedMute>(mute, doc))
        .filter((one) => one !== null),
    );
  }

  async setMute(added: OrderedMute, audit: AuditDraft): Promise<void> {
    await this.#change(keys.mutes, added.name, JSON.stringify(added), audit);
    const past = (await this.mutes()).filter(({ until }) => until < added.at - FORGET_AFTER_MS);
    if (past.length > 0)
      await this.#client.call('forget mutes', () =>
        this.#client.redis.hdel(keys.mutes, ...past.map(({ name }) => name)),
      );
  }

  async endMute(name: string, audit: AuditDraft): Promise<OrderedMute | null> {
    const before = await this.#change(keys.mutes, name, '', audit);
    return before === '' ? null : this.#decode<OrderedMute>(mute, before);
  }

  readAudit(): Promise<readonly AuditRecord[]> {
    return this.#client.call('read the audit trail', () => readChain(this.#client, keys.onCallAudit));
  }

  #change(key: string, field: number | string, doc: string, audit: AuditDraft): Promise<string> {
    return this.#client.call('change who is on call', async (signal) => {
      const reply = await this.#chains.append(keys.onCallAudit, [audit], signal, (args) =>
        this.#client.run('on-call', [key, keys.onCallAudit], [field, doc, ...args]),
      );
      return reply[1] ?? '';
    });
  }

  /** Without it the table and the configuration count: somebody is called. */
  #decode<T>(shape: z.ZodType, doc: string): T | null {
    try {
      return shape.parse(JSON.parse(doc)) as T;
    } catch (error) {
      this.#log.error({ err: error }, 'who stands in, or what is muted, cannot be read');
      return null;
    }
  }
}
