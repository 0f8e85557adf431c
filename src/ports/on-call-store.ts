import type { Override } from '../core/alert/on-call.ts';
import type { AuditDraft, AuditRecord } from '../core/audit.ts';

/** Who stands in on which level. All throw DabbawalaError `store_unavailable` within about 2 s when Redis does not answer. */
export interface OnCallStore {
  /** At most one a level; those that have ended may still be among them. */
  overrides(): Promise<readonly Override[]>;
  /** In place of the one before on that level. Same script appends the audit record. */
  setOverride(override: Override, audit: AuditDraft): Promise<void>;
  /** Idempotent. Returns the one that was there. */
  clearOverride(level: number, audit: AuditDraft): Promise<Override | null>;
  readAudit(): Promise<readonly AuditRecord[]>;
}
