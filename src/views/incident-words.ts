import type { Incident, IncidentSeverity } from '../core/incident/incident.ts';
import { plainText } from './text.ts';

export const SEVERITY_WORDS: Readonly<Record<IncidentSeverity, string>> = {
  1: 'customers cannot pay, or data is at risk',
  2: 'a part of it fails, or soon all',
  3: 'degraded, with a way round',
  4: 'small, or a question',
};

const DOT: Readonly<Record<IncidentSeverity, string>> = { 1: '🔴', 2: '🟠', 3: '🟡', 4: '🔵' };

/** `🔴 INC-12 · SEV1 · Payments fail`: the same 120 characters begin the notification. Plain text. */
export const incidentHeadline = ({ id, severity, title, state }: Incident): string => {
  const sign = state === 'resolved' ? '🟢' : DOT[severity];
  const end = state === 'resolved' ? ' · RESOLVED' : '';
  return `${sign} ${id} · SEV${severity} · ${plainText(title, 90)}${end}`;
};
