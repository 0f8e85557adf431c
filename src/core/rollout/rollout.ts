import type { RuleVerdict } from '../analysis/rule.ts';
import type { Approval } from '../approval/approval.ts';
import type { Origin, Person, Target } from '../target.ts';
import type { Plan, RolloutKind } from './plan.ts';

export type Phase =
  | 'planning'
  | 'awaiting-approval'
  | 'preparing'
  | 'probing'
  | 'shifting'
  | 'analysing'
  | 'paused'
  | 'baking'
  | 'draining'
  | EndPhase;

export type EndPhase = 'promoted' | 'rolled-back' | 'failed' | 'closed';
export const END_PHASES: readonly EndPhase[] = ['promoted', 'rolled-back', 'failed', 'closed'];
/** Phases in which the candidate may exist: the cluster is looked at, and a rollback means weight 0. */
export const LIVE_PHASES: readonly Phase[] = [
  'preparing',
  'probing',
  'shifting',
  'analysing',
  'paused',
  'baking',
  'draining',
];
export const hasEnded = (rollout: { readonly phase: Phase }): boolean =>
  (END_PHASES as readonly Phase[]).includes(rollout.phase);

/** Why a rollout closed without having touched traffic. */
export type ClosedOutcome = 'refused' | 'rejected' | 'expired' | 'void' | 'withdrawn';

/** Why a phase was left or a rollout ended. Closed: shared by card, thread, audit, runbook. */
export type ReasonCode =
  | 'requested'
  | 'planned'
  | 'refused'
  | 'approved'
  | 'rejected'
  | 'expired'
  | 'ref_changed'
  | 'withdrawn'
  | 'candidate_ready'
  | 'readiness_deadline'
  | 'probes_passed'
  | 'probe_failed'
  | 'probes_deadline'
  | 'traffic_bypasses_router'
  | 'weight_requested'
  | 'share_reached'
  | 'step_passed'
  | 'rule_breached'
  | 'rule_breached_critical'
  | 'blind'
  | 'asked_rollback'
  | 'asked_hold'
  | 'asked_go'
  | 'asked_traffic_down'
  | 'asked_traffic_up'
  | 'asked_promote'
  | 'without_evidence'
  | 'foreign_edit_lowered'
  | 'foreign_edit'
  | 'left_alone_too_long'
  | 'bake_passed'
  | 'drained'
  | 'drain_unverified'
  | 'stable_unavailable'
  | 'both_breach'
  | 'stable_changed'
  | 'candidate_lost'
  | 'state_lost'
  | 'waiting';

/** A reason in its numbers: what the card's third line says. */
export interface Cause {
  readonly code: ReasonCode;
  /** One plain sentence with the number and its limit. */
  readonly text: string;
  readonly at: number;
  /** Who asked, where a person did. */
  readonly by: Person | null;
}

/** A hold is a reason, not a phase: it ends by itself with its cause. */
export interface Hold {
  readonly code:
    | 'metrics_unknown'
    | 'too_few_requests'
    | 'share_not_reached'
    | 'candidate_not_ready'
    | 'store_unavailable'
    | 'cluster_unavailable'
    | 'traffic_bypasses_router'
    | 'stable_rate_unknown'
    | 'stable_lost'
    | 'way_back_contested'
    | 'end_not_done';
  readonly text: string;
  /** What Prometheus was asked, where that is the matter: told in the thread, too long for the card. */
  readonly query?: string;
  readonly since: number;
  /** An approver may let it go on without evidence: `too_few_requests` under a plan that says so. */
  readonly mayBeApproved?: boolean;
  /** The thread was told: once per hold, and only when it lasts. */
  readonly isAnnounced?: boolean;
}

/** What a person asked of a running rollout; the next pass answers it. The newest of a kind wins. */
export type Ask =
  | { readonly kind: 'rollback'; readonly by: Person; readonly at: number; readonly reason: string | null }
  | { readonly kind: 'hold'; readonly by: Person; readonly at: number; readonly reason: string | null }
  | { readonly kind: 'go'; readonly by: Person; readonly at: number }
  /** Down only: at once. Up is an approval with subject `traffic`. */
  | { readonly kind: 'traffic'; readonly by: Person; readonly at: number; readonly percent: number };

/** Ticks with a known verdict alone move a step's clock. */
export interface StepClock {
  readonly knownTicks: number;
  readonly neededTicks: number;
  /** When the last tick was counted or found unknown; null before the first. */
  readonly lastTickAt: number | null;
  /** Since when no tick had a verdict; null while the last one had, or lacked requests alone. */
  readonly blindSince: number | null;
}

export interface ProbeState {
  readonly name: string;
  readonly status: 'waiting' | 'running' | 'passed' | 'failed';
  readonly attempts: number;
  readonly nextAt: number;
  /** One line: fact and source. */
  readonly evidence: string;
}

/** One point of the card's chart: error rate in percent, null where unknown. */
export interface ChartPoint {
  readonly at: number;
  readonly weight: number;
  readonly stable: number | null;
  readonly candidate: number | null;
}

/** Something that happened, appended to thread and audit by the script that saves the state. */
export interface RolloutEvent {
  readonly code: EventCode;
  readonly at: number;
  readonly by: Person | null;
  readonly text: string;
  /** Who is mentioned in the thread reply: nobody (no reply unless `inThread`), requester, requester and on-call, or these and the plan's approvers. */
  readonly mention: 'none' | 'requester' | 'page' | 'approvers';
  /** Whether the thread gets a line for it. Every event is audited. */
  readonly inThread: boolean;
  readonly data: Readonly<Record<string, string | number | boolean | null>>;
}

