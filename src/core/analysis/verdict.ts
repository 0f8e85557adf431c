import type { AnalysisPolicy, Times } from '../rollout/plan.ts';
import { type Reading, type Sample, unknownReading, type WorkloadSample } from './reading.ts';
import type { Rule, RuleVerdict, Verdict } from './rule.ts';

/** A sample older than this many scrape intervals says nothing about now. */
const STALE_AFTER_SCRAPES = 3;

interface Judging {
  readonly policy: AnalysisPolicy;
  readonly times: Times;
}

/** Whether the workload's newest raw sample is young enough, by Prometheus' own clock. */
export const isFresh = (sample: WorkloadSample, scrapeIntervalMs: number): boolean =>
  sample.ageMs.kind === 'value' && sample.ageMs.value <= STALE_AFTER_SCRAPES * scrapeIntervalMs;

/** The number of a rule for one workload, before any judgement: value or why there is none. */
export function readRule(rule: Rule, sample: WorkloadSample): Reading {
  if (rule.kind === 'p95') return finite(sample.p95Ms);
  if (rule.kind === 'promql')
    return finite(sample.own[rule.id] ?? unknownReading('not_asked', rule.query ?? ''));
  if (sample.requests.kind === 'unknown') return sample.requests;
  if (sample.errors.kind === 'unknown') return sample.errors;
  if (!(sample.requests.value > 0)) return unknownReading('no_data', 'requests', 'no request in the window');
  return finite({ kind: 'value', value: (sample.errors.value / sample.requests.value) * 100 });
}

/** Every rule on one sample: one failing rule never hides the others. */
export const judge = (rules: readonly Rule[], sample: Sample, judging: Judging): readonly RuleVerdict[] =>
  rules.map((rule) => judgeRule(rule, sample, judging));

function judgeRule(rule: Rule, sample: Sample, judging: Judging): RuleVerdict {
  const reading = trusted(rule, sample.candidate, judging);
  const stable = readRule(rule, sample.stable);
  const base = { ruleId: rule.id, stable: stable.kind === 'value' ? round(stable.value) : null };
  if (reading.kind === 'unknown') {
    const burst = errorBurst(rule, sample.candidate, judging);
    if (burst !== null) return { ...base, verdict: 'breach', isCritical: false, ...burst };
    return {
      ...base,
      verdict: 'unknown',
      isCritical: false,
      candidate: null,
      detail: wordsForUnknown(reading),
      query: reading.query,
      because: reading.reason,
    };
  }
  const verdict: Verdict = isBeyond(rule, reading.value, rule.limit) ? 'breach' : 'pass';
  const isCritical = rule.critical !== null && isBeyond(rule, reading.value, rule.critical);
  const detail = `${format(reading.value, rule.unit)} against ${rule.breachWhen === 'above' ? 'at most' : 'at least'} ${format(rule.limit, rule.unit)}`;
  return {
    ...base,
    verdict: isCritical ? 'breach' : verdict,
    isCritical,
    candidate: round(reading.value),
    detail,
  };
}

/** A reading that may be judged: fresh, finite, and standing on enough requests where it is a ratio. */
function trusted(rule: Rule, sample: WorkloadSample, { policy, times }: Judging): Reading {
  const reading = readRule(rule, sample);
  if (reading.kind === 'unknown')
    return isMadeOfRequests(rule, reading) ? (tooFew(sample, policy, times) ?? reading) : reading;
  if (sample.ageMs.kind === 'unknown') return sample.ageMs;
  if (!isFresh(sample, times.scrapeIntervalMs))
    return unknownReading(
      'stale',
      'age of the newest sample',
      `${Math.round(sample.ageMs.value / 1000)} s old`,
    );
  if (!rule.isRatio) return reading;
  if (sample.requests.kind === 'unknown') return sample.requests;
  return tooFew(sample, policy, times) ?? reading;
}

/** A rate or a quantile of no requests is no number; of a service's own query nobody knows what an empty answer means. */
const isMadeOfRequests = (rule: Rule, { reason }: Extract<Reading, { kind: 'unknown' }>): boolean =>
  rule.isRatio && rule.kind !== 'promql' && (reason === 'no_data' || reason === 'not_finite');

