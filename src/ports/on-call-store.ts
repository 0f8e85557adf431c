import type { OrderedMute } from '../core/alert/mute.ts';
import type { Override } from '../core/alert/on-call.ts';
import type { AuditDraft, AuditRecord } from '../core/audit.ts';

/** Who stands in on which level, and what calls nobody for a while. All throw DabbawalaError `store_unavailable` within about 2 s when Redis does not answer. */
export interface OnCallStore {
  /** At most one a level; those that have ended may still be among them. */
  overrides(): Promise<readonly Override[]>;
  /** In place of the one before on that level. Same script appends the audit record. */
  setOverride(override: Override, audit: AuditDraft): Promise<void>;
  /** Idempotent. Returns the one that was there. */
  clearOverride(level: number, audit: AuditDraft): Promise<Override | null>;
  /** Those that have ended may still be among them for a day. */
  mutes(): Promise<readonly OrderedMute[]>;
  /** In place of the one of that name. Same script appends the audit record. */
  setMute(mute: OrderedMute, audit: AuditDraft): Promise<void>;
  /** Idempotent. Returns the one that was there. */
  endMute(name: string, audit: AuditDraft): Promise<OrderedMute | null>;
  readAudit(): Promise<readonly AuditRecord[]>;
}
