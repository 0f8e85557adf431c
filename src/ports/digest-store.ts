import type { Digest } from '../core/alert/digest.ts';
import type { CardOf, Outbox } from './rollout-store.ts';

export interface StoredDigest {
  readonly digest: Digest;
  /** Raised by every change. */
  readonly rev: number;
  /** Slack knows it. */
  readonly isPosted: boolean;
  /** Every group in it knows that it stands there. Until then nobody else may be named. */
  readonly isMarked: boolean;
}

/**
 * Digests and their delivery. All are in one slot. All methods throw DabbawalaError `store_unavailable` within about 2 s
 * when Redis does not answer.
 */
export interface DigestStore extends Outbox {
  /** Until its list is noted as sent, a digest has it as its line. */
  dirty(channel?: string): Promise<readonly CardOf<'digest'>[]>;
  load(id: string): Promise<StoredDigest | null>;
  /** The channel's newest one; null: there is none, or it is long past. */
  newest(channel: string): Promise<StoredDigest | null>;
  /** Stores the channel's next digest, not marked. `conflict`: `before` (null: none) is no longer its newest. */
  begin(digest: Digest, before: string | null): Promise<'done' | 'conflict'>;
  /** `isMarked` false: names came. `conflict`: somebody changed it first, or it is gone. */
  save(digest: Digest, expectedRev: number, isMarked: boolean): Promise<'done' | 'conflict'>;
  /** Every group of this rev knows where it stands. Nothing happens when it changed since. */
  markNamed(id: string, rev: number): Promise<void>;
}

/** What waits in a channel, most urgent first. */
export interface AlertLook {
  /** Groups that no message tells of, all in all. */
  readonly fresh: number;
  /** Groups that only a digest tells of, and that are open. */
  readonly named: number;
  /** The most urgent of each kind. `changed`: their message, or the digest that names them, shows an older state. */
  readonly freshIds: readonly string[];
  readonly changedIds: readonly string[];
  readonly namedIds: readonly string[];
}

/** Undelivered cards of alert groups, told apart by what people know of them. */
export interface AlertOutbox extends Outbox {
  dirty(channel?: string): Promise<readonly CardOf<'alerts'>[]>;
  look(channel: string): Promise<AlertLook>;
  /** Channels in which open groups wait for a card of their own, told by a digest so far. */
  namedChannels(): Promise<readonly string[]>;
  /** Those of the ids that are still the channel's, in their order. */
  read(channel: string, ids: readonly string[]): Promise<readonly CardOf<'alerts'>[]>;
  /**
   * The digest tells of the group's episode at `rev`: it is no longer fresh, and when it is over, delivered. Idempotent. A
   * group that has a card, is being posted, began anew or stands in another digest is left as it is: false.
   */
  markNamed(id: string, episode: number, digestId: string, rev: number): Promise<boolean>;
  /** The digest that names the group while it has no card of its own; null: no such group. */
  placeOf(id: string): Promise<{ readonly digest: string | null; readonly episode: number } | null>;
  /** It is known that the digest that named an earlier episode says so. */
  forgetPast(id: string): Promise<void>;
}
