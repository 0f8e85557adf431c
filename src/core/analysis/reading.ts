/** Why a number could not be had. Each is shown in words on the card with its query. */
export type UnknownReason =
  | 'no_data'
  | 'not_finite'
  | 'many_series'
  | 'stale'
  | 'unreachable'
  | 'timeout'
  | 'http_error'
  | 'bad_answer'
  | 'too_few_requests'
  | 'not_asked';

/** One number from Prometheus, or why there is none. There is no third case and no default value. */
export type Reading =
  | { readonly kind: 'value'; readonly value: number }
  | {
      readonly kind: 'unknown';
      readonly reason: UnknownReason;
      readonly query: string;
      readonly detail: string;
    };

export const knownReading = (value: number): Reading => ({ kind: 'value', value });
export const unknownReading = (reason: UnknownReason, query = '', detail = ''): Reading => ({
  kind: 'unknown',
  reason,
  query,
  detail,
});

/** What one workload did in the window, as seen by its clients. */
export interface WorkloadSample {
  /** Requests in the window (count, extrapolated by Prometheus' `increase`). `no_data` when the workload has no series. */
  readonly requests: Reading;
  /** Requests of the window that failed (5xx). 0 when there are requests and no failed series. */
  readonly errors: Reading;
  /** Requests per second over the window. */
  readonly rps: Reading;
  readonly p95Ms: Reading;
  /** Age of the newest raw sample in ms, by Prometheus' own clock. */
  readonly ageMs: Reading;
  /** Answers of the service's own rules, by rule id. */
  readonly own: Readonly<Record<string, Reading>>;
}

/** One tick's look at both roles. */
export interface Sample {
  readonly stable: WorkloadSample;
  readonly candidate: WorkloadSample;
}
