/** The course of an alert's expression around its beginning, small enough to be kept with the group. Pure. */
import type { AlertMember } from './alert-group.ts';

export interface AlertChart {
  /** When it was asked, ms since the epoch. */
  readonly at: number;
  readonly query: string;
  readonly limit: number | null;
  /** ms since the epoch, oldest first. */
  readonly times: readonly number[];
  readonly series: readonly { readonly name: string; readonly values: readonly (number | null)[] }[];
}

interface Found {
  readonly labels: Readonly<Record<string, string>>;
  readonly points: readonly (readonly [number, number])[];
}

/** As many as a chart of Slack takes. */
export const CHART_POINTS = 20;
const SERIES_AT_MOST = 3;
const BEFORE_MS = 15 * 60_000;
const LONGEST_MS = 6 * 3_600_000;

/** From a quarter of an hour before the beginning until now, at most six hours. */
export function spanOf(
  since: number,
  now: number,
): { readonly from: number; readonly to: number; readonly stepMs: number } {
  const from = Math.max(Math.min(since, now) - BEFORE_MS, now - LONGEST_MS);
  const stepMs = Math.max(1000, Math.ceil((now - from) / (CHART_POINTS - 1) / 1000) * 1000);
  return { from: now - stepMs * (CHART_POINTS - 1), to: now, stepMs };
}

/** The series that the firing alerts stand on first; of several the highest at the end. null: there is nothing to draw. */
export function chartOf(
  found: readonly Found[],
  members: readonly AlertMember[],
  question: Pick<AlertChart, 'query' | 'limit'>,
  span: ReturnType<typeof spanOf>,
): AlertChart | null {
  const times = Array.from({ length: CHART_POINTS }, (_, index) => span.from + index * span.stepMs);
  const firing = members.filter(({ state }) => state === 'firing');
  const ranked = found
    .filter(({ points }) => points.length > 0)
    .map((series) => ({ ...series, isFiring: firing.some((member) => isOf(series, member)) }))
    .sort((a, b) => Number(b.isFiring) - Number(a.isFiring) || lastOf(b) - lastOf(a))
    .slice(0, SERIES_AT_MOST);
  if (ranked.length === 0) return null;
  const names = namesOf(ranked);
  return {
    ...{ at: span.to, times, ...question },
    series: ranked.map(({ points }, index) => ({
      name: names[index] ?? '',
      values: times.map((time) => nearest(points, time, span.stepMs / 2)),
    })),
  };
}

/** A rule adds labels to those of its series and takes none away. */
const isOf = ({ labels }: Found, member: AlertMember): boolean =>
  Object.entries(labels).every(([name, value]) => name === '__name__' || member.labels[name] === value);

const lastOf = ({ points }: Found): number => points.at(-1)?.[1] ?? Number.NEGATIVE_INFINITY;

const nearest = (points: Found['points'], time: number, withinMs: number): number | null =>
  points.find(([at]) => Math.abs(at - time) <= withinMs)?.[1] ?? null;

/** By the labels in which they differ. */
function namesOf(all: readonly Found[]): readonly string[] {
  const [first] = all;
  if (all.length === 1 || !first) return ['measured'];
  return all.map(({ labels }) => {
    const own = Object.entries(labels).filter(([name, value]) =>
      all.some((other) => other.labels[name] !== value),
    );
    return own.map(([, value]) => value).join(' ') || 'measured';
  });
}
