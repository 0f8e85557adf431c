/** What people do with alerts. Each throws DabbawalaError for whatever the person should hear, and leaves its audit record. */
import type { StoredGroup } from '../../ports/alert-store.ts';
import type { Actor, RolloutActs } from '../services.ts';

/** The card that a person saw: an alert group in one of its episodes. */
export interface SeenGroup {
  readonly id: string;
  /** Episode that the card showed; an older one is refused as `stale_button`. */
  readonly shown: string;
}

export interface AlertActs {
  /** Throws `no_alert`. */
  load(id: string): Promise<StoredGroup>;
  /** This person looks at it: nobody else is called. Idempotent for the same person; another one takes it over. */
  acknowledge(actor: Actor, seen: SeenGroup): Promise<StoredGroup>;
  /** Nobody looks at it any more. */
  unacknowledge(actor: Actor, seen: SeenGroup): Promise<StoredGroup>;
  /**
   * Back from a rollout that the card names: at once while it runs, by a fast lane later. `stale_button` when the service was
   * changed again since.
   */
  rollBackCause(actor: Actor, seen: SeenGroup, rolloutId: string): ReturnType<RolloutActs['requestRollback']>;
  /** Marks the card to be drawn again and wakes its channel. */
  redraw(id: string): Promise<void>;
}
