/** The metrics port's targets: the fake, and a real Prometheus that scrapes counters which a test moves. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { startPrometheus } from '../../sandbox/processes/index.ts';
import { PrometheusMetrics } from '../../src/adapters/prometheus/metrics-source.ts';
import type { Reading } from '../../src/core/analysis/reading.ts';
import type { Rule } from '../../src/core/analysis/rule.ts';
import type { MetricsSource, SampleQuestion } from '../../src/ports/metrics-source.ts';
import { FakeMetrics } from '../fakes/fake-metrics.ts';
import { until } from '../support/until.ts';
import { CLUSTER, PLACE } from './objects.ts';

export interface MetricsTarget {
  readonly source: MetricsSource;
  /** Makes everything be unreachable. */
  stop(): Promise<void>;
  close(): Promise<void>;
}

const L = 'destination_workload="$workload"';
/** Own rules of every outcome, by id; the fake is told the answers, Prometheus computes them. */
export const OWN = {
  success: `100 * sum(rate(payments_total{${L},result="ok"}[$window])) / sum(rate(payments_total{${L}}[$window]))`,
  many: `rate(payments_total{${L}}[$window])`,
  none: `sum(rate(refunds_total{${L}}[$window]))`,
  nan: `0 * sum(rate(payments_total{${L},result="never"}[$window])) / 0`,
  inf: `sum(rate(payments_total{${L},result="ok"}[$window])) / 0`,
} as const;

export const ownRules: readonly Rule[] = Object.entries(OWN).map(([id, query]) => ({
  id,
  title: id,
  kind: 'promql',
  unit: '%',
  breachWhen: 'below',
  limit: 99,
  critical: null,
  isRatio: true,
  query,
}));

export const questionFor = (workload: string, overrides: Partial<SampleQuestion> = {}): SampleQuestion => ({
  ...PLACE,
  workload,
  windowMs: 3000,
  reporter: 'source',
  own: [],
  ...overrides,
});

/** A healthy workload has no 5xx series at all; a failing one has; both have latencies and payments. */
const exposition = (ticks: number): string => {
  const lines: string[] = [];
  const common = (workload: string): string =>
    `reporter="source",destination_workload="${workload}",destination_workload_namespace="payments"`;
  for (const workload of ['healthy', 'failing']) {
    const ok = ticks * 9 + 1;
    lines.push(`istio_requests_total{${common(workload)},response_code="200"} ${ok}`);
    if (workload === 'failing')
      lines.push(`istio_requests_total{${common(workload)},response_code="503"} ${ticks + 1}`);
    for (const [le, share] of [
      ['50', 0.5],
      ['100', 1],
      ['+Inf', 1],
    ] as const)
      lines.push(
        `istio_request_duration_milliseconds_bucket{${common(workload)},le="${le}"} ${Math.round(ok * share)}`,
      );
    lines.push(`payments_total{${common(workload)},result="ok"} ${ticks * 3}`);
    lines.push(`payments_total{${common(workload)},result="failed"} ${ticks}`);
    lines.push(`payments_total{${common(workload)},result="never"} 0`);
  }
  return `${lines.join('\n')}\n`;
};

export const openPrometheus = async (): Promise<MetricsTarget> => {
  let scrapes = 0;
  const server = createServer((_request, response) => {
    scrapes += 1;
    response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4' }).end(exposition(scrapes * 10));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const prometheus = await startPrometheus({
    targets: [{ url: `http://127.0.0.1:${port}/metrics` }],
    scrapeIntervalMs: 200,
  });
  const source = new PrometheusMetrics(new Map([[CLUSTER, { url: prometheus.url, timeout: 3000 }]]));
  await until('Prometheus has scraped often enough', async () => {
    const [sample] = await source.sample([questionFor('failing', { own: ownRules })]);
    return sample?.own.success?.kind === 'value' && sample.errors.kind === 'value' && sample.errors.value > 0;
  });
  return {
    source,
    stop: () => prometheus.stop(),
    close: async () => {
      await prometheus.close();
      await new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      });
    },
  };
};

export const openFakeMetrics = async (): Promise<MetricsTarget> => {
  const source = new FakeMetrics();
  const unknown = (reason: 'many_series' | 'no_data' | 'not_finite', query: string): Reading => ({
    kind: 'unknown',
    reason,
    query,
    detail: 'as told',
  });
  const own = {
    success: { kind: 'value', value: 75 },
    many: unknown('many_series', OWN.many),
    none: unknown('no_data', OWN.none),
    nan: unknown('not_finite', OWN.nan),
    inf: unknown('not_finite', OWN.inf),
  } as const;
  source.set('healthy', { requests: 100, p95Ms: 95, ageMs: 100, own });
  source.set('failing', { requests: 100, errors: 10, p95Ms: 95, ageMs: 100, own });
  source.answer('vector(42)', { kind: 'value', value: 42 });
  return {
    source,
    stop: async () => source.failWith('unreachable', 'stopped'),
    close: async () => undefined,
  };
};
