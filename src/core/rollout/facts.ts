/** All that a plan is made from. Settings come from the configuration, facts from cluster, registry and store. */
import type { Colour } from '../colour.ts';
import type { Person } from '../target.ts';
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
};

export interface DeploymentFacts {
  readonly replicas: number;
  readonly ready: number;
  readonly isOurs: boolean;
  readonly isBeingDeleted: boolean;
  readonly digest: string | null;
  /** From our annotation; null: not known. */
  readonly tag: string | null;
  readonly template: unknown;
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
  readonly lock: { readonly owner: Person; readonly reason: string } | null;
  /** Rollout that holds the claim, when it is not the one that is planned. */
  readonly claimedBy: string | null;
  /** Requests of the live colour in the window; null: not known. */
  readonly windowRequests: number | null;
}
