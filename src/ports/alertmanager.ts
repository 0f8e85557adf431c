import type { Matcher } from '../core/alert/silence.ts';

/** An alert that Alertmanager holds: it fires, whether or not something holds it back. */
export interface HeldAlert {
  readonly labels: Readonly<Record<string, string>>;
}

export interface SilenceSpec {
  /** At least one. */
  readonly matchers: readonly Matcher[];
  /** ms since the epoch. */
  readonly startsAt: number;
  readonly endsAt: number;
  readonly createdBy: string;
  readonly comment: string;
}

export interface SilenceState {
  readonly id: string;
  readonly state: 'pending' | 'active' | 'expired';
  /** ms since the epoch. */
  readonly endsAt: number;
}

/**
 * Alertmanager's API v2. Every method throws DabbawalaError `alertmanager_unavailable` (`mayBeDone` in its data: the
 * request may have arrived) or `alertmanager_refused` (the same words would be refused again), within the time-out.
 */
export interface Alertmanager {
  /** Alerts that match all of these, silenced and inhibited ones too. Refuses an empty set. */
  alerts(matchers: readonly Matcher[]): Promise<readonly HeldAlert[]>;
  /** The new silence's id. Not idempotent: after `mayBeDone` look for it first. Refuses an empty set of matchers. */
  create(spec: SilenceSpec): Promise<string>;
  /** null: Alertmanager knows none of that id. */
  find(id: string): Promise<SilenceState | null>;
  /** The newest one that has not ended and whose comment holds these words; null: there is none. */
  findByComment(words: string): Promise<SilenceState | null>;
  /** Ends it now. Idempotent: one that has ended, or is not known, is no error. */
  end(id: string): Promise<void>;
}

/**
 * Alert groups that the clock must look at, whether or not they are over: a silence that is open, a request that waits.
 * Written before what it is about. Both throw `store_unavailable`.
 */
export interface Errands {
  /** Group id to the time (ms) of its last entry. */
  all(): Promise<ReadonlyMap<string, number>>;
  add(groupId: string, now: number): Promise<void>;
  remove(groupId: string): Promise<void>;
}
