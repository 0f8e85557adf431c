import { describe, expect, it } from 'vitest';
import { fillQuery, judgeQuery, promDuration, quoteLabel } from '../../../src/core/analysis/promql.ts';

const LABEL = 'destination_workload';
const C = `${LABEL}="$workload"`;

describe('judgeQuery accepts what looks at the candidate alone', () => {
  it.each([
    ['a plain selector', `up{${C}}`],
    ['a rate over the window', `rate(requests_total{${C}}[$window])`],
    ['the window twice', `rate(a{${C}}[$window]) / rate(b{${C}}[$window])`],
    ['an aggregation', `sum by (code) (rate(requests_total{${C},code=~"5.."}[$window]))`],
    [
      'the ratio with absent bad as 0',
      `(sum(rate(bad{${C}}[1m])) or 0 * sum(rate(all{${C}}[1m]))) / sum(rate(all{${C}}[1m]))`,
    ],
    ['a quantile', `histogram_quantile(0.95, sum by (le) (rate(lat_bucket{${C}}[$window])))`],
    ['the name as a matcher', `{__name__="requests_total",${C}}`],
    ['the quoted name of newer Prometheus', `{"my.metric",${C}}`],
    ['a quoted label', `up{"destination_workload"="$workload"}`],
    ['offset', `up{${C}} offset 5m`],
    ['offset by the window', `up{${C}} offset $window`],
    ['@', `up{${C}} @ 1700000000`],
    ['@ end()', `up{${C}} @ end()`],
    ['a subquery', `max_over_time(rate(a{${C}}[1m])[5m:30s])`],
    ['a comparison', `up{${C}} > bool 0`],
    ['numbers beside the selector', `100 * up{${C}} / 3`],
    ['time and timestamp', `time() - timestamp(up{${C}})`],
    ['absent() that stands alone', `absent(up{${C}})`],
    ['and, unless', `(a{${C}} and b{${C}}) unless c{${C}}`],
    ['a further matcher with $workload', `up{${C},pod=~"$workload-.*"}`],
    ['the matcher twice', `up{${C},${C}}`],
    ['whitespace and comments', `up{ destination_workload = "$workload" } # the candidate\n`],
    ['several lines', `sum(\n  rate(a{${C}}[$window])\n)`],
    ['a trailing comma', `up{${C},}`],
    ['a negative matcher beside it', `up{${C},code!="200"}`],
    ['a metric named like a keyword', `sum(avg{${C}})`],
    ['a recording rule', `job:requests:rate5m{${C}}`],
  ])('%s', (_title, query) => {
    expect(judgeQuery(query, LABEL)).toEqual({ ok: true });
  });

  it('by another label where the service has another', () => {
    expect(judgeQuery('up{deployment="$workload"}', 'deployment')).toEqual({ ok: true });
  });
});

