import type { AuditDraft, AuditRecord } from '../core/audit.ts';
import type { Incident } from '../core/incident/incident.ts';
import type { ThreadLine } from './rollout-store.ts';

export interface StoredIncident {
  readonly incident: Incident;
  /** Raised by every change. */
  readonly rev: number;
}

export interface IncidentSave {
  readonly next: Incident;
  /** The rev that `next` was computed from. */
  readonly expectedRev: number;
  readonly lines: readonly Omit<ThreadLine, 'id'>[];
  readonly audit: readonly AuditDraft[];
  /** Whether the card must be drawn again. */
  readonly isDirty: boolean;
}

/** What a new incident is, once its id is known. */
export type Founding = (id: string) => Omit<IncidentSave, 'expectedRev' | 'isDirty'>;

/**
 * Incidents, all in one slot: they are few. All methods throw DabbawalaError `store_unavailable` within about 2 s when
 * Redis does not answer.
 */
export interface IncidentStore {
  /**
   * Gives the next id, and stores what `found` makes of it (rev 1, dirty). Where an open incident has the same `key`
   * nothing is stored: that one is returned, with `isNew` false. A number may be left out, none is given twice.
   */
  create(found: Founding): Promise<StoredIncident & { readonly isNew: boolean }>;
  /** null: no such incident. Throws `internal` when what is stored cannot be read. */
  load(id: string): Promise<StoredIncident | null>;
  save(id: string, change: IncidentSave): Promise<'done' | 'conflict'>;
  /** Open ones, oldest first. One that cannot be read is left out and logged. */
  open(): Promise<readonly StoredIncident[]>;
  /** Newest first, open or not. One that cannot be read is left out and logged. */
  recent(limit: number): Promise<readonly StoredIncident[]>;
  /** Appends to the incident's chain without touching its state. */
  appendAudit(id: string, drafts: readonly AuditDraft[]): Promise<void>;
  readAudit(id: string): Promise<readonly AuditRecord[]>;
}
