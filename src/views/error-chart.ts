import type { ChartPoint, Rollout } from '../core/rollout/rollout.ts';
import { asKnownBlock, lineChart, NOTHING, type Part } from './blocks.ts';
import { LIMITS } from './limits.ts';

const PHASES = ['shifting', 'analysing', 'paused', 'baking', 'draining', 'rolled-back', 'failed'];

/** Error rate of both colours with the limit, while it shifts and where it turned back. The classic form has none: the table says it. */
export function errorChart(rollout: Rollout): Part {
  if (rollout.plan === null || !PHASES.includes(rollout.phase)) return NOTHING;
  const measured = rollout.chart.filter((point) => known(point.candidate) || known(point.stable));
  const start = measured[0]?.at ?? 0;
  const points = buckets(bySecond(measured, start));
  const rule = rollout.plan.rules.find((each) => each.kind === 'errorRate');
  const drawn = lineChart({
    title: 'Error rate',
    xLabel: 'min:s since the first tick',
    yLabel: '% of requests answered 5xx',
    categories: points.map((point) => elapsed(point.at - start)),
    series: [
      { name: 'stable', values: points.map((point) => rounded(point.stable)) },
      { name: 'candidate', values: points.map((point) => rounded(point.candidate)) },
      ...(rule === undefined ? [] : [{ name: 'limit', values: points.map(() => rule.limit) }]),
    ],
  });
  return drawn === null ? NOTHING : { native: [asKnownBlock(drawn)], classic: [] };
}

const known = (value: number | null): value is number => value !== null && Number.isFinite(value);
const rounded = (value: number | null): number | null =>
  known(value) ? Math.round(value * 1000) / 1000 : null;

/** Ticks of one second share a label, which has to be unlike every other: they become one point. */
function bySecond(points: readonly ChartPoint[], start: number): readonly ChartPoint[] {
  const seconds = Map.groupBy(points, (point) => elapsed(point.at - start));
  return [...seconds.values()].map(merged);
}

/** The worst of each series, so that a peak never disappears. */
function merged(span: readonly ChartPoint[]): ChartPoint {
  const last = span.at(-1) ?? { at: 0, weight: 0, stable: null, candidate: null };
  return {
    ...last,
    stable: worst(span.map((each) => each.stable)),
    candidate: worst(span.map((each) => each.candidate)),
  };
}

function elapsed(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}

/** At most 20 points. */
function buckets(points: readonly ChartPoint[]): readonly ChartPoint[] {
  if (points.length <= LIMITS.chartCategories) return points;
  const per = points.length / LIMITS.chartCategories;
  return Array.from({ length: LIMITS.chartCategories }, (_, index) =>
    merged(points.slice(Math.floor(index * per), Math.floor((index + 1) * per))),
  );
}

function worst(values: readonly (number | null)[]): number | null {
  const numbers = values.filter(known);
  return numbers.length === 0 ? null : Math.max(...numbers);
}
