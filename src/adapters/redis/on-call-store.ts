import * as z from 'zod';
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
        .map((doc) => this.#decode(doc))
        .filter((override) => override !== null),
    );
  }

  async setOverride(override: Override, audit: AuditDraft): Promise<void> {
    await this.#change(override.level, JSON.stringify(override), audit);
  }

  async clearOverride(level: number, audit: AuditDraft): Promise<Override | null> {
    const before = await this.#change(level, '', audit);
    return before === '' ? null : this.#decode(before);
  }

  readAudit(): Promise<readonly AuditRecord[]> {
    return this.#client.call('read the audit trail', () => readChain(this.#client, keys.onCallAudit));
  }

  #change(level: number, doc: string, audit: AuditDraft): Promise<string> {
    return this.#client.call('change who is on call', async (signal) => {
      const reply = await this.#chains.append(keys.onCallAudit, [audit], signal, (args) =>
        this.#client.run('on-call', [keys.onCall, keys.onCallAudit], [level, doc, ...args]),
      );
      return reply[1] ?? '';
    });
  }

  /** Nobody stands in then: the table calls somebody. */
  #decode(doc: string): Override | null {
    try {
      return schema.parse(JSON.parse(doc)) as unknown as Override;
    } catch (error) {
      this.#log.error({ err: error }, 'who stands in on a level cannot be read');
      return null;
    }
  }
}
