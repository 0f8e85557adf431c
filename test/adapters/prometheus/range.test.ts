/** A PromQL text over time, of a real Prometheus. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PrometheusMetrics } from '../../../src/adapters/prometheus/metrics-source.ts';
import { type MetricsTarget, openPrometheus } from '../../contract/metrics-targets.ts';
import { CLUSTER } from '../../contract/objects.ts';

let target: MetricsTarget;
let source: PrometheusMetrics;
beforeAll(async () => {
  target = await openPrometheus();
  source = target.source as PrometheusMetrics;
}, 30_000);
afterAll(() => target.close());
const span = () => ({ from: Date.now() - 60_000, to: Date.now(), stepMs: 1000 });

describe('the course of an expression', () => {
  it('has its labels and the points that were measured, as numbers at times', async () => {
    const answer = await source.range(
      CLUSTER,
      'istio_requests_total{destination_workload="healthy"}',
      span(),
    );
    if (answer.kind !== 'series') throw new Error(answer.detail);
    expect(answer.series[0]?.labels).toMatchObject({ destination_workload: 'healthy' });
    const [at, value] = answer.series[0]?.points.at(-1) ?? [0, 0];
    expect(Math.abs(Date.now() - at)).toBeLessThan(5000);
    expect(value).toBeGreaterThan(0);
  });

  it('leaves out what is no number, and is empty where nothing is', async () => {
    const nan = await source.range(CLUSTER, 'vector(0) / 0', span());
    expect(nan).toMatchObject({ kind: 'series', series: [{ points: [] }] });
    expect(await source.range(CLUSTER, 'nothing_of_the_kind', span())).toEqual({
      kind: 'series',
      series: [],
    });
  });

  it.each([
    ['bad PromQL', CLUSTER, 'rate(', /parse error/],
    ['another cluster', 'nowhere', 'up', /no Prometheus is configured/],
  ])('of %s is unknown, with the reason', async (_, cluster, query, detail) => {
    expect(await source.range(cluster, query, span())).toMatchObject({
      kind: 'unknown',
      detail: expect.stringMatching(detail),
    });
  });

  it('of a Prometheus that is away is unknown', async () => {
    const away = new PrometheusMetrics(new Map([[CLUSTER, { url: 'http://127.0.0.1:1', timeout: 500 }]]));
    expect(await away.range(CLUSTER, 'up', span())).toMatchObject({ kind: 'unknown' });
  });
});
