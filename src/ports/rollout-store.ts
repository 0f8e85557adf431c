import type { AlertGroup } from '../core/alert/alert-group.ts';
import type { Digest } from '../core/alert/digest.ts';
import type { AuditDraft, AuditRecord } from '../core/audit.ts';
import type { Incident } from '../core/incident/incident.ts';
import type { RestRecord } from '../core/rest/record.ts';
import type { Rollout } from '../core/rollout/rollout.ts';
import type { Person, Target } from '../core/target.ts';

/** A line for the card's thread, not yet delivered. Rendered when it happened. */
export interface ThreadLine {
  /** `<rolloutId>-<rev>-<n>`: the dedup id in the message's metadata and block_id. */
  readonly id: string;
  readonly text: string;
  readonly at: number;
  /** Whose mention makes it a push. */
  readonly mentions: readonly string[];
  /** The digest's names as a file, an addition: tried once, and what Slack does not take is left out. */
  readonly isList?: boolean;
}

export interface Stored {
  readonly rollout: Rollout;
  /** Raised by every save. */
  readonly rev: number;
  /** Highest fencing token given out for it. */
  readonly token: number;
}

export interface RolloutChange {
  readonly next: Rollout;
  /** The rev that `next` was computed from. */
  readonly expectedRev: number;
  /** The driver's fencing token; null for a person's change, which only tests `rev`. */
  readonly token: number | null;
  readonly lines: readonly Omit<ThreadLine, 'id'>[];
  readonly audit: readonly AuditDraft[];
  /** Whether the card must be drawn again. */
  readonly isDirty: boolean;
}

export type SaveResult =
  | { readonly kind: 'saved'; readonly rev: number }
  /** Somebody saved first: load and decide again. */
  | { readonly kind: 'conflict' }
  /** A newer owner took a higher token: stop driving. */
  | { readonly kind: 'fenced'; readonly token: number };

/**
 * Truth about rollouts. Each method touches one hash slot. All throw DabbawalaError `store_unavailable` within about
 * 2 s when Redis does not answer.
 */
export interface RolloutStore {
  /**
   * Stores a new rollout (rev 1, dirty) with its first audit records and thread lines and puts it on the active list.
   * `state_conflict`: there is one with this id, and nothing was written.
   */
  create(rollout: Rollout, audit: readonly AuditDraft[], lines?: RolloutChange['lines']): Promise<Stored>;
  /** null: no such rollout. A record that does not parse is quarantined: `internal` with the id, others go on. */
  load(id: string): Promise<Stored | null>;
  /** Compare-and-set on rev and token; state, thread lines, audit and dirtiness in one script. */
  save(id: string, change: RolloutChange): Promise<SaveResult>;
  /** Takes the rollout over: token = max(stored + 1, floor). */
  takeToken(id: string, floor: number): Promise<number>;
  /** Ids that have not ended, or whose card is not delivered yet. */
  active(): Promise<readonly string[]>;
  /** Removes an ended and fully delivered rollout from the active list. */
  forgetActive(id: string): Promise<void>;
  /** Appends to the rollout's chain without touching its state (denied tries). */
  appendAudit(id: string, drafts: readonly AuditDraft[]): Promise<void>;
  readAudit(id: string): Promise<readonly AuditRecord[]>;
}

export interface TargetLock {
  readonly owner: Person;
  readonly reason: string;
  readonly at: number;
}

