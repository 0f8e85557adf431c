import { describe, expect, it } from 'vitest';
import { type Reading, unknownReading } from '../../../src/core/analysis/reading.ts';
import {
  hasReached,
  knownRequests,
  observedShare,
  shareTolerance,
} from '../../../src/core/analysis/share.ts';
import { countBreaches, dueBreach, judge, tickVerdict } from '../../../src/core/analysis/verdict.ts';
import { blind, type Numbers, sampleAt, workload } from '../../support/observed.ts';
import { ERROR_RATE, makePlan, P95, PAYMENTS, verdict } from '../../support/rollout-fixtures.ts';

const plan = makePlan();
const judgeOne = (rule: typeof ERROR_RATE, candidate: Numbers) => {
  const [found] = judge([rule], sampleAt(25, candidate), { policy: plan.analysis, times: plan.times });
  if (!found) throw new Error('no verdict');
  return found;
};

describe('a rule', () => {
  it.each([
    ['error rate at the limit', ERROR_RATE, { errors: 5 }, 'pass', false],
    ['error rate just above it', ERROR_RATE, { errors: 5.1 }, 'breach', false],
    ['error rate at the critical limit', ERROR_RATE, { errors: 50 }, 'breach', false],
    ['error rate beyond the critical limit', ERROR_RATE, { errors: 51 }, 'breach', true],
    ['p95 at the limit', P95, { p95Ms: 2000 }, 'pass', false],
    ['p95 above it', P95, { p95Ms: 2001 }, 'breach', false],
    ['payment success at the limit', PAYMENTS, { paymentSuccess: 99 }, 'pass', false],
    ['payment success below it', PAYMENTS, { paymentSuccess: 98.9 }, 'breach', false],
    ['payment success below the critical limit', PAYMENTS, { paymentSuccess: 94 }, 'breach', true],
    ['one request short of the minimum sample', ERROR_RATE, { requests: 49, errors: 1 }, 'unknown', false],
    ['the minimum sample', ERROR_RATE, { requests: 50, errors: 0 }, 'pass', false],
    ['an error burst below the minimum sample', ERROR_RATE, { requests: 20, errors: 10 }, 'breach', false],
    ['one error short of a burst', ERROR_RATE, { requests: 20, errors: 9 }, 'unknown', false],
    ['no series at all', ERROR_RATE, { requests: null }, 'unknown', false],
    ['no request in the window', ERROR_RATE, { requests: 0 }, 'unknown', false],
    ['a sample at the age limit', ERROR_RATE, { ageMs: 15_000 }, 'pass', false],
    ['a sample past the age limit', ERROR_RATE, { ageMs: 15_001 }, 'unknown', false],
    ['a stale breach', ERROR_RATE, { ageMs: 15_001, errors: 900 }, 'unknown', false],
    ['NaN', P95, { p95Ms: Number.NaN }, 'unknown', false],
    ['infinity above', P95, { p95Ms: Number.POSITIVE_INFINITY }, 'unknown', false],
    ['infinity below', PAYMENTS, { paymentSuccess: Number.NEGATIVE_INFINITY }, 'unknown', false],
  ] as const)('%s', (_, rule, numbers, expected, isCritical) => {
    expect(judgeOne(rule, numbers)).toMatchObject({ verdict: expected, isCritical });
  });

  it('is unknown in the same way whether it is written as above or as below', () => {
    for (const reason of [
      'no_data',
      'many_series',
      'timeout',
      'http_error',
      'unreachable',
      'bad_answer',
    ] as const)
      for (const rule of [ERROR_RATE, P95, PAYMENTS]) {
        const [found] = judge(
          [rule],
          { stable: workload(), candidate: blind(reason) },
          { policy: plan.analysis, times: plan.times },
        );
        expect(found).toMatchObject({ verdict: 'unknown', candidate: null });
      }
  });

  it('says its number and its limit, and names the query of an unknown', () => {
    expect(judgeOne(ERROR_RATE, { errors: 31 }).detail).toBe('3.1 % against at most 0.5 %');
    const [found] = judge(
      [PAYMENTS],
      { stable: workload(), candidate: blind('timeout') },
      { policy: plan.analysis, times: plan.times },
    );
    expect(found).toMatchObject({
      detail: 'Prometheus did not answer in time: connection refused',
      query: 'sum(increase(istio_requests_total[30s]))',
    });
  });

  it('judges all rules: one breach hides no other', () => {
    const all = judge(plan.rules, sampleAt(25, { errors: 100, p95Ms: 5000, paymentSuccess: 10 }), {
      policy: plan.analysis,
      times: plan.times,
    });
    expect(all.map((entry) => entry.verdict)).toEqual(['breach', 'breach', 'breach']);
  });
});

