import type { EscalationPolicy, EscalationState, Watched } from '../../src/core/alert/escalation.ts';
import type { BySeverity, Level, Shift } from '../../src/core/alert/on-call.ts';

export const MINUTE = 60_000;

export const bySeverity = (minutes: number | null): BySeverity => {
  const ms = minutes === null ? null : minutes * MINUTE;
  return { critical: ms, error: ms, warning: ms, info: ms };
};

export const makeShift = (people: Partial<Shift>): Shift => ({
  ...{ days: [], from: null, until: null, users: [], groups: [] },
  ...people,
});

/** A level that calls one person at any hour, and the next after ten minutes. */
export const makeLevel = (user: string, after: BySeverity = bySeverity(10)): Level => ({
  onCall: [makeShift({ users: [user] })],
  after,
});

/** Three levels of ten minutes each, a reminder after five. */
export const makePolicy = (more: Partial<EscalationPolicy> = {}): EscalationPolicy => ({
  timeZone: 'Asia/Kolkata',
  levels: [makeLevel('U1'), makeLevel('U2'), makeLevel('U3')],
  fallback: ['S0ONCALL'],
  callFrom: 'critical',
  remind: bySeverity(5),
  unresolved: bySeverity(30),
  mutes: [],
  ...more,
});

export const makeState = (more: Partial<EscalationState> = {}): EscalationState => ({
  ...{ level: 1, since: 0, remindedAt: null, reminders: 0, called: ['U1'] },
  ...more,
});

export const makeWatched = (more: Partial<Watched> = {}): Watched => ({
  isOver: false,
  severity: 'critical',
  labels: { alertname: 'InstanceDown', service: 'ledger' },
  acknowledged: null,
  ...more,
});
