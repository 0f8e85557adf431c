import type { Reading, WorkloadSample } from '../core/analysis/reading.ts';
import type { Rule } from '../core/analysis/rule.ts';

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

/**
 * Prometheus, asked for several workloads at once. Never throws and never guesses: whatever goes wrong is an `unknown`
 * reading with the query and the reason. Bounded by the configured time-out.
 */
export interface MetricsSource {
  /** Answers in the order of the questions. */
  sample(questions: readonly SampleQuestion[], signal?: AbortSignal): Promise<readonly WorkloadSample[]>;
  /** One number from one PromQL text (used by `promql` probes). */
  ask(cluster: string, query: string, signal?: AbortSignal): Promise<Reading>;
}
