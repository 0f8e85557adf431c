/** All that a plan is made from. Settings come from the configuration, facts from cluster, registry and store. */
import type { WorkloadSample } from '../analysis/reading.ts';
import type { Colour } from '../colour.ts';
import type { Person } from '../target.ts';
import type { AutoscalerState, BudgetState } from './autoscaler.ts';
import type { OpenIncident } from './gates/incident.ts';
import type { Ground, SafetySettings } from './ground.ts';
import type { Plan } from './plan.ts';

/** The configuration's part of a plan, for one target. */
export type PlanSettings = Pick<
  Plan,
  | 'kind'
  | 'target'
  | 'production'
  | 'cluster'
  | 'namespace'
  | 'route'
  | 'template'
  | 'container'
  | 'steps'
  | 'rules'
  | 'probes'
  | 'times'
  | 'analysis'
  | 'approval'
> & {
  readonly repository: string;
  /** Label that tells workloads apart in the service's own queries. */
  readonly workloadLabel: string;
  readonly safety: SafetySettings;
  /** Asked for with `force-forward`. */
  readonly forceForward?: boolean;
  /** The incident that it is the fix of: asked for with `fixes=`. */
  readonly fixes?: string;
  /** Present exactly in the kinds `adopt` and `adopt-undo`. */
  readonly adopting?: AdoptionSettings;
};

export interface AdoptionSettings {
  /** `none`: no client in the mesh, so a route of gateways alone is enough. */
  readonly meshClients: 'some' | 'none';
  readonly propagationMs: number;
}

/** A route before adoption, as its object says. */
export interface RouteSurvey {
  /** plain: one HTTP route with one destination to the host, without a subset. split: between blue and green. */
  readonly shape: 'plain' | 'split' | 'other';
  /** Why it is neither, as the end of a sentence; empty otherwise. */
  readonly fault: string;
  readonly coversMesh: boolean;
  /** DestinationRules for the host, by name. */
  readonly rules: readonly string[];
}

/** Pods of a service before adoption. */
export interface WorkloadSurvey {
  /** null: the Kubernetes Service is not there. */
  readonly endpointOwners:
    | readonly { readonly kind: string; readonly name: string; readonly pods: number }[]
    | null;
  /** Image digests that the ready pods of the original run; null among them: not known. */
  readonly digests: readonly (string | null)[];
  /** Claims of the pod template that one node alone may mount. */
  readonly exclusiveClaims: readonly string[];
  /** Autoscalers of the original or a colour. */
  readonly autoscalers: readonly AutoscalerState[];
}

/** What scales and protects a service that stands as blue and green. */
export interface ScalingFacts {
  /** Autoscalers of the template or a colour. */
  readonly autoscalers: readonly AutoscalerState[];
  /** Names of that kind that are taken in the namespace, whatever they scale. */
  readonly taken: readonly string[];
  /** null: they could not be read. */
  readonly budgets: readonly BudgetState[] | null;
}

export interface AdoptionFacts {
  readonly original: DeploymentFacts | null;
  readonly colours: Readonly<Record<Colour, DeploymentFacts | null>>;
  /** The colour that has all the weight; null: there is none. */
  readonly live: Colour | null;
  readonly route: RouteSurvey;
  readonly workload: WorkloadSurvey;
  readonly ground: Ground;
  readonly lock: PlanFacts['lock'];
  readonly incidents: readonly OpenIncident[];
  readonly claimedBy: PlanFacts['claimedBy'];
  readonly windowRequests: PlanFacts['windowRequests'];
}

export interface DeploymentFacts {
  readonly replicas: number;
  readonly ready: number;
  readonly isOurs: boolean;
  readonly isBeingDeleted: boolean;
  readonly digest: string | null;
  /** From our annotation; null: not known. */
  readonly tag: string | null;
  readonly template: unknown;
  /** Colour that its selector asks for; null: its selector matches the pods of both. */
  readonly selects: Colour | null;
}

export interface PlanFacts {
  readonly version: string;
  readonly resolved: { readonly digest: string; readonly tag: string | null };
  readonly template: DeploymentFacts | null;
  readonly colours: Readonly<Record<Colour, DeploymentFacts | null>>;
  readonly route:
    | {
        readonly percent: Readonly<Record<Colour, number>>;
        readonly weight: Readonly<Record<Colour, number>>;
      }
    | { readonly fault: string };
  /** null: the objects of the service are not there, which is said otherwise. */
  readonly ground: Ground | null;
  readonly lock: { readonly owner: Person; readonly reason: string } | null;
  readonly incidents: readonly OpenIncident[];
  /** Rollout that holds the claim, when it is not the one that is planned. */
  readonly claimedBy: string | null;
  readonly scaling: ScalingFacts;
  /** Requests of the live colour in the window; null: not known. */
  readonly windowRequests: number | null;
  /** What the live colour does now, for its own rules; null: nobody looked. */
  readonly liveSample?: WorkloadSample | null;
}