/** Claim, lock and history of a target: all in the target's own slot. */
export interface TargetStore {
  /** Free claims go to the first who asks, or to the one that waits by takeTurn(). `held` names who has it or waits for it. */
  takeClaim(
    target: Target,
    rolloutId: string,
  ): Promise<{ readonly kind: 'taken' } | { readonly kind: 'held'; readonly rolloutId: string }>;
  readClaim(target: Target): Promise<string | null>;
  /**
   * The place of the one rollout that takes the claim as soon as it is free; until then nobody else gets it. Kept for a
   * minute and anew with each call, so that a place whose rollout is lost is free again. `held` names who waits already.
   */
  takeTurn(
    target: Target,
    rolloutId: string,
  ): Promise<{ readonly kind: 'taken' } | { readonly kind: 'held'; readonly rolloutId: string }>;
  /** Who waits for the claim; null: nobody. */
  readTurn(target: Target): Promise<string | null>;
  /** Claim and turn, only if they are this rollout's. Idempotent. */
  releaseClaim(target: Target, rolloutId: string): Promise<void>;
  /** All claims there are, with the time each was taken: for the sweeper. */
  claims(): Promise<
    readonly { readonly target: Target; readonly rolloutId: string; readonly takenAt: number }[]
  >;
  /** false: somebody else's lock is there. Same script appends the audit record. */
  lock(
    target: Target,
    lock: TargetLock,
    audit: AuditDraft,
  ): Promise<{ readonly kind: 'locked' } | { readonly kind: 'held'; readonly lock: TargetLock }>;
  unlock(target: Target, audit: AuditDraft): Promise<TargetLock | null>;
  readLock(target: Target): Promise<TargetLock | null>;
  /** Newest first. Index written when a rollout is created. */
  history(target: Target, limit: number): Promise<readonly string[]>;
  appendHistory(target: Target, rolloutId: string, createdAt: number): Promise<void>;
  appendAudit(target: Target, drafts: readonly AuditDraft[]): Promise<void>;
  readAudit(target: Target): Promise<readonly AuditRecord[]>;
  /** What was last said of the target at rest; null: nothing, or nothing that can be read. */
  readRest(target: Target): Promise<RestRecord | null>;
  /** false: the stored one is not the one before (`rev` - 1; 0: none). Same script appends the audit. */
  saveRest(target: Target, record: RestRecord, audit: readonly AuditDraft[]): Promise<boolean>;
}

/** What a card is drawn from: its subject's newest state. */
export type CardSubject =
  | { readonly kind: 'rollout'; readonly rollout: Rollout }
  | {
      readonly kind: 'alerts';
      readonly group: AlertGroup;
      /** The digest that names it while it has no card of its own. */
      readonly digest?: string | null;
      /** The digest that named its last episode and does not know yet that it is over. */
      readonly pastDigest?: string | null;
    }
  | { readonly kind: 'digest'; readonly digest: Digest }
  | { readonly kind: 'incident'; readonly incident: Incident };

/** Undelivered cards and thread lines. */
export type CardState = CardSubject & CardPost;
export type CardOf<K extends CardSubject['kind']> = CardPost & Extract<CardSubject, { readonly kind: K }>;

export interface CardPost {
  readonly id: string;
  readonly rev: number;
  readonly cardRev: number;
  readonly postedRev: number;
  readonly channel: string;
  /** Slack ts of the card; null before the first post. */
  readonly ts: string | null;
  /** A post was begun and its outcome is not known: look for the dedup id before posting again. */
  readonly isPosting: boolean;
  readonly lines: readonly ThreadLine[];
}

export interface Outbox {
  /** Every active card with undelivered state or lines, in no order. */
  dirty(channel?: string): Promise<readonly CardState[]>;
  markPosting(id: string): Promise<void>;
  /** The card shows `cardRev` now. `ts` null: it is gone (`message_not_found`), post a fresh one. */
  markPosted(id: string, cardRev: number, ts: string | null): Promise<void>;
  markLineSent(id: string, lineId: string): Promise<void>;
  /** Slack ts of the card; null before the first post. */
  cardTs(id: string): Promise<string | null>;
}

/**
 * The name of what the store remembers: it is gone when the store was wiped or is a new one. Both throw
 * `store_unavailable`.
 */
export interface StoreEpoch {
  /** null: the store remembers nothing of us. */
  read(): Promise<string | null>;
  /** Gives it a name unless it has one; returns the name that it has now. */
  begin(name: string): Promise<string>;
}

/** Once-only keys: Slack retries, replays, double clicks. */
export interface Deliveries {
  /** true: first time this key is seen within ttlMs. */
  isFirst(key: string, ttlMs: number): Promise<boolean>;
}

/** Audit of acts that belong to no target (unknown service, wrong channel…). */
export interface AuditLog {
  append(drafts: readonly AuditDraft[]): Promise<void>;
  read(): Promise<readonly AuditRecord[]>;
}
