/**
 * The use cases, in the words of the ports. Commands and handlers call these and nothing else; each throws
 * DabbawalaError for whatever a person should hear, and each has written its audit record when it returns or throws.
 */

import type { Approval } from '../core/approval/approval.ts';
import type { Colour } from '../core/colour.ts';
import type { Plan } from '../core/rollout/plan.ts';
import type { Rollout } from '../core/rollout/rollout.ts';
import type { Origin, Person, Target } from '../core/target.ts';
import type { Stored, TargetLock } from '../ports/rollout-store.ts';
import type { RouteState } from '../ports/traffic-router.ts';
import type { AlertActs } from './alerts/alert-acts.ts';
import type { MuteActs } from './alerts/mute-acts.ts';
import type { OnCallActs } from './alerts/on-call-acts.ts';
import type { IncidentActs } from './incidents/incident-acts.ts';

/** Who acts and from where; every use case takes it. `person` has been looked up (e-mail included) by the entry point. */
export interface Actor {
  readonly person: Person;
  readonly origin: Origin;
}

export interface DeployRequest {
  readonly target: Target;
  readonly version: string;
  readonly reason: string | null;
  /** Because stable is broken: 100 % in one move after the probes. Refused in the plan where stable is not. */
  readonly forceForward?: boolean;
  /** The incident that it is the fix of: whoever leads it must be among those who approve. */
  readonly fixes?: string;
  /** Instead of the rollout that runs, which goes back first. `only`: refused when another one runs than that. */
  readonly supersede?: { readonly only: string | null };
}

export interface AdoptionRequest {
  readonly target: Target;
  readonly reason: string | null;
  /** Back to one plain Deployment. */
  readonly isUndo: boolean;
}

export interface TargetStatus {
  readonly target: Target;
  /** The running rollout, if any. */
  readonly running: Stored | null;
  /** The one that waits to take its place, if any. */
  readonly waiting?: Rollout | null;
  /** The newest ended one, if any. */
  readonly last: Rollout | null;
  readonly lock: TargetLock | null;
  /** What the route says now; null with `routeFault` when it could not be read. */
  readonly route: RouteState | null;
  readonly routeFault: string | null;
  /** What each colour's Deployment runs, by tag where it is known, else by short digest; null: none, or not to be seen. */
  readonly versions: Readonly<Record<Colour, string | null>>;
}

/** Ids and addresses as configured. */
export interface NamedPeople {
  readonly users: readonly string[];
  readonly groups: readonly string[];
  readonly emails: readonly string[];
}

export interface VerbRight {
  readonly verb: string;
  /** null: listed nowhere, so open to the channel or to nobody, as `may` says. */
  readonly people: NamedPeople | null;
  /** `unknown`: a membership could not be read in time. */
  readonly may: 'yes' | 'no' | 'unknown';
}

export interface MyApproval {
  readonly rollout: Rollout;
  readonly approval: Approval;
  /** Address of the card; null where it is not known. */
  readonly link: string | null;
}

export type VoteResult =
  /** Counted; the approval still needs others. */
  | {
      readonly kind: 'counted';
      readonly votes: number;
      readonly needed: number;
      /** Whose yes is still missing, in words: `Asha leads INC-12`. */
      readonly missing?: string;
    }
  | { readonly kind: 'decided'; readonly decision: 'approved' | 'rejected' }
  /** The same person had voted the same before: nothing changed. */
  | { readonly kind: 'repeated' };

/** Done on the route alone, since the store could not say what runs; recorded when it is back. */
export interface RouteRollback {
  readonly kind: 'by-route';
  readonly target: Target;
  readonly rolloutId: string;
  /** Percent that the candidate had; 0: it had no traffic, and the order is kept until the store is back. */
  readonly from: number;
  /** Versions as people know them, or colours. */
  readonly stable: string;
  readonly candidate: string;
}

/** Acts by area; what moves traffic stands at the top. */
export interface Services extends RolloutActs {
  readonly alerts: AlertActs;
  readonly onCall: OnCallActs;
  readonly mutes: MuteActs;
  readonly incidents: IncidentActs;
}