/** null: enough, or not known how many. */
function tooFew(sample: WorkloadSample, policy: AnalysisPolicy, times: Times): Reading | null {
  const { requests } = sample;
  const isKnown = requests.kind === 'value' && Number.isFinite(requests.value);
  if (!isKnown || !isFresh(sample, times.scrapeIntervalMs) || requests.value >= policy.minRequests)
    return null;
  return unknownReading(
    'too_few_requests',
    'requests in the window',
    `${Math.floor(requests.value)} of at least ${policy.minRequests}`,
  );
}

/** No verdict, and for no other reason than that too few requests came: each rule that has none lacks requests alone. */
export function lacksRequestsAlone(verdicts: readonly RuleVerdict[]): boolean {
  const unknown = verdicts.filter((entry) => entry.verdict === 'unknown');
  return (
    tickVerdict(verdicts) === 'unknown' &&
    unknown.length > 0 &&
    unknown.every((entry) => entry.because === 'too_few_requests')
  );
}

/** Too few requests for a ratio, yet so many failures that waiting would be wrong. */
function errorBurst(rule: Rule, sample: WorkloadSample, { policy, times }: Judging) {
  if (rule.kind !== 'errorRate' || sample.errors.kind !== 'value' || !isFresh(sample, times.scrapeIntervalMs))
    return null;
  if (!(sample.errors.value >= policy.errorBurst) || !Number.isFinite(sample.errors.value)) return null;
  const rate = readRule(rule, sample);
  const count = Math.floor(sample.errors.value);
  return {
    candidate: rate.kind === 'value' ? round(rate.value) : null,
    detail: `${count} failed requests in the window, ${policy.errorBurst} are too many at any traffic`,
  };
}

/** A tick is a breach if any rule breaches, else unknown if any is, else a pass. No rules at all prove nothing. */
export function tickVerdict(verdicts: readonly RuleVerdict[]): Verdict {
  if (verdicts.some((entry) => entry.verdict === 'breach')) return 'breach';
  if (verdicts.length === 0 || verdicts.some((entry) => entry.verdict === 'unknown')) return 'unknown';
  return 'pass';
}

/** Consecutive breaches per rule: a breach adds one, a pass resets, unknown changes nothing. */
export function countBreaches(
  before: Readonly<Record<string, number>>,
  verdicts: readonly RuleVerdict[],
): Readonly<Record<string, number>> {
  const after: Record<string, number> = {};
  for (const { ruleId, verdict } of verdicts) {
    const count = before[ruleId] ?? 0;
    after[ruleId] = verdict === 'breach' ? count + 1 : verdict === 'pass' ? 0 : count;
  }
  return after;
}

/** The breach that must act now: critical ones first. null: none is due. */
export function dueBreach(
  verdicts: readonly RuleVerdict[],
  breaches: Readonly<Record<string, number>>,
  breachesToRollback: number,
): RuleVerdict | null {
  const breaching = verdicts.filter((entry) => entry.verdict === 'breach');
  return (
    breaching.find((entry) => entry.isCritical) ??
    breaching.find((entry) => (breaches[entry.ruleId] ?? 0) >= breachesToRollback) ??
    null
  );
}

const isBeyond = (rule: Rule, value: number, limit: number): boolean =>
  rule.breachWhen === 'above' ? value > limit : value < limit;

const finite = (reading: Reading): Reading =>
  reading.kind === 'value' && !Number.isFinite(reading.value)
    ? unknownReading('not_finite', '', String(reading.value))
    : reading;

const round = (value: number): number => Math.round(value * 100) / 100;

/** `0.42 %`, `1840 ms`: two decimals below 100, none above. */
export const format = (value: number, unit: Rule['unit']): string => {
  const text = Math.abs(value) >= 100 ? String(Math.round(value)) : String(round(value));
  return unit === '' ? text : `${text} ${unit}`;
};

const REASON_WORDS: Readonly<Record<string, string>> = {
  no_data: 'no data',
  not_finite: 'not a number',
  many_series: 'several series where one was expected',
  stale: 'stale',
  unreachable: 'Prometheus cannot be reached',
  timeout: 'Prometheus did not answer in time',
  http_error: 'Prometheus answered with an error',
  bad_answer: 'Prometheus gave an answer that cannot be read',
  too_few_requests: 'too few requests to judge',
  not_asked: 'not asked yet',
};

/** Reason and detail in one line; what was asked stands beside it. */
function wordsForUnknown({ reason, detail }: Extract<Reading, { kind: 'unknown' }>): string {
  const words = REASON_WORDS[reason] ?? reason;
  return detail === '' ? words : `${words}: ${detail}`;
}
