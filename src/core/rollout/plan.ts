import type { Rule } from '../analysis/rule.ts';
import type { ApprovalPolicy } from '../approval/approval.ts';
import type { Colour } from '../colour.ts';
import type { Target } from '../target.ts';
import type { AutoscalerKind, AutoscalerRef } from './autoscaler.ts';

/** One image as a person and as the cluster name it. */
export interface Revision {
  /** `sha256:` and 64 hex digits. */
  readonly digest: string;
  /** The tag it was asked by or is known by; null when only the digest is known. */
  readonly tag: string | null;
  /** Repository without tag or digest: `registry.example/payments/payment-gateway`. */
  readonly repository: string;
}

/** Where the two weights live. */
export interface RouteRef {
  readonly kind: 'istio';
  /** Name of the cluster in config. */
  readonly cluster: string;
  readonly namespace: string;
  /** Name of the VirtualService. */
  readonly name: string;
  /** Host of the two destinations. */
  readonly host: string;
  /** Service name: our annotations on the route end in it. */
  readonly service: string;
  /**
   * Of an adoption or its undo: the route may also hold its one destination without a subset. That reads as all weight on
   * this colour, and giving this colour all weight writes it.
   */
  readonly plainAs?: Colour;
}

export type ProbeGroup =
  | 'service_health'
  | 'database'
  | 'payment_gateway'
  | 'external_api'
  | 'performance'
  | 'business_logic';

export type ProbeCheck =
  /** GET through the API server's pod proxy on every pod of the candidate; all must answer `status`. */
  | {
      readonly kind: 'podHttp';
      readonly path: string;
      readonly port: number;
      readonly scheme: 'http' | 'https';
      readonly status: number;
    }
  /** A Job from the candidate's own pod template with another command; must complete. */
  | { readonly kind: 'job'; readonly command: readonly string[] }
  /** A query of one number that must satisfy the comparison; may use $workload and $window. */
  | {
      readonly kind: 'promql';
      readonly query: string;
      readonly op: '<' | '<=' | '>' | '>=' | '==';
      readonly value: number;
    }
  /** A TCP connection from the bot to an address named in config. */
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number };

export interface ProbeSpec {
  /** `[a-z0-9-]{1,40}`, unique in a plan. */
  readonly name: string;
  readonly group: ProbeGroup;
  /** A failed probe that is not critical is shown and does not stop the rollout. */
  readonly critical: boolean;
  /** Of one attempt. */
  readonly timeoutMs: number;
  /** Further attempts after the first. */
  readonly retries: number;
  readonly intervalMs: number;
  readonly check: ProbeCheck;
}

/** Every duration a rollout obeys; pinned in the plan and part of its digest. */
export interface Times {
  readonly tickMs: number;
  readonly readinessMs: number;
  readonly probesMs: number;
  /** Analysis per step: known ticks x tickMs. */
  readonly stepMs: number;
  readonly bakeMs: number;
  readonly drainMs: number;
  /** Range of the rate queries: max(4 x scrape interval, the configured floor). */
  readonly windowMs: number;
  readonly scrapeIntervalMs: number;
  /** How long the observed share may take to reach a step before the rollout holds. */
  readonly shareMs: number;
  /** No verdict for this long: the policy for unknown applies. */
  readonly blindMs: number;
  /** Held, paused or unknown: mention, then escalate, then return to stable at partial weight. */
  readonly mentionMs: number;
  readonly escalateMs: number;
  readonly returnMs: number;
}

export interface AnalysisPolicy {
  readonly unknown: 'hold' | 'rollback';
  readonly lowTraffic: 'wait' | 'approve';
  readonly breachesToRollback: number;
  readonly minRequests: number;
  /** This many failed requests in the window are a breach even below the minimum sample. */
  readonly errorBurst: number;
  readonly reporter: 'source' | 'destination';
  /** Workloads whose requests to a candidate without weight are no bypass; `unknown`: clients without a sidecar. Absent: none. */
  readonly mayReachCandidate?: readonly string[];
}

/** One line of the pod template's diff. Env by name only, never by value. */
export interface TemplateChange {
  readonly what: 'image' | 'env' | 'resources' | 'other';
  readonly path: string;
  readonly change: 'added' | 'removed' | 'changed';
  /** Shown only where it is no secret: image and resources. */
  readonly from: string | null;
  readonly to: string | null;
}

