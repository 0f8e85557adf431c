import type { AlertGroup, Incoming } from '../../core/alert/alert-group.ts';
import { ALERT_SHARDS, groupIdOf, shardOf } from '../../core/alert/fingerprint.ts';
import { SEVERITIES } from '../../core/alert/severity.ts';
import type { AuditDraft, AuditRecord } from '../../core/audit.ts';
import { isDabbawalaError } from '../../lib/errors.ts';
import type { Log } from '../../lib/log.ts';
import type {
  AlertStore,
  GroupChange,
  StoredGroup,
  WaitingGroup,
  WaitingMessage,
} from '../../ports/alert-store.ts';
import { decodeGroup, decodeIncoming } from './alert-codec.ts';
import { type ChainWriter, readChain } from './chain-writer.ts';
import { keys } from './keys.ts';
import { encodeLine } from './state-codec.ts';
import type { StoreClient } from './store-client.ts';

const SHARDS = Array.from({ length: ALERT_SHARDS }, (_, shard) => shard);
/** Put aside for whoever looks into it; no more than so many of a shard. */
const ASIDE_AT_MOST = 1000;

/** Worst first; of the same severity the newest, which nobody has seen yet. What is over comes last. */
const urgencyOf = (group: AlertGroup): number =>
  (group.state === 'resolved' ? SEVERITIES.length : SEVERITIES.indexOf(group.severity)) * 1e13 - group.since;

const field = (fields: readonly string[], name: string): string => fields[fields.indexOf(name) + 1] ?? '';
/** A stream's ids begin with their time. */
const timeOf = (entryId: string): number => Number(entryId.split('-')[0]);

export class RedisAlertStore implements AlertStore {
  readonly #client: StoreClient;
  readonly #chains: ChainWriter;
  readonly #log: Log;

  readonly #onAside: () => void;

  constructor(client: StoreClient, chains: ChainWriter, log: Log, onAside: () => void = () => undefined) {
    this.#onAside = onAside;
    this.#client = client;
    this.#chains = chains;
    this.#log = log;
  }

