/** How bad an alert is, whoever says so. The order is the urgency: the first is the worst. */
export type Severity = 'critical' | 'error' | 'warning' | 'info';
export const SEVERITIES: readonly Severity[] = ['critical', 'error', 'warning', 'info'];

/** What senders call it: the words of Prometheus rules in use, of Grafana and PagerDuty, and of syslog. */
const WORDS: Readonly<Record<string, Severity>> = {
  emergency: 'critical',
  alert: 'critical',
  critical: 'critical',
  crit: 'critical',
  fatal: 'critical',
  page: 'critical',
  disaster: 'critical',
  p1: 'critical',
  sev1: 'critical',
  error: 'error',
  err: 'error',
  high: 'error',
  major: 'error',
  p2: 'error',
  sev2: 'error',
  warning: 'warning',
  warn: 'warning',
  medium: 'warning',
  minor: 'warning',
  p3: 'warning',
  sev3: 'warning',
  notice: 'info',
  informational: 'info',
  info: 'info',
  low: 'info',
  debug: 'info',
  none: 'info',
  p4: 'info',
  sev4: 'info',
};

/**
 * Severity by the sender's word, compared without case. The configuration's own words come first. An unknown or missing
 * word is a warning: what nobody ranked is neither hidden nor does it wake anybody.
 */
export function severityOf(word: string | null, own: Readonly<Record<string, Severity>> = {}): Severity {
  const key = (word ?? '').trim().toLowerCase();
  const mine = Object.hasOwn(own, key) ? own[key] : undefined;
  return mine ?? (Object.hasOwn(WORDS, key) ? WORDS[key] : undefined) ?? 'warning';
}

export const worst = (severities: readonly Severity[]): Severity =>
  SEVERITIES.find((severity) => severities.includes(severity)) ?? 'info';

/** Whether it is as bad as `least` or worse. */
export const isAtLeast = (severity: Severity, least: Severity): boolean =>
  SEVERITIES.indexOf(severity) <= SEVERITIES.indexOf(least);
