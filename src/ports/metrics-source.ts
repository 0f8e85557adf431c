import type { Reading, WorkloadSample } from '../core/analysis/reading.ts';
import type { Rule } from '../core/analysis/rule.ts';
import type { ClientSeen } from '../core/rollout/decision.ts';

/** One workload to be looked at. Questions of one tick go together: the adapter folds them into three queries. */
export interface SampleQuestion {
  readonly cluster: string;
  readonly namespace: string;
  /** Deployment name as in the metric's `destination_workload`. */
  readonly workload: string;
  readonly windowMs: number;
  readonly reporter: 'source' | 'destination';
  /** The service's own promql rules, asked for this workload. */
  readonly own: readonly Rule[];
}

/** Who sends requests to a workload, by what the workload's own side has seen: clients without a sidecar too. */
export type Clients =
  | { readonly kind: 'known'; readonly clients: readonly ClientSeen[] }
  | { readonly kind: 'unknown'; readonly detail: string };

/**
 * Prometheus, asked for several workloads at once. Never throws and never guesses: whatever goes wrong is an `unknown`
 * reading with the query and the reason. Bounded by the configured time-out.
 */
export interface MetricsSource {
  /** Answers in the order of the questions. */
  sample(questions: readonly SampleQuestion[], signal?: AbortSignal): Promise<readonly WorkloadSample[]>;
  /** Clients with at least one request in the window; an empty list only when Prometheus answered. */
  clients(
    question: Pick<SampleQuestion, 'cluster' | 'namespace' | 'workload' | 'windowMs'>,
    signal?: AbortSignal,
  ): Promise<Clients>;
  /** One number from one PromQL text (used by `promql` probes). */
  ask(cluster: string, query: string, signal?: AbortSignal): Promise<Reading>;
}
