/** The course of an alert's expression, asked of the Prometheus of its cluster: at the beginning, then every few minutes. */
import type { About } from '../../core/alert/about.ts';
import { chartOf, spanOf } from '../../core/alert/alert-chart.ts';
import type { AlertGroup } from '../../core/alert/alert-group.ts';
import { drawableOf, expressionOf } from '../../core/alert/expression.ts';
import type { MetricsHistory } from '../../ports/metrics-history.ts';
import type { AlertPorts } from './alert-ports.ts';
import type { Look } from './look-around.ts';

/** Each drawing is an edit of the card. */
const AGAIN_MS = 2 * 60_000;

export const chartExpression =
  (ports: AlertPorts & { readonly history: MetricsHistory }): Look =>
  async (group, about, now) => {
    if (group.chart && now - group.chart.at < AGAIN_MS) return null;
    const expression = group.members.map(({ generatorUrl }) => expressionOf(generatorUrl)).find(Boolean);
    const drawable = expression ? drawableOf(expression) : null;
    const cluster = clusterOf(ports, group, about);
    if (drawable === null || cluster === null) return null;
    const span = spanOf(group.since, now);
    const answer = await ports.history.range(cluster, drawable.query, span);
    if (answer.kind === 'unknown') {
      ports.log.info({ alertGroup: group.id, why: answer.detail }, 'an alert is told without its chart');
      return null;
    }
    const chart = chartOf(answer.series, group.members, drawable, span);
    return chart && { patch: { chart }, lines: [] };
  };

/** By the label `cluster`, else that of the service, else the only one. null: nobody knows which Prometheus measured it. */
function clusterOf({ config }: AlertPorts, { labels }: AlertGroup, { environment }: About): string | null {
  const names = Object.keys(config.clusters);
  const said = labels['cluster'] ?? '';
  if (names.includes(said)) return said;
  const own = environment === null ? [] : (config.environments[environment]?.clusters ?? []);
  const [only, ...others] = own.length > 0 ? own : names;
  return only !== undefined && others.length === 0 ? only : null;
}
