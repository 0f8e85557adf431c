/** What goes into a decision and what comes out of it. All data; nothing here does anything. */
import type { Sample } from '../analysis/reading.ts';
import type { Colour } from '../colour.ts';
import type { AutoscalerRef, AutoscalerState } from './autoscaler.ts';
import type { Plan } from './plan.ts';
import type { ReasonCode, Rollout, RolloutEvent } from './rollout.ts';

/** Seen, surely absent, or not known. The third never counts as either of the others. */
export type Seen<T> =
  | { readonly kind: 'seen'; readonly value: T }
  | { readonly kind: 'absent' }
  | { readonly kind: 'unknown'; readonly detail: string };

export const seen = <T>(value: T): Seen<T> => ({ kind: 'seen', value });
export const ABSENT: Seen<never> = { kind: 'absent' };
export const unseen = (detail: string): Seen<never> => ({ kind: 'unknown', detail });

export interface RouteSeen {
  /** The candidate's percent on the object now. */
  readonly percent: number;
  /** Field manager that last wrote it. */
  readonly lastWriter: string | null;
}

export interface WorkloadSeen {
  readonly uid: string;
  /** Rollout that made it, by our annotation; null: not ours. */
  readonly rolloutId: string | null;
  readonly replicas: number;
  readonly ready: number;
  /** Of the image in its pod template; null: it names none. */
  readonly digest: string | null;
  /** The controller has seen the newest generation. */
  readonly isObserved: boolean;
  readonly isBeingDeleted: boolean;
  /** `ImagePullBackOff`, `CrashLoopBackOff`… of some pod, or what refuses to have pods made; null: none. */
  readonly waiting: string | null;
}

/** What an adoption moves beside the route. */
export interface GroundSeen {
  readonly hasSubsets: boolean;
  /** Deployment that the plan's autoscaler scales; null: there is no autoscaler of that name. */
  readonly autoscalerTarget: string | null;
}

/** What scales and protects the two colours. null: it is not there. */
export interface ScalingSeen {
  /** The service's own autoscaler. */
  readonly own: AutoscalerState | null;
  /** Whatever has the name of the candidate's. */
  readonly twin: AutoscalerState | null;
  /** Colour that the plan's PodDisruptionBudget selects. */
  readonly budget: Colour | null;
}

export interface ClientSeen {
  /** Workload that the requests come from; `unknown` for what is not in the mesh. */
  readonly name: string;
  readonly requests: number;
}

export type PlanOutcome =
  | { readonly kind: 'planned'; readonly plan: Plan }
  | {
      readonly kind: 'refused';
      readonly code: string;
      readonly text: string;
      readonly hint: string;
      /** Text to copy as it is: rules for somebody else's tool. */
      readonly snippet?: string;
      readonly plan: Plan | null;
    }
  /** Registry or cluster did not answer: try again. */
  | { readonly kind: 'unknown'; readonly code: string; readonly detail: string };

/** How far the way is for a rollout that was asked for instead of another. */
export interface TurnSeen {
  /** Rollout that holds the claim; null: none. */
  readonly claimedBy: string | null;
  /** The one that goes back first; null: there is no record of it. */
  readonly predecessor: Rollout | null;
}

export interface ProbeSeen {
  readonly state: 'absent' | 'running' | 'passed' | 'failed';
  readonly evidence: string;
  /** podHttp requests that this look sent. */
  readonly requests?: number;
}

/** One look at the world. Parts that the phase did not ask for are null. */
export interface Observed {
  /** ms since the epoch, Redis TIME. */
  readonly now: number;
  /** false: decide from memory; nothing but a rollback may happen. */
  readonly isStoreUp: boolean;
  readonly planning: PlanOutcome | null;
  /** Of a rollout that was asked for instead of another, while it is planned. */
  readonly turn?: Seen<TurnSeen> | null;
  readonly route: Seen<RouteSeen> | null;
  readonly stable: Seen<WorkloadSeen> | null;
  readonly candidate: Seen<WorkloadSeen> | null;
  /** Present exactly on a tick. */
  readonly sample: Sample | null;
  readonly probes: Readonly<Record<string, ProbeSeen>>;
  /** Of an adoption alone. */
  readonly ground?: Seen<GroundSeen> | null;
  /** Where the plan has an autoscaler or a budget to care for. */
  readonly scaling?: Seen<ScalingSeen> | null;
  /** Of an adoption, on a tick: who still sends requests to the Deployment that the route has left. */
  readonly clients?: Seen<readonly ClientSeen[]> | null;
  /** Before traffic, on a tick: who sends requests to the candidate, by what its own side has seen since it was made. */
  readonly strays?: Seen<readonly ClientSeen[]> | null;
  /** Why an effect of the last pass could not be done, in words; null: all were. */
  readonly fault: string | null;
  /** Candidate's percent that the API server last stored for us in this process; null: none yet. */
  readonly written: number | null;
}

/** What is to be done to the world. Each is idempotent. */
export type Effect =
  /** Candidate's percent of the pair. 0 may be written before its intent is stored. */
  | { readonly kind: 'set-weight'; readonly percent: number }
  | { readonly kind: 'delete-colour'; readonly uid: string }
  | { readonly kind: 'create-candidate' }
  | { readonly kind: 'scale'; readonly role: 'stable' | 'candidate'; readonly replicas: number }
  | { readonly kind: 'start-probe'; readonly name: string; readonly attempt: number }
  | { readonly kind: 'add-subsets' }
  | { readonly kind: 'move-autoscaler'; readonly to: string }
  /** A minimum for as long as the rollout lives. */
  | { readonly kind: 'raise-floor'; readonly of: AutoscalerRef; readonly replicas: number }
  /** The candidate's own autoscaler, like the service's. */
  | { readonly kind: 'create-twin'; readonly of: AutoscalerRef; readonly replicas: number }
  | { readonly kind: 'delete-twin'; readonly of: AutoscalerRef; readonly uid: string }
  /** Its own minimum back; `to`: the Deployment that it scales from now on, null: as it is. */
  | { readonly kind: 'settle-autoscaler'; readonly of: AutoscalerRef; readonly to: string | null }
  | { readonly kind: 'move-budget'; readonly name: string; readonly to: Colour }
  /** Both colours, as the end of an undo. */
  | { readonly kind: 'delete-colours' }
  /** The rollout that this one supersedes is asked to go back. */
  | { readonly kind: 'ask-way-back' }
  | { readonly kind: 'take-claim' }
  | { readonly kind: 'release-route' }
  | { readonly kind: 'release-claim' };

export interface Decision {
  readonly next: Rollout;
  readonly effects: readonly Effect[];
  readonly reason: ReasonCode;
  readonly events: readonly RolloutEvent[];
}