export type EventCode =
  | 'requested'
  | 'planned'
  | 'refused'
  | 'vote'
  | 'approved'
  | 'rejected'
  | 'reminder'
  | 'expired'
  | 'void'
  | 'withdrawn'
  | 'phase'
  | 'probe'
  | 'weight'
  | 'step'
  | 'hold'
  | 'resumed'
  | 'paused'
  | 'ask'
  | 'breach'
  | 'rollback'
  | 'foreign_edit'
  | 'needs_you'
  | 'escalated'
  | 'restored'
  | 'ended';

/** What a thread line with a mention was about. */
export type PushKind = 'held' | 'rolled-back' | 'needs-you' | 'expiring' | 'finished';

/** The whole truth about one rollout: one JSON document in the store, saved by compare-and-set. */
export interface Rollout {
  readonly schemaVersion: 1;
  /** `r-` and 12 characters of [a-z0-9]. */
  readonly id: string;
  readonly kind: RolloutKind;
  readonly target: Target;
  /** As typed: tag or digest. */
  readonly version: string;
  /** Tag to show where `version` is a digest (a fast lane goes by digest). */
  readonly tag?: string | null;
  readonly requester: Person;
  readonly reason: string | null;
  readonly origin: Origin;
  /** Channel of the card. */
  readonly channel: string;

  readonly phase: Phase;
  readonly outcome: ClosedOutcome | null;
  readonly cause: Cause;
  readonly createdAt: number;
  readonly phaseSince: number;
  readonly endedAt: number | null;

  /** null while planning, or when the plan was refused before it was whole. */
  readonly plan: Plan | null;
  /** Gates that refused, when the plan was refused. */
  readonly refusal: {
    readonly code: string;
    readonly text: string;
    readonly hint: string;
    /** To be copied as it is: rules for somebody else's tool. */
    readonly snippet?: string;
  } | null;
  readonly approvals: readonly Approval[];
  readonly asks: readonly Ask[];

  /** Index into plan.steps of the step under way; -1 before traffic. */
  readonly step: number;
  /** The candidate's percent that we want on the route. */
  readonly desiredPercent: number;
  /** The candidate's percent that the route was last seen or read back to have by our hand. */
  readonly confirmedPercent: number;
  /** Highest percent the candidate ever had; 0 needs no drain proof. */
  readonly peakPercent: number;
  readonly clock: StepClock;
  /** Consecutive breaches per rule id. */
  readonly breaches: Readonly<Record<string, number>>;
  /** The last tick's table. */
  readonly verdicts: readonly RuleVerdict[];
  readonly chart: readonly ChartPoint[];
  /** Candidate's share of observed requests, percent; null while unknown. */
  readonly observedShare: number | null;
  /** Candidate's observed requests per second; null while unknown. */
  readonly observedRps: number | null;
  readonly hold: Hold | null;
  /** When the rollout began to need a person (paused, held, blind); null otherwise. Mentions and returns count from it. */
  readonly needsSince: number | null;
  /** How far the mentions went: 0 none, 1 mentioned, 2 escalated. */
  readonly mentions: 0 | 1 | 2;
  /** When it was last said again that nobody decides; absent before the first time. */
  readonly askedAt?: number;
  /** Thread lines that mentioned somebody, in order; absent before the first. */
  readonly pushes?: readonly PushKind[];
  /** Times at which a foreign edit was re-asserted, within the last 2 minutes. */
  readonly reasserts: readonly number[];
  /** Phase to go back to after `paused`. */
  readonly pausedFrom: Phase | null;
  readonly probes: readonly ProbeState[];
  /** The candidate's Deployment as we made it: uid proves that it is ours. */
  readonly candidateUid: string | null;
  /** When this candidate was first seen; what reached pods of that name before says nothing of it. */
  readonly candidateAt?: number;
  /** podHttp requests that its probes sent, as far as they were written down. */
  readonly probeRequests?: number;
  /** Towards whom `draining` drains: candidate = promotion, stable = rollback. */
  readonly drainTowards: 'candidate' | 'stable' | null;
  /** Going back in steps, since stable has too few ready pods: all is back at `until`. Absent: at once. */
  readonly wayBack?: { readonly until: number } | null;
  /** Stable as people were last told of it: another uid or digest is said, and pauses. */
  readonly stableKnown?: { readonly uid: string; readonly digest: string };
  readonly candidateReady: number;
  readonly stableReady: number;
  /** Asked for with `force-forward`. */
  readonly forceForward?: true;
  /** The incident that it is the fix of. */
  readonly fixes?: string;
  /** The rollout that this one was asked for instead of: it goes back first, then this one is planned. */
  readonly supersedes?: {
    readonly rolloutId: string;
    readonly version: string;
    /** When it gives up waiting. */
    readonly until: number;
  };
  /** Restored from the route after the store lost its record, at that time; null once somebody approved going on. */
  readonly lostAt?: number | null;
  /** The rollout that was asked for instead of this one. */
  readonly supersededBy?: string;
  /** Of an adoption: since when the subsets, and the route as it shall be, were seen. The proxies learn of both later. */
  readonly subsetsAt?: number | null;
  readonly movedAt?: number | null;
  /** The thread was told that somebody lowered the autoscaler's floor. */
  readonly isFloorLost?: boolean;
}