export interface GateResult {
  readonly gate: string;
  readonly passed: boolean;
  /** A sentence: what held, or what stands in the way and what to do. */
  readonly reason: string;
  /** Passed because nothing in the way was seen, while something could not be looked at: the card says what. */
  readonly isUnknown?: boolean;
}

export type RolloutKind = 'deploy' | 'rollback' | 'adopt' | 'adopt-undo';

/** What an adoption moves: the plain Deployment that was there first, and what follows its pods. */
export interface AdoptionPlan {
  /** The plain Deployment: stable of an adoption, candidate of its undo; in between it is the template. */
  readonly original: string;
  /** The colour's Deployment that it becomes, or comes back from. */
  readonly colour: string;
  /** Whose target is moved; null: there is no autoscaler. */
  readonly autoscaler: {
    /** Left out where it is a HorizontalPodAutoscaler, as in plans from before ScaledObjects. */
    readonly kind?: AutoscalerKind;
    readonly name: string;
    readonly from: string;
    readonly to: string;
  } | null;
  /** How long a new subset, or a changed route, may take to reach every proxy. */
  readonly propagationMs: number;
}

export interface StableTrouble {
  /** No ready pod, or a rule that it breaks itself. */
  readonly kind: 'unready' | 'rule';
  /** As part of a sentence. */
  readonly text: string;
}

/** The service's own autoscaler, which keeps its minimum high while the rollout lives and follows the winner at its end. */
export interface AutoscalerPlan extends AutoscalerRef {
  /** Its own range at plan time. */
  readonly min: number;
  readonly max: number;
  /** What its minimum will be while the rollout lives; more, where the live pods are more by then. */
  readonly floor: number;
  /** Name of the candidate's, of the same kind, for as long as the rollout lives; null: an adoption moves the one that is there. */
  readonly twin: string | null;
  /** Argo CD, Flux or Helm, which may take back what is written on it; null: nobody. */
  readonly manager: string | null;
}

/** All that was shown to the approver, pinned: a running rollout never looks at the configuration again. */
export interface Plan {
  readonly schemaVersion: 1;
  /** `rollback`: the fast lane to the last good digest, steps [100], no approval. */
  readonly kind: RolloutKind;
  readonly target: Target;
  readonly production: boolean;
  /** Name of the cluster in config. */
  readonly cluster: string;
  readonly namespace: string;
  readonly from: Revision;
  readonly to: Revision;
  readonly stableColour: Colour;
  readonly candidateColour: Colour;
  readonly route: RouteRef;
  /** Deployment that later candidates take their pod template from. */
  readonly template: string;
  /** Container whose image the rollout sets. */
  readonly container: string;
  readonly replicas: number;
  /** SHA-256 over the template's pod template. */
  readonly templateHash: string;
  readonly templateChanges: readonly TemplateChange[];
  /** Planned weights, ascending, ending in 100. */
  readonly steps: readonly number[];
  readonly rules: readonly Rule[];
  readonly probes: readonly ProbeSpec[];
  readonly times: Times;
  readonly analysis: AnalysisPolicy;
  readonly approval: ApprovalPolicy;
  readonly gates: readonly GateResult[];
  /** Expected requests per window at each step, from the load at plan time; null when unknown. */
  readonly forecast: readonly (number | null)[];
  /** Asked for because stable is broken: 100 % in one move after the probes, and a rollback that is unsafe. */
  readonly forceForward?: true;
  /** The incident that it is the fix of; whoever led it then is in `approval.required`. */
  readonly fixes?: string;
  /** What was wrong with stable when the plan was made. */
  readonly stableTrouble?: StableTrouble;
  /** Present exactly in the kinds `adopt` and `adopt-undo`. */
  readonly adoption?: AdoptionPlan;
  /** Present when it is too large for the route object: then a lost record cannot be restored from there. */
  readonly isKeptOnRoute?: false;
  /** Absent: nothing scales the live pods. */
  readonly autoscaler?: AutoscalerPlan;
  /** PodDisruptionBudget that protects the live colour alone, and the winner after the end. */
  readonly budget?: string;
  /** SHA-256, hex, of what an approval binds to: see planDigest(). */
  readonly digest: string;
}
