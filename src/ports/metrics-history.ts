export interface SeriesHistory {
  readonly labels: Readonly<Record<string, string>>;
  /** [ms since the epoch, value], oldest first; never NaN or infinite. */
  readonly points: readonly (readonly [number, number])[];
}

/** A PromQL text over time. Never throws: what goes wrong is `unknown` with the reason. Bounded by the configured time-out. */
export interface MetricsHistory {
  range(
    cluster: string,
    query: string,
    /** ms since the epoch; ms between two points, at least 1000. */
    span: { readonly from: number; readonly to: number; readonly stepMs: number },
    signal?: AbortSignal,
  ): Promise<
    | { readonly kind: 'series'; readonly series: readonly SeriesHistory[] }
    | { readonly kind: 'unknown'; readonly detail: string }
  >;
}
