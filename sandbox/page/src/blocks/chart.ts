/** Geometry of a line chart, apart from React so that it can be tested. */
export interface Series {
  readonly name: string;
  readonly values: readonly (number | null)[];
}

export interface ChartModel {
  readonly title: string;
  readonly categories: readonly string[];
  readonly series: readonly Series[];
  readonly xLabel: string;
  readonly yLabel: string;
}

type Raw = Record<string, unknown>;
const raw = (value: unknown): Raw => (typeof value === 'object' && value !== null ? (value as Raw) : {});
const list = (value: unknown): Raw[] => (Array.isArray(value) ? value.map(raw) : []);

/** null when the block is no line or area chart, or has nothing to draw. */
export function readLineChart(block: Raw): ChartModel | null {
  const chart = raw(block.chart);
  if (chart.type !== 'line' && chart.type !== 'area') return null;
  const axis = raw(chart.axis_config);
  const all = list(chart.series);
  const named = Array.isArray(axis.categories) ? axis.categories.map(String) : [];
  const categories = named.length > 0 ? named : list(all[0]?.data).map((point) => String(point.label));
  if (categories.length === 0 || all.length === 0) return null;
  const series = all.map((one) => {
    const points = new Map(list(one.data).map((point) => [String(point.label), point.value]));
    return {
      name: String(one.name ?? ''),
      values: categories.map((label) => {
        const value = points.get(label);
        return typeof value === 'number' && Number.isFinite(value) ? value : null;
      }),
    };
  });
  return {
    title: typeof block.title === 'string' ? block.title : String(raw(block.title).text ?? ''),
    categories,
    series,
    xLabel: String(axis.x_label ?? ''),
    yLabel: String(axis.y_label ?? ''),
  };
}

/** Round marks from at most 0 to at least the maximum. */
export function ticksOf(values: readonly number[], wanted = 4): readonly number[] {
  const low = Math.min(0, ...values);
  const high = Math.max(...values, low + 1e-9);
  const rough = (high - low) / wanted;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 2.5, 5, 10].find((factor) => factor * power >= rough) ?? 10) * power;
  const first = Math.floor(low / step) * step;
  const count = Math.max(1, Math.ceil((high - first) / step - 1e-9));
  return Array.from({ length: count + 1 }, (_, at) => Number((first + at * step).toPrecision(12)));
}

/** Which category labels fit: the last always, others evenly. */
export function shownLabels(
  labels: readonly string[],
  width: number,
  perCharacter = 6.4,
): ReadonlySet<number> {
  const widest = Math.max(...labels.map((label) => label.length), 1) * perCharacter + 14;
  const fits = Math.max(1, Math.floor(width / widest));
  const every = Math.max(1, Math.ceil(labels.length / fits));
  const last = labels.length - 1;
  return new Set(labels.map((_, at) => at).filter((at) => (last - at) % every === 0));
}

export type Tone = 'blue' | 'green' | 'stable' | 'candidate' | 'limit' | 'third' | 'fifth';

/** A colour named in the series is that colour; a role has a colour of its own; a limit is the red dashes. */
export function tonesOf(series: readonly Series[]): readonly Tone[] {
  const free: Tone[] = ['blue', 'green', 'candidate', 'third', 'fifth'];
  const claim = (tone: Tone): Tone => {
    const at = free.indexOf(tone);
    if (at >= 0) free.splice(at, 1);
    return tone;
  };
  const named = series.map(({ name }): Tone | null =>
    /limit|threshold|budget/i.test(name)
      ? 'limit'
      : /\bblue\b/i.test(name)
        ? claim('blue')
        : /\bgreen\b/i.test(name)
          ? claim('green')
          : /^(stable|candidate)\b/i.test(name)
            ? (claim(name.toLowerCase().startsWith('s') ? 'stable' : 'candidate') as Tone)
            : null,
  );
  return named.map((tone) => tone ?? free.shift() ?? 'fifth');
}

export const formatValue = (value: number): string =>
  Math.abs(value) >= 10_000
    ? `${Number((value / 1000).toPrecision(3))}k`
    : String(Number(value.toPrecision(3)));
