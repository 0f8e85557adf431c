import type { AlertGroup, Incoming } from '../core/alert/alert-group.ts';
import type { AuditDraft, AuditRecord } from '../core/audit.ts';
import type { ThreadLine } from './rollout-store.ts';

export interface StoredGroup {
  readonly group: AlertGroup;
  /** Raised by every change. */
  readonly rev: number;
}

/** A message that is stored and not folded yet. */
export interface WaitingMessage {
  /** Names it in its shard; grows with time. */
  readonly entryId: string;
  readonly incoming: Incoming;
}

/** Messages of one group, oldest first, and what it was before them. */
export interface WaitingGroup {
  readonly id: string;
  /** null: no message of it was ever folded, or what is stored cannot be read: it begins anew. */
  readonly group: AlertGroup | null;
  /** To be expected at the commit; 0 where there is nothing. */
  readonly rev: number;
  readonly messages: readonly WaitingMessage[];
}

export interface GroupChange {
  readonly next: AlertGroup;
  /** The rev that `next` was computed from; 0 where there was none. */
  readonly expectedRev: number;
  readonly lines: readonly Omit<ThreadLine, 'id'>[];
  readonly audit: readonly AuditDraft[];
  /** Whether the card must be drawn again. */
  readonly isDirty: boolean;
}

/**
 * Alerts from their acceptance to their group. Each method touches one slot at a time. All throw DabbawalaError
 * `store_unavailable` within about 2 s when Redis does not answer.
 */
export interface AlertStore {
  /** Durable when it resolves: only then may the sender be told so. */
  accept(incoming: Incoming): Promise<void>;
  /** Shards in which messages wait, and how many there are in all, with the time of the oldest (ms; null: none). */
  waiting(): Promise<{
    readonly shards: readonly number[];
    readonly messages: number;
    readonly oldestAt: number | null;
  }>;
  /** Of a shard the oldest `limit` messages, by group. A message that cannot be read is put aside and logged, never in the way. */
  take(shard: number, limit: number): Promise<readonly WaitingGroup[]>;
  /**
   * The group's new state, its lines and records, and the end of the messages that made it, in one script. `conflict`:
   * somebody changed the group first; take again. `change` null: the messages told nothing new.
   */
  commit(id: string, entryIds: readonly string[], change: GroupChange | null): Promise<'done' | 'conflict'>;
  load(id: string): Promise<StoredGroup | null>;
  /** A person's change, or the clock's. */
  save(id: string, change: GroupChange): Promise<'done' | 'conflict'>;
  /** Ids of the groups that are not over, longest first. */
  open(): Promise<readonly string[]>;
  /** Appends to the group's chain without touching its state (denied tries). */
  appendAudit(id: string, drafts: readonly AuditDraft[]): Promise<void>;
  readAudit(id: string): Promise<readonly AuditRecord[]>;
}
