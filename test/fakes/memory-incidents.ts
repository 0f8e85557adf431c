import type { AuditDraft, AuditRecord } from '../../src/core/audit.ts';
import { chainDrafts, GENESIS } from '../../src/core/audit-chain.ts';
import { type Incident, isOpen } from '../../src/core/incident/incident.ts';
import type {
  Founding,
  IncidentSave,
  IncidentStore,
  StoredIncident,
} from '../../src/ports/incident-store.ts';

/** Incidents in memory, with the same promises. */
export class MemoryIncidents implements IncidentStore {
  readonly rows = new Map<string, StoredIncident>();
  readonly lines: { readonly id: string; readonly text: string; readonly mentions: readonly string[] }[] = [];
  readonly #audit = new Map<string, readonly AuditRecord[]>();
  #count = 0;

  /** As if it had been declared. */
  put(incident: Incident): void {
    this.rows.set(incident.id, { incident, rev: 1 });
  }

  async create(found: Founding): ReturnType<IncidentStore['create']> {
    const id = `INC-${++this.#count}`;
    const { next, lines, audit } = found(id);
    const other =
      next.key === null
        ? null
        : [...this.rows.values()].find(({ incident }) => isOpen(incident) && incident.key === next.key);
    if (other) return { ...other, isNew: false };
    await this.#write(id, { next, lines, audit });
    return { incident: next, rev: 1, isNew: true };
  }

  async load(id: string): Promise<StoredIncident | null> {
    return this.rows.get(id) ?? null;
  }

  async save(id: string, change: IncidentSave): Promise<'done' | 'conflict'> {
    if ((this.rows.get(id)?.rev ?? 0) !== change.expectedRev) return 'conflict';
    await this.#write(id, change);
    return 'done';
  }

  async #write(id: string, { next, lines, audit }: ReturnType<Founding>): Promise<void> {
    this.rows.set(id, { incident: next, rev: (this.rows.get(id)?.rev ?? 0) + 1 });
    this.lines.push(...lines.map(({ text, mentions }) => ({ id, text, mentions })));
    await this.appendAudit(id, audit);
  }

  async open(): Promise<readonly StoredIncident[]> {
    return [...this.rows.values()]
      .filter(({ incident }) => isOpen(incident))
      .sort((a, b) => a.incident.declaredAt - b.incident.declaredAt);
  }

  async recent(limit: number): Promise<readonly StoredIncident[]> {
    return [...this.rows.values()]
      .sort((a, b) => b.incident.declaredAt - a.incident.declaredAt)
      .slice(0, limit);
  }

  async appendAudit(id: string, drafts: readonly AuditDraft[]): Promise<void> {
    const before = this.#audit.get(id) ?? [];
    this.#audit.set(id, [...before, ...chainDrafts(before.at(-1) ?? GENESIS, drafts)]);
  }

  async readAudit(id: string): Promise<readonly AuditRecord[]> {
    return this.#audit.get(id) ?? [];
  }
}
