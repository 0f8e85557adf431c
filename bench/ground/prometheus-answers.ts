/**
 * A Prometheus that knows its answers: the bot's three questions and the bare loop's one, for weights that it reads from
 * the cluster and an error rate that changes at a known instant. Pure but for those two.
 */

export interface Traffic {
  /** Percent of the service's requests that a workload gets now. */
  percentOf(workload: string): number;
  /** Percent of a workload's requests that fail now. */
  errorPercentOf(workload: string): number;
}

/** Requests of a service in the window; many more than any minimum sample. */
const WINDOW_REQUESTS = 6000;
const P95_MS = 40;
const AGE_S = 0.4;

interface Series {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [number, string];
}

/** Workloads named in `destination_workload=~"a|b"` or `="a"`. */
export const workloadsIn = (query: string): readonly string[] =>
  (/destination_workload=~?"([^"]*)"/.exec(query)?.[1] ?? '')
    .replaceAll('\\', '')
    .split('|')
    .filter((name) => name !== '');

/** An instant query's answer, as the HTTP API writes it. */
export function answerQuery(query: string, traffic: Traffic, namespace: string, nowS: number): object {
  const series = workloadsIn(query).flatMap((workload): Series[] => {
    const requests = (WINDOW_REQUESTS * traffic.percentOf(workload)) / 100;
    // No requests, no series: that is how a drained workload looks.
    if (requests === 0) return [];
    const labels = { destination_workload: workload, destination_workload_namespace: namespace };
    const one = (value: number, more: Readonly<Record<string, string>> = {}): Series => ({
      metric: { ...labels, ...more },
      value: [nowS, String(value)],
    });
    if (query.startsWith('histogram_quantile')) return [one(P95_MS)];
    if (query.startsWith('time()')) return [one(AGE_S)];
    const errors = (requests * traffic.errorPercentOf(workload)) / 100;
    return [
      one(requests - errors, { response_code: '200' }),
      ...(errors > 0 ? [one(errors, { response_code: '500' })] : []),
    ];
  });
  return { status: 'success', data: { resultType: 'vector', result: series } };
}
