import type { KnownBlock } from '@slack/types';
import { LIMITS } from './limits.ts';
import { plainText } from './text.ts';

/** Slack's `data_visualization`, which @slack/types does not know yet. Lines alone. */
export interface ChartBlock {
  readonly type: 'data_visualization';
  readonly title: string;
  readonly chart: {
    readonly type: 'line';
    readonly series: readonly ChartSeries[];
    readonly axis_config: {
      readonly categories: readonly string[];
      readonly x_label: string;
      readonly y_label: string;
    };
  };
}

export interface ChartSeries {
  readonly name: string;
  readonly data: readonly { readonly label: string; readonly value: number }[];
}

export interface LineChart {
  readonly title: string;
  readonly xLabel: string;
  readonly yLabel: string;
  readonly categories: readonly string[];
  readonly series: readonly { readonly name: string; readonly values: readonly (number | null)[] }[];
}

/** The one cast: the block is Slack's, its type is not. */
export const asKnownBlock = (chart: ChartBlock): KnownBlock => chart as unknown as KnownBlock;

/**
 * Slack refuses a chart with a gap: a missing or non-finite value takes the last known one of its series (the next
 * one before the first); a series without any is left out. The newest 20 categories stay. null: nothing to draw.
 */
export function lineChart(input: LineChart): ChartBlock | null {
  const first = Math.max(0, input.categories.length - LIMITS.chartCategories);
  const categories = distinct(input.categories.slice(first), 'x');
  const drawn = input.series
    .map(({ name, values }) => ({
      name,
      values: filled(categories.map((_, index) => values[first + index] ?? null)),
    }))
    .filter((each): each is { name: string; values: readonly number[] } => each.values !== null)
    .slice(0, LIMITS.chartSeries);
  if (categories.length < 2 || drawn.length === 0) return null;
  const names = distinct(
    drawn.map((each) => each.name),
    'series',
  );
  return {
    type: 'data_visualization',
    title: label(input.title, LIMITS.chartTitle, 'chart'),
    chart: {
      type: 'line',
      series: drawn.map(({ values }, position) => ({
        name: names[position] ?? `series ${position}`,
        data: categories.map((category, index) => ({ label: category, value: values[index] ?? 0 })),
      })),
      axis_config: {
        categories,
        x_label: label(input.xLabel, LIMITS.chartTitle, 'time'),
        y_label: label(input.yLabel, LIMITS.chartTitle, 'value'),
      },
    },
  };
}

const label = (text: string, max: number, otherwise: string): string =>
  plainText(text, max).slice(0, max).toWellFormed() || otherwise;

function distinct(labels: readonly string[], otherwise: string): string[] {
  const seen = new Set<string>();
  return labels.map((text, index) => {
    const short = label(text, LIMITS.chartName, otherwise);
    const unique = seen.has(short) ? `${short.slice(0, 14)} #${index}` : short;
    seen.add(unique);
    return unique;
  });
}

function filled(values: readonly (number | null)[]): readonly number[] | null {
  const known = values.find((value) => value !== null && Number.isFinite(value));
  if (known === undefined || known === null) return null;
  let last: number = known;
  return values.map((value) => {
    if (value !== null && Number.isFinite(value)) last = value;
    return last;
  });
}