describe('judgeQuery refuses what could match stable, or nothing', () => {
  it.each([
    ['no matcher at all', 'up', /"up" .*does not carry destination_workload="\$workload"/],
    ['empty braces', 'up{}', /does not carry/],
    ['another label', 'up{app="$workload"}', /does not carry/],
    ['a regex matcher', 'up{destination_workload=~"$workload"}', /does not carry/],
    ['an inequality', 'up{destination_workload!="$workload"}', /does not carry/],
    ['a negative regex', 'up{destination_workload!~"$workload"}', /does not carry/],
    ['a fixed workload', 'up{destination_workload="payment-gateway-blue"}', /does not carry/],
    ['more than the variable', 'up{destination_workload="$workload-2"}', /does not carry/],
    ['a prefix', 'up{destination_workload="x$workload"}', /does not carry/],
    ['a label that only ends alike', 'up{x_destination_workload="$workload"}', /does not carry/],
    ['one good selector and one bad', `a{${C}} / b`, /"b" at character/],
    ['a bad one deep in a subquery', `a{${C}} + max_over_time(b[5m:1m])`, /"b" at character/],
    ['a bad one inside an aggregation parameter', `topk(scalar(x), up{${C}})`, /"x"/],
    ['a bad one on the right of or', `sum(a{${C}}) or sum(a)`, /"a" at character/],
    ['a name matcher alone', '{__name__="up"}', /does not carry/],
    ['a regex over names', `{__name__=~".+"}`, /does not carry/],
    ['a quoted name as the label', `up{"destination_workload"}`, /does not carry/],
    ['single quotes', `up{destination_workload='$workload'}`, /double quotes/],
    ['backticks', 'up{destination_workload=`$workload`}', /double quotes/],
    ['vector(1)', 'vector(1)', /selects no series/],
    ['a number', '1', /selects no series/],
    ['time()', 'time()', /selects no series/],
    ['a text', '"up"', /selects no series/],
    ['or vector(1)', `sum(a{${C}}) or vector(1)`, /"or vector\(1\)" would invent/],
    ['or (vector(0))', `sum(a{${C}}) or (vector(0))`, /would invent/],
    ['vector(0) or …', `vector(0) or sum(a{${C}})`, /would invent/],
    ['or on() vector(0)', `sum(a{${C}}) or on() vector(0)`, /would invent/],
    ['or vector(0) * 2', `sum(a{${C}}) or vector(0) * 2`, /would invent/],
    ['or absent()', `sum(a{${C}}) or absent(a{${C}})`, /would invent/],
    ['or vector(scalar())', `sum(a{${C}}) or vector(scalar(a{${C}}))`, /would invent/],
    ['info()', `info(up{${C}})`, /info\(\)/],
    ['nothing', '', /no PromQL/],
    ['blanks', '   ', /no PromQL/],
    ['a comment alone', '# up', /no PromQL/],
    ['an unclosed bracket', `sum(rate(a{${C}}[5m])`, /no PromQL at character/],
    ['an unclosed brace', `up{${C}`, /no PromQL/],
    ['an unclosed text', 'up{destination_workload="$workload', /(never closed|no PromQL)/],
    ['two expressions', `up{${C}} up{${C}}`, /no PromQL/],
    ['a statement of another language', 'SELECT 1', /no PromQL/],
    ['$window outside a range', `up{${C}} * $window`, /\$window may stand only/],
    ['$window in a name', `up_$window{${C}}`, /\$window may stand only/],
    ['$window as part of a range', `rate(a{${C}}[5m$window])`, /\$window may stand only/],
    ['$window in a text', `up{${C},x="$window"}`, /\$window may stand only/],
    ['$workload as a name', `$workload{${C}}`, /no PromQL|double quotes/],
    ['$workload in a comment', `up{${C}} # $workload`, /double quotes/],
    ['an unknown variable', `up{${C},x="$job"}`, /\$job is no variable/],
    [
      'a variable with a longer name',
      `up{destination_workload="$workloads"}`,
      /(\$workloads|does not carry)/,
    ],
  ])('%s', (_title, query, reason) => {
    const judgement = judgeQuery(query, LABEL);
    expect(judgement).toEqual({ ok: false, reason: expect.stringMatching(reason) });
  });

  it('names line and character of the fault', () => {
    expect(judgeQuery(`sum(\n  rate(a{${C}}[$window]) +\n  rate(b[$window])\n)`, LABEL)).toEqual({
      ok: false,
      reason: expect.stringContaining('at line 3, character 8'),
    });
  });

  it('keeps positions right after $window was read as a duration', () => {
    const query = `rate(a{${C}}[$window]) + b`;
    expect(judgeQuery(query, LABEL)).toEqual({
      ok: false,
      reason: expect.stringContaining(`at character ${query.length}`),
    });
  });
});

describe('fillQuery', () => {
  const query = `rate(a{${C}}[$window])`;

  it('fills in both variables', () => {
    expect(fillQuery(query, { workload: 'payment-gateway-green', windowMs: 30_000 })).toBe(
      'rate(a{destination_workload="payment-gateway-green"}[30s])',
    );
  });

  it.each(['x"} or vector(1) or up{a="', 'x\\', 'x\n"', '$window', '$&', '$workload"}'])(
    'a workload named %j cannot leave its quotes',
    (workload) => {
      const filled = fillQuery(query, { workload, windowMs: 1000 });
      const value = /="((?:[^"\\]|\\.)*)"\}\[1s\]\)$/.exec(filled)?.[1] ?? '';
      expect(filled).toBe(`rate(a{destination_workload="${value}"}[1s])`);
      expect(JSON.parse(`"${value}"`)).toBe(workload);
    },
  );
});

describe('PromQL texts', () => {
  it.each([
    [30_000, '30s'],
    [5000, '5s'],
    [5500, '5500ms'],
    [400, '400ms'],
    [0, '1ms'],
  ])('%i ms is %s', (ms, text) => {
    expect(promDuration(ms)).toBe(text);
  });

  it('escapes a label value', () => {
    expect(quoteLabel('a"b\\c\nd')).toBe('"a\\"b\\\\c\\nd"');
  });
});
