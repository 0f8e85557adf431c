import { describe, expect, it } from 'vitest';
import { readLineChart, shownLabels, ticksOf, tonesOf } from '../../../sandbox/page/src/blocks/chart.ts';
import { CALM, chart } from './fixtures.ts';

describe('the line chart', () => {
  it('reads categories and series of a data_visualization block', () => {
    const model = readLineChart(chart(CALM));
    expect(model?.categories).toHaveLength(CALM.length);
    expect(model?.series.map((one) => one.name)).toEqual(['stable', 'candidate', 'limit']);
    expect(model?.series[1]?.values).toEqual(CALM);
  });

  it.each([{}, { chart: { type: 'pie' } }, { chart: { type: 'line', series: [] } }])(
    'leaves %j to others',
    (block) => {
      expect(readLineChart(block)).toBeNull();
    },
  );

  it('marks a gap where a value is no number', () => {
    const model = readLineChart({
      chart: {
        type: 'line',
        series: [{ name: 'a', data: [{ label: 'x', value: 1 }] }],
        axis_config: { categories: ['x', 'y'] },
      },
    });
    expect(model?.series[0]?.values).toEqual([1, null]);
  });

  it.each([
    [
      [0.02, 0.5],
      [0, 0.2, 0.4, 0.6],
    ],
    [[3.05], [0, 1, 2, 3, 4]],
    [
      [0, 0],
      [0, 1e-9],
    ],
    [
      [-4, 4],
      [-4, -2, 0, 2, 4],
    ],
  ])('puts round marks around %j', (values, expected) => {
    const ticks = ticksOf(values);
    expect(ticks[0]).toBeLessThanOrEqual(Math.min(0, ...values));
    expect(ticks.at(-1)).toBeGreaterThanOrEqual(Math.max(...values));
    if (expected.length > 2) expect(ticks).toEqual(expected);
  });

  it('shows the newest label always, and fewer on a phone', () => {
    const labels = Array.from({ length: 20 }, (_, at) => `${at}:00`);
    const phone = shownLabels(labels, 250);
    const wide = shownLabels(labels, 1000);
    expect(phone.has(19)).toBe(true);
    expect(phone.size).toBeLessThan(wide.size);
    expect(wide.size).toBe(20);
  });

  it('draws a limit as a limit and each role in its own colour', () => {
    const names = ['limit', 'stable', 'candidate', 'green', 'p95'].map((name) => ({ name, values: [] }));
    expect(tonesOf(names)).toEqual(['limit', 'stable', 'candidate', 'green', 'blue']);
  });
});
