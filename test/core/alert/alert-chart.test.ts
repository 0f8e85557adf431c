import { describe, expect, it } from 'vitest';
import { CHART_POINTS, chartOf, spanOf } from '../../../src/core/alert/alert-chart.ts';
import { ALERT_T0, makeMember } from '../../support/alert-fixtures.ts';

const MINUTE = 60_000;
const span = spanOf(ALERT_T0, ALERT_T0 + 4 * MINUTE);
const series = (instance: string, value: number) => ({
  labels: { __name__: 'up', instance, job: 'node' },
  points: Array.from({ length: CHART_POINTS }, (_, index): [number, number] => [
    span.from + index * span.stepMs,
    value,
  ]),
});
const QUESTION = { query: 'up', limit: 0 };

describe('the span of a chart', () => {
  it('begins a quarter of an hour before the alert, ends now, and is never longer than six hours', () => {
    expect(span).toEqual({
      from: ALERT_T0 + 4 * MINUTE - 19 * 60_000,
      to: ALERT_T0 + 4 * MINUTE,
      stepMs: 60_000,
    });
    const old = spanOf(ALERT_T0 - 86_400_000, ALERT_T0);
    expect(old.to - old.from).toBeLessThanOrEqual(6 * 3_600_000 + old.stepMs * CHART_POINTS);
    expect(spanOf(ALERT_T0 + MINUTE, ALERT_T0).stepMs).toBeGreaterThanOrEqual(1000);
  });
});

describe('a chart', () => {
  it('shows the series of what fires before higher ones, by the labels in which they differ', () => {
    const chart = chartOf(
      [series('b', 9), series('a', 1), series('c', 5), series('d', 3)],
      [makeMember('a')],
      QUESTION,
      span,
    );
    expect(chart?.series.map(({ name }) => name)).toEqual(['a', 'b', 'c']);
    expect(chart).toMatchObject({ at: span.to, query: 'up', limit: 0, times: { length: CHART_POINTS } });
  });

  it('has gaps where nothing was measured', () => {
    const [first] = series('a', 1).points;
    const chart = chartOf([{ ...series('a', 1), points: first ? [first] : [] }], [], QUESTION, span);
    expect(chart?.series[0]?.values.filter((value) => value !== null)).toEqual([1]);
  });

  it('of nothing is none', () => {
    expect(chartOf([], [makeMember('a')], QUESTION, span)).toBeNull();
    expect(chartOf([{ labels: {}, points: [] }], [], QUESTION, span)).toBeNull();
  });
});
