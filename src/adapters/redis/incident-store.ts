import * as z from 'zod';
import type { AuditDraft, AuditRecord } from '../../core/audit.ts';
import { INCIDENT_ID, type Incident, isOpen } from '../../core/incident/incident.ts';
import { DabbawalaError, isDabbawalaError } from '../../lib/errors.ts';
import type { Log } from '../../lib/log.ts';
import type { Founding, IncidentSave, IncidentStore, StoredIncident } from '../../ports/incident-store.ts';
import { escalationSchema } from './alert-codec.ts';
import { type ChainWriter, readChain } from './chain-writer.ts';
import { keys } from './keys.ts';
import { encodeLine } from './state-codec.ts';
import type { Reply, StoreClient } from './store-client.ts';

/** As with rollouts: unknown fields are kept, what is computed with must be there. */
const person = z.looseObject({
  id: z.string().min(1),
  name: z.string().nullable(),
  email: z.string().nullable(),
});
const time = z.number().nonnegative();
const state = z.enum(['investigating', 'identified', 'monitoring', 'resolved']);
const schema = z.looseObject({
  schemaVersion: z.literal(1),
  id: z.string().regex(INCIDENT_ID),
  title: z.string(),
  severity: z.union([z.literal(1), z.literal(2), z.literal(3), z.literal(4)]),
  state,
  services: z.array(z.string()),
  environment: z.string().nullable(),
  commander: person.nullable(),
  declaredBy: person.nullable(),
  declaredAt: time,
  detectedAt: time,
  resolvedAt: time.nullable(),
  channel: z.string(),
  alertGroup: z.string().nullable(),
  key: z.string().nullable(),
  // What cannot be read is filed anew: at worst a regulator hears twice.
  filings: z
    .record(z.string(), z.looseObject({ by: person, at: time, reference: z.string() }))
    .optional()
    .catch(undefined),
  filingReminders: z.int().nonnegative().optional().catch(undefined),
  updates: z.array(z.looseObject({ at: time, by: person.nullable(), state, text: z.string() })),
  escalation: escalationSchema.optional().catch(undefined),
});

/** Throws `internal` naming the id when the text is no incident of that id. */
export function decodeIncident(id: string, doc: string): Incident {
  let parsed: ReturnType<typeof schema.safeParse> | null = null;
  try {
    parsed = schema.safeParse(JSON.parse(doc));
  } catch {
    parsed = null;
  }
  if (parsed?.success && parsed.data.id === id) return parsed.data as unknown as Incident;
  throw new DabbawalaError('internal', `The stored state of ${id} cannot be read.`, {
    hint: 'Its audit trail is whole. Declare it anew, and report it with the id.',
    data: { incident: id },
  });
}

export class RedisIncidentStore implements IncidentStore {
  readonly #client: StoreClient;
  readonly #chains: ChainWriter;
  readonly #log: Log;

  constructor(client: StoreClient, chains: ChainWriter, log: Log) {
    this.#client = client;
    this.#chains = chains;
    this.#log = log;
  }

  create(found: Founding): ReturnType<IncidentStore['create']> {
    return this.#client.call('declare an incident', async (signal) => {
      const id = `INC-${await this.#client.redis.incr(keys.incidentCount)}`;
      const founding = { ...found(id), expectedRev: 0, isDirty: true };
      const [word, value = ''] = await this.#write(id, founding, signal);
      if (word === 'done') return { incident: founding.next, rev: 1, isNew: true };
      const other = word === 'exists' ? await this.#read(value) : null;
      if (other) return { ...other, isNew: false };
      throw new DabbawalaError('state_conflict', 'Another incident was declared at the same moment.');
    });
  }

  save(id: string, change: IncidentSave): Promise<'done' | 'conflict'> {
    return this.#client.call('save an incident', async (signal) => {
      const [word] = await this.#write(id, change, signal);
      return word === 'done' ? 'done' : 'conflict';
    });
  }

  #write(id: string, { next, expectedRev, ...change }: IncidentSave, signal: AbortSignal): Promise<Reply> {
    const lines = change.lines.map((line, index) =>
      encodeLine({ ...line, id: `${id}-${expectedRev + 1}-${index + 1}` }),
    );
    const audit = keys.incidentAudit(id);
    return this.#chains.append(audit, change.audit, signal, (args) =>
      this.#client.run(
        'incident-save',
        [
          keys.incidentState(id),
          keys.incidentLines(id),
          audit,
          keys.incidentsOpen,
          keys.incidentsDirty,
          keys.incidents,
          keys.incidentsByKey,
        ],
        [
          ...[id, expectedRev, JSON.stringify(next), next.channel, isOpen(next) ? 1 : 0, next.declaredAt],
          ...[change.isDirty ? 1 : 0, next.key ?? '', lines.length, ...lines, ...args],
        ],
      ),
    );
  }

  load(id: string): Promise<StoredIncident | null> {
    return this.#client.call('load an incident', () => this.#read(id));
  }

  async #read(id: string): Promise<StoredIncident | null> {
    const [doc, rev] = await this.#client.redis.hmget(keys.incidentState(id), 'doc', 'rev');
    return typeof doc === 'string' ? { incident: decodeIncident(id, doc), rev: Number(rev ?? 0) } : null;
  }

  open(): Promise<readonly StoredIncident[]> {
    return this.#client.call('list incidents', async () =>
      this.#readAll(await this.#client.redis.zrange(keys.incidentsOpen, '0', '-1')),
    );
  }

  recent(limit: number): Promise<readonly StoredIncident[]> {
    return this.#client.call('list incidents', async () =>
      this.#readAll(await this.#client.redis.zrange(keys.incidents, '0', String(limit - 1), 'REV')),
    );
  }

  async #readAll(ids: readonly string[]): Promise<readonly StoredIncident[]> {
    const found = await Promise.all(
      ids.map((id) =>
        this.#read(id).catch((error: unknown) => {
          if (!isDabbawalaError(error, 'internal')) throw error;
          this.#log.error({ ...error.data }, error.message);
          return null;
        }),
      ),
    );
    return found.filter((stored) => stored !== null);
  }

  appendAudit(id: string, drafts: readonly AuditDraft[]): Promise<void> {
    const key = keys.incidentAudit(id);
    return this.#client.call('write the audit trail', async (signal) => {
      await this.#chains.append(key, drafts, signal, (args) => this.#client.run('append-audit', [key], args));
    });
  }

  readAudit(id: string): Promise<readonly AuditRecord[]> {
    return this.#client.call('read the audit trail', () => readChain(this.#client, keys.incidentAudit(id)));
  }
}
