/** What people do with alerts. Each throws DabbawalaError for whatever the person should hear, and leaves its audit record. */
import type { AlertGroup } from '../../core/alert/alert-group.ts';
import type { Matcher, Matching } from '../../core/alert/silence.ts';
import type { StoredGroup } from '../../ports/alert-store.ts';
import type { FoundPod } from '../../ports/containment.ts';
import type { Actor, RolloutActs } from '../services.ts';

/** The card that a person saw: an alert group in one of its episodes. */
export interface SeenGroup {
  readonly id: string;
  /** Episode that the card showed; an older one is refused as `stale_button`. */
  readonly shown: string;
}

export interface FiringList {
  /** Nobody looks at it first, then worst, then newest. */
  readonly items: readonly { readonly group: AlertGroup; readonly link: string | null }[];
  readonly total: number;
  readonly unacknowledged: number;
  /** Open groups that were not read, the oldest: a storm. */
  readonly notLookedAt: number;
}

/** What a silence of the group would hold back now. */
export interface SilencePreview {
  readonly group: AlertGroup;
  readonly matchers: readonly Matcher[];
  readonly matching: Matching;
}

export interface SilenceAsked {
  readonly durationMs: number;
  readonly reason: string;
}

/** On one request of a card, as the button carried it: a stale or forged one is refused. */
export interface RequestDecision {
  readonly requestId: string;
  readonly digestPrefix: string;
  readonly decision: 'approve' | 'reject';
  readonly reason: string | null;
}

export interface ContainAsked {
  readonly kind: 'quarantine' | 'kill';
  /** Of the pod. */
  readonly uid: string;
  readonly reason: string;
}

export interface AlertActs {
  /** Throws `no_alert`. */
  load(id: string): Promise<StoredGroup>;
  /** What fires now; `service` null: everywhere. Throws `not_configured` where no alerts are taken. */
  firing(
    actor: Actor,
    which: { readonly service: string | null; readonly atMost: number },
  ): Promise<FiringList>;
  /** This person looks at it: nobody else is called. Idempotent for the same person; another one takes it over. */
  acknowledge(actor: Actor, seen: SeenGroup): Promise<StoredGroup>;
  /** Calls the next level now, or the last one again. */
  escalate(actor: Actor, seen: SeenGroup): Promise<StoredGroup>;
  /** Nobody looks at it any more. */
  unacknowledge(actor: Actor, seen: SeenGroup): Promise<StoredGroup>;
  /**
   * Back from a rollout that the card names: at once while it runs, by a fast lane later. `stale_button` when the service was
   * changed again since.
   */
  rollBackCause(actor: Actor, seen: SeenGroup, rolloutId: string): ReturnType<RolloutActs['requestRollback']>;
  /** For the form. Throws `not_configured`, `not_allowed`, `not_now`, `alertmanager_unavailable`. */
  previewSilence(actor: Actor, seen: SeenGroup): Promise<SilencePreview>;
  /** Silences the group's alerts in Alertmanager, or asks a second person where one is not enough. */
  silence(actor: Actor, seen: SeenGroup, asked: SilenceAsked): Promise<StoredGroup>;
  /** Ends the silence of this id in Alertmanager. Idempotent. */
  endSilence(actor: Actor, seen: SeenGroup, silenceId: string): Promise<StoredGroup>;
  /** Whether the person may mark it expected. Throws `not_allowed`, `not_now`. */
  mayMarkExpected(actor: Actor, seen: SeenGroup): Promise<StoredGroup>;
  /** Falco's rule for this workload: counted and shown, and nobody is called, for at most 7 days. */
  markExpected(actor: Actor, seen: SeenGroup, asked: SilenceAsked): Promise<StoredGroup>;
  /** Takes the mark back. Idempotent. */
  unmarkExpected(actor: Actor, seen: SeenGroup): Promise<StoredGroup>;
  /** Pods of a Falco card that may be quarantined, for the form. Throws `not_allowed`, `not_now`, `cluster_unavailable`. */
  podsToContain(
    actor: Actor,
    seen: SeenGroup,
  ): Promise<{ readonly group: AlertGroup; readonly pods: readonly FoundPod[] }>;
  /** Asks a second person to quarantine a pod, or to kill one that is. */
  askContain(actor: Actor, seen: SeenGroup, asked: ContainAsked): Promise<StoredGroup>;
  /** Approve or reject what the card asks; what was approved is done. */
  decideRequest(actor: Actor, seen: SeenGroup, decision: RequestDecision): Promise<StoredGroup>;
  /** Marks the card to be drawn again and wakes its channel. */
  redraw(id: string): Promise<void>;
}
