import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Prometheus, startPrometheus } from '../../../sandbox/processes/prometheus.ts';
import { until } from '../../../sandbox/processes/until.ts';

let orders = 0;
const exporter = createServer((request, response) => {
  orders += 10;
  response.setHeader('content-type', 'text/plain; version=0.0.4');
  response.end(`orders_total{path="${request.url}"} ${orders}\n`);
});
let prometheus: Prometheus;

beforeAll(async () => {
  await new Promise<void>((resolve) => exporter.listen(0, '127.0.0.1', resolve));
  const host = `http://127.0.0.1:${(exporter.address() as AddressInfo).port}`;
  prometheus = await startPrometheus({
    scrapeIntervalMs: 200,
    targets: [
      { url: `${host}/metrics`, labels: { part: 'one' } },
      { url: `${host}/other/metrics`, labels: { part: 'two' }, job: 'second' },
    ],
  });
});
afterAll(async () => {
  await prometheus?.close();
  exporter.close();
  exporter.closeAllConnections();
});

async function ask(query: string): Promise<{ metric: Record<string, string>; value: [number, string] }[]> {
  const response = await fetch(`${prometheus.url}/api/v1/query?query=${encodeURIComponent(query)}`);
  return ((await response.json()) as { data: { result: [] } }).data.result;
}

describe('prometheus', () => {
  it('scrapes every target on its own path and with its labels', async () => {
    const series = await until(
      async () => {
        const found = await ask('rate(orders_total[10s]) > 0');
        return found.length === 2 ? found : null;
      },
      { what: 'both series', timeoutMs: 10_000 },
    );

    expect(series.map(({ metric: { job, part, path } }) => [job, part, path]).sort()).toEqual([
      ['sandbox', 'one', '/metrics'],
      ['second', 'two', '/other/metrics'],
    ]);
  });

  it('comes back on the same port with what it knew', async () => {
    await until(async () => (await ask('count_over_time(orders_total[1m]) > 2')).length === 2, {
      what: 'some samples',
      timeoutMs: 10_000,
    });
    const before = Date.now() / 1000;
    await prometheus.stop();
    await expect(ask('up')).rejects.toThrow();

    await prometheus.restart();

    expect((await ask(`count_over_time(orders_total[1m] @ ${before})`)).length).toBe(2);
  });
});
