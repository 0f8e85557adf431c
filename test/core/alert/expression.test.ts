import { describe, expect, it } from 'vitest';
import { drawableOf, expressionOf } from '../../../src/core/alert/expression.ts';

describe('the expression behind an alert', () => {
  it.each([
    ['http://p.example/graph?g0.expr=up+%3D%3D+0&g0.tab=1', 'up == 0'],
    ['http://p.example/query?g0.expr=rate(x%5B5m%5D)', 'rate(x[5m])'],
    ['http://p.example/graph', null],
    ['not an address', null],
    [`http://p.example/graph?g0.expr=${'x'.repeat(5000)}`, null],
  ])('of %s', (url, expression) => {
    expect(expressionOf(url)).toBe(expression);
  });
});

describe('what of it is drawn', () => {
  it.each([
    ['rate(errors_total[5m]) > 0.5', 'rate(errors_total[5m])', 0.5],
    ['0.5 < rate(errors_total[5m])', 'rate(errors_total[5m])', 0.5],
    ['(sum(rate(a[1m])) / sum(rate(b[1m])) >= bool -1e3)', 'sum(rate(a[1m])) / sum(rate(b[1m]))', -1000],
    ['up == 0', 'up', 0],
    ['errors > 5 and on(job) requests > 100', 'errors', 5],
    ['a > b', 'a', null],
    ['absent(up{job="x"})', 'absent(up{job="x"})', null],
    [
      'histogram_quantile(0.95, sum by (le) (rate(x_bucket[5m]))) > 2',
      'histogram_quantile(0.95, sum by (le) (rate(x_bucket[5m])))',
      2,
    ],
  ])('%s', (expression, query, limit) => {
    expect(drawableOf(expression)).toEqual({ query, limit });
  });

  it.each(['', 'rate(', 'a >', '"', 'drop table'])('of %j is nothing', (expression) => {
    expect(drawableOf(expression)).toBeNull();
  });
});
