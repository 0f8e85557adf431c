/** The alert store in memory, with the same promises: one change a rev, a message once. */
import type { AlertGroup, Incoming } from '../../src/core/alert/alert-group.ts';
import { groupIdOf, shardOf } from '../../src/core/alert/fingerprint.ts';
import type { AuditDraft, AuditRecord } from '../../src/core/audit.ts';
import { chainDrafts, GENESIS } from '../../src/core/audit-chain.ts';
import type { AlertStore, GroupChange, WaitingMessage } from '../../src/ports/alert-store.ts';

interface Row {
  group: AlertGroup;
  rev: number;
}

export class MemoryAlerts implements AlertStore {
  readonly rows = new Map<string, Row>();
  readonly lines: { readonly id: string; readonly text: string; readonly mentions: readonly string[] }[] = [];
  readonly #waiting = new Map<string, WaitingMessage & { readonly id: string }>();
  readonly #audit = new Map<string, readonly AuditRecord[]>();
  #entries = 0;

  /** As if its messages had been folded. */
  put(group: AlertGroup): void {
    this.rows.set(group.id, { group, rev: 1 });
  }

  async accept(incoming: Incoming): Promise<void> {
    const entryId = `${String(++this.#entries).padStart(13, '0')}-0`;
    this.#waiting.set(entryId, { entryId, incoming, id: groupIdOf(incoming) });
  }

  async waiting(): ReturnType<AlertStore['waiting']> {
    const all = [...this.#waiting.values()];
    return {
      shards: [...new Set(all.map(({ id }) => shardOf(id)))],
      messages: all.length,
      oldestAt: all[0] ? Number(all[0].entryId.split('-')[0]) : null,
    };
  }

  async take(shard: number, limit: number): ReturnType<AlertStore['take']> {
    const entries = [...this.#waiting.values()].filter(({ id }) => shardOf(id) === shard).slice(0, limit);
    return [...Map.groupBy(entries, ({ id }) => id)].map(([id, messages]) => ({
      ...{ id, messages },
      group: this.rows.get(id)?.group ?? null,
      rev: this.rows.get(id)?.rev ?? 0,
    }));
  }

  async commit(
    id: string,
    entryIds: readonly string[],
    change: GroupChange | null,
  ): Promise<'done' | 'conflict'> {
    if (entryIds.some((entryId) => !this.#waiting.has(entryId))) return 'conflict';
    if (change && (await this.save(id, change)) === 'conflict') return 'conflict';
    for (const entryId of entryIds) this.#waiting.delete(entryId);
    return 'done';
  }

  async load(id: string): ReturnType<AlertStore['load']> {
    const row = this.rows.get(id);
    return row ? { ...row } : null;
  }

  async save(id: string, change: GroupChange): Promise<'done' | 'conflict'> {
    const rev = this.rows.get(id)?.rev ?? 0;
    if (rev !== change.expectedRev) return 'conflict';
    this.rows.set(id, { group: change.next, rev: rev + 1 });
    this.lines.push(...change.lines.map(({ text, mentions }) => ({ id, text, mentions })));
    await this.appendAudit(id, change.audit);
    return 'done';
  }

  async open(): Promise<readonly string[]> {
    return [...this.rows.values()]
      .filter(({ group }) => group.resolvedAt === null)
      .sort((a, b) => a.group.since - b.group.since)
      .map(({ group }) => group.id);
  }

  async appendAudit(id: string, drafts: readonly AuditDraft[]): Promise<void> {
    const before = this.#audit.get(id) ?? [];
    this.#audit.set(id, [...before, ...chainDrafts(before.at(-1) ?? GENESIS, drafts)]);
  }

  async readAudit(id: string): Promise<readonly AuditRecord[]> {
    return this.#audit.get(id) ?? [];
  }
}
