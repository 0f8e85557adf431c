/** docs/metrics.md: the bot's own metrics. */
import { code, page, table } from './markdown.ts';

export interface MetricFacts {
  readonly name: string;
  readonly help: string;
  readonly type: string;
}

export const renderMetrics = (metrics: readonly MetricFacts[]): string =>
  page(
    'Metrics',
    'Served at `/metrics` on the health port (`server.port`, 9090). The usual process and Node.js metrics of prom-client are there too.',
    table(
      ['Metric', 'Kind', 'What it counts'],
      metrics
        .filter(({ name }) => name.startsWith('dabbawala_'))
        .map(({ name, type, help }) => [code(name), type, help]),
    ),
  );
