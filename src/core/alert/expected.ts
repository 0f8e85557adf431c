/** A rule of Falco that somebody expects of a workload: still counted and shown, and nobody is called, for a time. */
import type { Person } from '../target.ts';
import type { AlertGroup } from './alert-group.ts';
import { isAtLeast, severityOf } from './severity.ts';

export interface Expected {
  readonly by: Person;
  readonly reason: string;
  /** ms since the epoch. */
  readonly at: number;
  readonly until: number;
  /** Events of the group when it was marked: what came since is told. */
  readonly events: number;
}

export const EXPECTED_AT_LEAST_MS = 3_600_000;
export const EXPECTED_AT_MOST_MS = 7 * 24 * 3_600_000;

export const isExpected = ({ expected }: Pick<AlertGroup, 'expected'>, now: number): boolean =>
  expected !== undefined && expected.until > now;

/** Why it may not be marked; null: it may. The sender's own word counts as well: no configuration makes Critical expected. */
export function whyNotExpected({ source, severity, labels }: AlertGroup): string | null {
  if (source !== 'falco') return 'only a rule of Falco can be marked expected';
  const own = severityOf(labels['priority'] ?? null);
  return isAtLeast(severity, 'critical') || isAtLeast(own, 'critical')
    ? 'what is Critical or worse is never expected'
    : null;
}
