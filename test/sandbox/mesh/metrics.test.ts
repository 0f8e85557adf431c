import { afterAll, beforeAll, describe, it } from 'vitest';
import { startPrometheus } from '../../../sandbox/processes/prometheus.ts';
import { until } from '../../../sandbox/processes/until.ts';
import { NAME, startMeshOnFake } from './mesh-on-fake.ts';

let world: Awaited<ReturnType<typeof startMeshOnFake>>;
beforeAll(async () => {
  world = await startMeshOnFake();
});
afterAll(() => world?.close());

describe('metrics', () => {
  it('are those that Istio has, and answer PromQL in a real Prometheus', async () => {
    world.setWeights(50, 50);
    const prometheus = await startPrometheus({ targets: world.mesh.metricsTargets, scrapeIntervalMs: 250 });
    const ask = async (query: string): Promise<number | null> => {
      const url = `${prometheus.url}/api/v1/query?query=${encodeURIComponent(query)}`;
      const body = (await (await fetch(url)).json()) as { data: { result: { value: [number, string] }[] } };
      const [only, ...more] = body.data.result;
      return only && more.length === 0 ? Number(only.value[1]) : null;
    };
    const near = (query: string, least: number, most: number) =>
      until(
        async () => {
          const value = await ask(query);
          return value !== null && value >= least && value <= most;
        },
        { what: query, timeoutMs: 15_000, everyMs: 250 },
      );
    const green = `destination_workload="${NAME}-green",destination_workload_namespace="payments"`;
    const ratio = `sum(rate(payments_total{${green},status="success"}[3s])) / sum(rate(payments_total{${green}}[3s]))`;
    const bucket = `rate(istio_request_duration_milliseconds_bucket{${green},reporter="source"}[3s])`;
    try {
      await world.mesh.setBehaviour('tiffin/payment-gateway', 'v2.3.1', { paymentFailPercent: 20 });
      await near(
        `sum(rate(istio_requests_total{${green},reporter="source",response_code="200",response_flags="-",` +
          `destination_service_name="${NAME}",request_protocol="http",source_workload="checkout"}[3s]))`,
        80,
        120,
      );
      await near(`sum(rate(istio_requests_total{${green},reporter="destination"}[3s]))`, 80, 120);
      await near(`100 * ${ratio}`, 77, 83);
      await near(`histogram_quantile(0.95, sum by (le) (${bucket}))`, 5, 100);
      await world.mesh.setBehaviour('tiffin/payment-gateway', 'v2.3.1', { errorPercent: 10 });
      const bad = `sum(rate(istio_requests_total{${green},reporter="source",response_code=~"5.."}[3s]))`;
      await near(`100 * ${bad} / sum(rate(istio_requests_total{${green},reporter="source"}[3s]))`, 8.5, 11.5);
    } finally {
      await world.mesh.setBehaviour('tiffin/payment-gateway', 'v2.3.1', null);
      await prometheus.close();
    }
  });
});
