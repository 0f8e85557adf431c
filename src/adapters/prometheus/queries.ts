/** The three questions of a tick, each for all workloads of a group at once. Pure: PromQL text and how its answer is read. */
import { promDuration, quoteLabel } from '../../core/analysis/promql.ts';
import {
  knownReading,
  type Reading,
  type UnknownReason,
  unknownReading,
} from '../../core/analysis/reading.ts';

export interface Group {
  readonly windowMs: number;
  readonly reporter: 'source' | 'destination';
}

export interface Subject {
  readonly namespace: string;
  readonly workload: string;
}

export interface Series {
  readonly labels: Readonly<Record<string, string>>;
  /** As Prometheus wrote it: may be NaN or infinite. */
  readonly value: number;
}

/** What one query brought: its series, or why there are none. */
export type Answer =
  | { readonly kind: 'series'; readonly query: string; readonly series: readonly Series[] }
  | {
      readonly kind: 'failed';
      readonly query: string;
      readonly reason: UnknownReason;
      readonly detail: string;
    };

const WORKLOAD = 'destination_workload';
const NAMESPACE = 'destination_workload_namespace';
const BY_WORKLOAD = `${NAMESPACE}, ${WORKLOAD}`;

const anyOf = (values: readonly string[]): string =>
  quoteLabel(
    [...new Set(values)]
      .toSorted()
      .map((value) => value.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
      .join('|'),
  );

const matchers = (group: Group, subjects: readonly Subject[]): string =>
  [
    `reporter=${quoteLabel(group.reporter)}`,
    `${WORKLOAD}=~${anyOf(subjects.map((subject) => subject.workload))}`,
    `${NAMESPACE}=~${anyOf(subjects.map((subject) => subject.namespace))}`,
  ].join(',');

export const requestsQuery = (group: Group, subjects: readonly Subject[]): string =>
  `sum by (${BY_WORKLOAD}, response_code) (increase(istio_requests_total{${matchers(group, subjects)}}[${promDuration(group.windowMs)}]))`;

export const p95Query = (group: Group, subjects: readonly Subject[]): string =>
  `histogram_quantile(0.95, sum by (${BY_WORKLOAD}, le) (rate(istio_request_duration_milliseconds_bucket{${matchers(group, subjects)}}[${promDuration(group.windowMs)}])))`;

/** An instant query's own time says nothing of the samples: their age is asked for. */
export const ageQuery = (group: Group, subjects: readonly Subject[]): string =>
  `time() - max by (${BY_WORKLOAD}) (timestamp(istio_requests_total{${matchers(group, subjects)}}))`;

/** The destination's own report, since a client without a sidecar reports nothing. */
export const clientsQuery = (windowMs: number, subject: Subject): string =>
  `sum by (source_workload) (increase(istio_requests_total{${matchers({ windowMs, reporter: 'destination' }, [subject])}}[${promDuration(windowMs)}])) > 0`;

const isOf = (series: Series, subject: Subject): boolean =>
  series.labels[WORKLOAD] === subject.workload && series.labels[NAMESPACE] === subject.namespace;

const finite = (query: string, value: number): Reading =>
  Number.isFinite(value)
    ? knownReading(value)
    : unknownReading('not_finite', query, `the answer is ${value}`);

/** The one number in a list of series. */
export const single = (query: string, series: readonly Series[]): Reading => {
  const [only] = series;
  if (only === undefined) return unknownReading('no_data', query, 'no series');
  if (series.length > 1)
    return unknownReading('many_series', query, `${series.length} series where one was expected`);
  return finite(query, only.value);
};

const failed = (answer: Answer & { readonly kind: 'failed' }): Reading =>
  unknownReading(answer.reason, answer.query, answer.detail);

export const readOne = (answer: Answer, subject: Subject): Reading =>
  answer.kind === 'failed'
    ? failed(answer)
    : single(
        answer.query,
        answer.series.filter((series) => isOf(series, subject)),
      );

/** All requests and the failed ones. No 5xx series beside others is 0 failures; no series at all is unknown. */
export const readCounts = (
  answer: Answer,
  subject: Subject,
): { readonly requests: Reading; readonly errors: Reading } => {
  if (answer.kind === 'failed') return { requests: failed(answer), errors: failed(answer) };
  const own = answer.series.filter((series) => isOf(series, subject));
  if (own.length === 0) {
    const none = unknownReading('no_data', answer.query, `no requests of ${subject.workload} in the window`);
    return { requests: none, errors: none };
  }
  const sum = (series: readonly Series[]): Reading =>
    finite(
      answer.query,
      series.reduce((total, { value }) => total + value, 0),
    );
  return {
    requests: sum(own),
    errors: sum(own.filter((series) => /^5\d\d$/.test(series.labels.response_code ?? ''))),
  };
};

export const mapValue = (reading: Reading, change: (value: number) => number): Reading =>
  reading.kind === 'value' ? knownReading(change(reading.value)) : reading;
