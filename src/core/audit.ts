import type { Origin, Person } from './target.ts';

export type AuditScalar = string | number | boolean | null;

/** One act, before it is chained. `data` holds before/after values, never secrets. */
export interface AuditDraft {
  /** ms since the epoch, Redis TIME. */
  readonly at: number;
  /** null: the engine itself. */
  readonly actor: Person | null;
  readonly origin: Origin;
  /** verb.noun: `deploy.request`, `approval.vote`, `weight.set`, `rollout.end`… */
  readonly action: string;
  /** What it was done to: target key, rollout id, object name. */
  readonly object: string;
  readonly outcome: 'done' | 'denied' | 'failed' | 'refused';
  readonly planDigest: string | null;
  readonly data: Readonly<Record<string, AuditScalar>>;
}

/** A draft with its place in a chain: hash = SHA-256 hex of prevHash + canonical JSON of the record without hash. */
export interface AuditRecord extends AuditDraft {
  readonly seq: number;
  readonly prevHash: string;
  readonly hash: string;
}