export interface RolloutActs {
  /** Stores `planning` under the target's claim and wakes the engine; the card follows. Throws rollout_running, not_allowed… */
  requestDeploy(actor: Actor, request: DeployRequest): Promise<Stored>;
  /** The same plan, judged and returned; takes no claim and stores nothing. A refused plan is returned with its gates. */
  planDeploy(
    actor: Actor,
    request: DeployRequest,
  ): Promise<{ readonly plan: Plan | null; readonly refusal: Rollout['refusal'] }>;
  /** The same for a plain Deployment that becomes blue and green, or goes back. */
  requestAdoption(actor: Actor, request: AdoptionRequest): Promise<Stored>;
  /** Approve or reject. `shown` is what the button carried: a stale or forged one is refused. */
  vote(
    actor: Actor,
    vote: {
      readonly rolloutId: string;
      readonly approvalId: string;
      readonly decision: 'approve' | 'reject';
      readonly reason: string | null;
      readonly digestPrefix: string;
    },
  ): Promise<VoteResult>;
  /** During a rollout and in its drain: weight-only, at once. Later: a fast lane to the last good digest. Before approval: withdraws. Without the store: by the route. */
  requestRollback(
    actor: Actor,
    target: Target,
    reason: string | null,
  ): Promise<
    { readonly kind: 'at-once' | 'withdrawn' | 'fast-lane'; readonly stored: Stored } | RouteRollback
  >;
  /** The same, bound to one rollout (buttons): `no_rollout` when that one has ended. */
  rollBackRollout(
    actor: Actor,
    rolloutId: string,
    reason: string | null,
  ): Promise<{ readonly kind: 'at-once' | 'withdrawn'; readonly stored: Stored } | RouteRollback>;
  hold(actor: Actor, target: Target, reason: string | null): Promise<Stored>;
  /** On from a pause. On a step that lacks requests alone an approval to go on without evidence is asked, where the plan says so. */
  go(actor: Actor, target: Target): Promise<Stored>;
  /** Asks on the card for 100 % in one move; rules and bake stay. */
  promote(actor: Actor, target: Target): Promise<Stored>;
  /** Down: at once and paused. Up: an approval is asked on the card. Answers with the sentence of what was or will be. */
  shiftTraffic(
    actor: Actor,
    target: Target,
    percent: number,
  ): Promise<{
    readonly kind: 'at-once' | 'approval-asked';
    readonly stored: Stored;
    readonly sentence: string;
  }>;
  status(actor: Actor, target: Target): Promise<TargetStatus>;
  /** Newest first, at most 20. */
  history(actor: Actor, target: Target): Promise<readonly Rollout[]>;
  /** Which verbs this person may use there. It lets nobody in: each act asks again. */
  rights(actor: Actor, target: Target): Promise<readonly VerbRight[]>;
  lock(actor: Actor, target: Target, reason: string): Promise<TargetLock>;
  unlock(actor: Actor, target: Target, reason: string | null): Promise<TargetLock>;
  /** Tags of a service, newest first, at most 100; `createdAt` for the first 20. */
  versions(
    service: string,
    prefix: string,
  ): Promise<readonly { readonly tag: string; readonly createdAt: number | null }[]>;
  /** Pending approvals that this person may decide, the first to expire first, at most 10. */
  myApprovals(
    actor: Actor,
  ): Promise<{ readonly items: readonly MyApproval[]; readonly areGroupsKnown: boolean }>;
  /** Targets that a rollback would find something to do for, by the words typed; at most 30. */
  rollbackTargets(query: string): Promise<readonly Target[]>;
  /** Every target of the configuration, sorted. */
  targets(): readonly Target[];
  load(rolloutId: string): Promise<Stored>;
  /** What the route says of an unfinished rollout, for when the store cannot be asked; null: no route carries it. */
  placeOnRoute(rolloutId: string): Promise<{ readonly target: Target; readonly channel: string } | null>;
  /** Records the rollbacks that were done by the route alone. Never throws. */
  recordLate(): Promise<void>;
  /** An act that failed before it reached a use case (wrong channel, unknown verb): audited, never thrown. */
  auditDenied(actor: Actor, action: string, object: string, code: string): Promise<void>;
}