  accept(incoming: Incoming): Promise<void> {
    const id = groupIdOf(incoming);
    const doc = JSON.stringify(incoming);
    return this.#client.call('store an alert', async () => {
      await this.#client.redis.xadd(keys.alertIntake(shardOf(id)), '*', 'id', id, 'doc', doc);
    });
  }

  waiting(): ReturnType<AlertStore['waiting']> {
    return this.#client.call('look for alerts', async () => {
      const found = await Promise.all(
        SHARDS.map(async (shard) => {
          const key = keys.alertIntake(shard);
          const [length, first] = await Promise.all([
            this.#client.redis.xlen(key),
            this.#client.redis.xrange(key, '-', '+', 'COUNT', 1),
          ]);
          return { shard, length, oldestAt: first[0] ? timeOf(first[0][0]) : null };
        }),
      );
      const times = found.flatMap(({ oldestAt }) => (oldestAt === null ? [] : [oldestAt]));
      return {
        shards: found.flatMap(({ shard, length }) => (length > 0 ? [shard] : [])),
        messages: found.reduce((sum, { length }) => sum + length, 0),
        oldestAt: times.length > 0 ? Math.min(...times) : null,
      };
    });
  }

  take(shard: number, limit: number): Promise<readonly WaitingGroup[]> {
    return this.#client.call('read alerts', async () => {
      const entries = await this.#client.redis.xrange(keys.alertIntake(shard), '-', '+', 'COUNT', limit);
      const groups = new Map<string, WaitingMessage[]>();
      for (const [entryId, fields] of entries) {
        const incoming = decodeIncoming(field(fields, 'doc'));
        const id = field(fields, 'id');
        if (incoming === null || shardOf(id) !== shard) await this.#putAside(shard, entryId, fields);
        else groups.set(id, [...(groups.get(id) ?? []), { entryId, incoming }]);
      }
      return Promise.all(
        [...groups].map(async ([id, messages]) => ({ id, messages, ...(await this.#readOrNone(id)) })),
      );
    });
  }

  /** It would be in the way of all that come after it; kept, since somebody was told that it is stored. */
  async #putAside(shard: number, entryId: string, fields: readonly string[]): Promise<void> {
    const { redis } = this.#client;
    this.#log.error({ shard, entryId }, 'an accepted alert cannot be read: put aside');
    this.#onAside();
    await redis.xadd(keys.alertAside(shard), 'MAXLEN', ASIDE_AT_MOST, '*', ...fields);
    await redis.xdel(keys.alertIntake(shard), entryId);
  }

  commit(id: string, entryIds: readonly string[], change: GroupChange | null): Promise<'done' | 'conflict'> {
    return this.#save(id, entryIds, change);
  }

  save(id: string, change: GroupChange): Promise<'done' | 'conflict'> {
    return this.#save(id, [], change);
  }

  #save(id: string, entryIds: readonly string[], change: GroupChange | null): Promise<'done' | 'conflict'> {
    const shard = shardOf(id);
    return this.#client.call('save an alert group', async (signal) => {
      const audit = keys.alertAudit(shard, id);
      const rev =
        change?.expectedRev ??
        Number((await this.#client.redis.hget(keys.alertState(shard, id), 'rev')) ?? 0);
      const lines = (change?.lines ?? []).map((line, index) =>
        encodeLine({ ...line, id: `${id}-${rev + 1}-${index + 1}` }),
      );
      const group = change?.next;
      const channel = group?.channel ?? '';
      const reply = await this.#chains.append(audit, change?.audit ?? [], signal, (args) =>
        this.#client.run(
          'alert-save',
          [
            keys.alertState(shard, id),
            keys.alertLines(shard, id),
            audit,
            keys.alertIntake(shard),
            keys.alertOpen(shard),
            keys.alertFresh(shard, channel),
            keys.alertDirty(shard, channel),
            keys.alertNamed(shard, channel),
            keys.alertChannels(shard),
          ],
          [
            id,
            rev,
            group ? JSON.stringify(group) : '',
            channel,
            group?.episode ?? 0,
            group?.state === 'resolved' ? 1 : 0,
            group?.since ?? 0,
            change?.isDirty ? 1 : 0,
            group ? urgencyOf(group) : 0,
            lines.length,
            ...lines,
            entryIds.length,
            ...entryIds,
            ...args,
          ],
        ),
      );
      return reply[0] === 'done' ? 'done' : 'conflict';
    });
  }

  load(id: string): Promise<StoredGroup | null> {
    return this.#client.call('load an alert group', () => this.#read(id));
  }

  async #read(id: string): Promise<StoredGroup | null> {
    const [doc, rev] = await this.#client.redis.hmget(keys.alertState(shardOf(id), id), 'doc', 'rev');
    return typeof doc === 'string' ? { group: decodeGroup(id, doc), rev: Number(rev ?? 0) } : null;
  }

  /** A state that cannot be read must not keep its next message waiting for ever: the group begins anew, over it. */
  async #readOrNone(id: string): Promise<{ readonly group: AlertGroup | null; readonly rev: number }> {
    const [doc, rev] = await this.#client.redis.hmget(keys.alertState(shardOf(id), id), 'doc', 'rev');
    try {
      return { group: typeof doc === 'string' ? decodeGroup(id, doc) : null, rev: Number(rev ?? 0) };
    } catch (error) {
      if (!isDabbawalaError(error, 'internal')) throw error;
      this.#log.error({ ...error.data }, error.message);
      return { group: null, rev: Number(rev ?? 0) };
    }
  }

  open(): Promise<readonly string[]> {
    return this.#client.call('list alert groups', async () => {
      const found = await Promise.all(
        SHARDS.map((shard) => this.#client.redis.zrange(keys.alertOpen(shard), '0', '-1', 'WITHSCORES')),
      );
      return found
        .flatMap((flat) =>
          Array.from({ length: flat.length / 2 }, (_, index) => ({
            id: flat[index * 2] ?? '',
            since: Number(flat[index * 2 + 1]),
          })),
        )
        .sort((a, b) => a.since - b.since)
        .map(({ id }) => id);
    });
  }

  appendAudit(id: string, drafts: readonly AuditDraft[]): Promise<void> {
    const key = keys.alertAudit(shardOf(id), id);
    return this.#client.call('write the audit trail', async (signal) => {
      await this.#chains.append(key, drafts, signal, (args) => this.#client.run('append-audit', [key], args));
    });
  }

  readAudit(id: string): Promise<readonly AuditRecord[]> {
    return this.#client.call('read the audit trail', () =>
      readChain(this.#client, keys.alertAudit(shardOf(id), id)),
    );
  }
}
