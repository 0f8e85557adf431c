/** The course of an alert's expression: a chart, and where charts are not known a line of bars. */
import type { AlertGroup } from '../core/alert/alert-group.ts';
import { asKnownBlock, context, lineChart, NOTHING, type Part } from './blocks.ts';
import { amount } from './format.ts';
import { escapeEntities, plainText } from './text.ts';

const BARS = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

export function alertChart({ chart, since, title }: AlertGroup): Part {
  if (!chart) return NOTHING;
  const drawn = lineChart({
    title: plainText(title, 50),
    xLabel: 'min:s since it began',
    yLabel: plainText(chart.query, 50),
    categories: chart.times.map((time) => elapsed(time - since)),
    series: [
      ...chart.series.map(({ name, values }) => ({ name: plainText(name, 20), values })),
      ...(chart.limit === null ? [] : [{ name: 'limit', values: chart.times.map(() => chart.limit) }]),
    ],
  });
  if (drawn === null) return NOTHING;
  return {
    native: [asKnownBlock(drawn)],
    classic: [context(...chart.series.map((series) => bars(series, chart.limit)))],
  };
}

function bars(
  { name, values }: NonNullable<AlertGroup['chart']>['series'][number],
  limit: number | null,
): string {
  const known = values.filter((value) => value !== null);
  const low = Math.min(...known, limit ?? Number.POSITIVE_INFINITY);
  const high = Math.max(...known, limit ?? Number.NEGATIVE_INFINITY);
  const row = values.map((value) => (value === null ? ' ' : bar(value, low, high))).join('');
  const last = known.at(-1) ?? null;
  const against = limit === null ? '' : `, limit ${amount(limit)}`;
  return `\`${row}\` ${escapeEntities(plainText(name, 40))} ${amount(last)}${against}`;
}

const bar = (value: number, low: number, high: number): string =>
  BARS[high === low ? 0 : Math.round(((value - low) / (high - low)) * (BARS.length - 1))] ?? '▁';

function elapsed(ms: number): string {
  const seconds = Math.round(Math.abs(ms) / 1000);
  return `${ms < 0 && seconds > 0 ? '-' : ''}${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}
