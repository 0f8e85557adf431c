import type { UnknownReason } from './reading.ts';

export type Verdict = 'pass' | 'breach' | 'unknown';

/**
 * One promise that the candidate keeps while it has traffic.
 * `errorRate` (percent of requests answered 5xx) and `p95` (ms) are built in; `promql` is the service's own query.
 */
export interface Rule {
  /** `[a-z0-9_]{1,40}`, unique in a plan. */
  readonly id: string;
  /** What people read: "Error rate". */
  readonly title: string;
  readonly kind: 'errorRate' | 'p95' | 'promql';
  readonly unit: '%' | 'ms' | 'rps' | '';
  /** `above`: a value over the limit is a breach; `below`: a value under it. */
  readonly breachWhen: 'above' | 'below';
  readonly limit: number;
  /** Beyond this the first sample acts; null: none. */
  readonly critical: number | null;
  /** Ratio rules stand on requests: below the plan's minimum sample they are unknown. */
  readonly isRatio: boolean;
  /** For `promql`: text with `$workload` and `$window`. Every selector carries `<label>="$workload"`. */
  readonly query: string | null;
}

/** A rule's verdict on one tick, as the card's table shows it. */
export interface RuleVerdict {
  readonly ruleId: string;
  readonly verdict: Verdict;
  /** Breach beyond the critical limit, or an error burst: acts on the first sample. */
  readonly isCritical: boolean;
  readonly candidate: number | null;
  readonly stable: number | null;
  /** For unknown: why. For breach: the number against its limit. */
  readonly detail: string;
  /** For unknown: what was asked. */
  readonly query?: string;
  /** For unknown: the kind of reason. */
  readonly because?: UnknownReason;
}