describe('a tick', () => {
  it('is a breach if any rule breaches, else unknown if any is, else a pass; no rules prove nothing', () => {
    const of = (...verdicts: ('pass' | 'breach' | 'unknown')[]) =>
      tickVerdict(verdicts.map((entry) => verdict('x', { verdict: entry })));
    expect([of('pass', 'unknown', 'breach'), of('pass', 'unknown'), of('pass', 'pass'), of()]).toEqual([
      'breach',
      'unknown',
      'pass',
      'unknown',
    ]);
  });

  it('counts consecutive breaches: a pass resets, unknown changes nothing', () => {
    const breach = [verdict('error_rate', { verdict: 'breach' })];
    const once = countBreaches({}, breach);
    expect(dueBreach(breach, once, 2)).toBeNull();
    expect(countBreaches(once, [verdict('error_rate', { verdict: 'unknown' })])).toEqual({ error_rate: 1 });
    expect(countBreaches(once, [verdict('error_rate')])).toEqual({ error_rate: 0 });
    expect(dueBreach(breach, countBreaches(once, breach), 2)?.ruleId).toBe('error_rate');
  });

  it('lets a critical breach act on the first sample', () => {
    const critical = [
      verdict('error_rate', { verdict: 'breach' }),
      verdict('p95', { verdict: 'breach', isCritical: true }),
    ];
    expect(dueBreach(critical, { error_rate: 1, p95: 1 }, 2)?.ruleId).toBe('p95');
  });
});

describe('the observed share', () => {
  it('reads an absent series as 0 only while the other colour is fresh', () => {
    const none = workload({ requests: null });
    expect(knownRequests(none, workload(), 5000)).toBe(0);
    expect(knownRequests(none, workload({ ageMs: 16_000 }), 5000)).toBeNull();
    expect(knownRequests(none, none, 5000)).toBeNull();
    expect(knownRequests(blind(), workload(), 5000)).toBeNull();
  });

  it('is null where nothing is known or nothing was sent', () => {
    expect(observedShare(sampleAt(25), 5000)).toMatchObject({ percent: 25, requests: 4000 });
    expect(observedShare({ stable: blind(), candidate: workload() }, 5000)).toBeNull();
    expect(
      observedShare({ stable: workload({ requests: 0 }), candidate: workload({ requests: 0 }) }, 5000),
    ).toBeNull();
  });

  it('tolerates 3 points, more where few requests make it uncertain', () => {
    expect(shareTolerance(50, 10_000)).toBe(3);
    expect(shareTolerance(50, 100)).toBeCloseTo(15);
    expect(hasReached({ percent: 27.9, requests: 10_000 }, 25)).toBe(true);
    expect(hasReached({ percent: 28.1, requests: 10_000 }, 25)).toBe(false);
  });

  it('never turns a non-finite number into a share', () => {
    const odd: Reading = { kind: 'value', value: Number.NaN };
    expect(knownRequests({ ...workload(), requests: odd }, workload(), 5000)).toBeNull();
    expect(
      knownRequests({ ...workload(), requests: unknownReading('not_finite') }, workload(), 5000),
    ).toBeNull();
  });
});
