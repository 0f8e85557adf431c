import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import type { AuditDraft, AuditRecord, AuditScalar } from './audit.ts';

/** Where a chain ends: what the next record must name as its `prevHash`. */
export interface ChainHead {
  readonly seq: number;
  readonly hash: string;
}

/** The head of a chain without records. */
export const GENESIS: ChainHead = { seq: 0, hash: '0'.repeat(64) };

export type ChainFaultKind =
  /** The record's content does not give its hash: it was altered. */
  | 'altered'
  /** The record does not name its predecessor's hash: one was deleted, inserted or moved before it. */
  | 'broken_link'
  /** The numbering has a gap or runs backwards. */
  | 'sequence'
  /** The chain ends before the head that was recorded elsewhere: its tail is gone. */
  | 'truncated';

export interface ChainFault {
  /** Place in the list that was verified, from 0. */
  readonly index: number;
  readonly seq: number;
  readonly kind: ChainFaultKind;
  readonly message: string;
}

/**
 * Strings and numbers as RFC 8785 can carry them. An act must never go unrecorded because somebody pasted half an
 * emoji, so what JSON cannot say is replaced here, once, before it is hashed.
 */
const sayable = <T extends AuditScalar>(value: T): T | null => {
  if (typeof value === 'string') return value.toWellFormed() as T;
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  return value;
};

const cleanDraft = (draft: AuditDraft): AuditDraft => ({
  at: draft.at,
  actor: draft.actor && {
    id: draft.actor.id.toWellFormed(),
    name: sayable(draft.actor.name),
    email: sayable(draft.actor.email),
  },
  origin: { via: draft.origin.via, team: sayable(draft.origin.team), channel: sayable(draft.origin.channel) },
  action: draft.action.toWellFormed(),
  object: draft.object.toWellFormed(),
  outcome: draft.outcome,
  planDigest: sayable(draft.planDigest),
  data: Object.fromEntries(
    Object.entries(draft.data).map(([name, value]) => [name.toWellFormed(), sayable(value)]),
  ),
});

/** Canonical JSON of a record without its hash: the bytes that are hashed and stored. */
export const canonicalBody = (record: Omit<AuditRecord, 'hash'>): string => {
  const { hash: _, ...body } = record as AuditRecord;
  return canonicalize(body) ?? '';
};

const hashOf = (prevHash: string, body: string): string =>
  createHash('sha256').update(prevHash).update(body).digest('hex');

/** Gives drafts their places after `head`, in order. */
export const chainDrafts = (head: ChainHead, drafts: readonly AuditDraft[]): readonly AuditRecord[] => {
  const records: AuditRecord[] = [];
  let last = head;
  for (const draft of drafts) {
    const body = { ...cleanDraft(draft), seq: last.seq + 1, prevHash: last.hash };
    const record = { ...body, hash: hashOf(last.hash, canonicalBody(body)) };
    records.push(record);
    last = record;
  }
  return records;
};

const bodyHash = (record: AuditRecord): string | null => {
  try {
    return hashOf(record.prevHash, canonicalBody(record));
  } catch {
    return null;
  }
};

/**
 * The first fault of a chain, or null. `start` is the head before the first record (an exported chain may begin later);
 * with `expectedHead`, recorded elsewhere, a chain whose tail was cut off is found as well.
 */
export const verifyChain = (
  records: readonly AuditRecord[],
  start: ChainHead = GENESIS,
  expectedHead: ChainHead | null = null,
): ChainFault | null => {
  let last = start;
  for (const [index, record] of records.entries()) {
    const fault = (kind: ChainFaultKind, message: string): ChainFault => ({
      index,
      seq: record.seq,
      kind,
      message: `record ${index + 1} (seq ${record.seq}): ${message}`,
    });
    if (bodyHash(record) !== record.hash) return fault('altered', 'its content does not give its hash');
    if (record.prevHash !== last.hash) return fault('broken_link', 'it does not follow the record before it');
    if (record.seq !== last.seq + 1) return fault('sequence', `expected seq ${last.seq + 1}`);
    last = record;
  }
  if (expectedHead && (expectedHead.seq !== last.seq || expectedHead.hash !== last.hash))
    return {
      index: records.length,
      seq: last.seq,
      kind: 'truncated',
      message: `the chain ends at seq ${last.seq}, the head recorded elsewhere is seq ${expectedHead.seq}`,
    };
  return null;
};
