/** What an alert group is called, the same on its card and in lists. */
import type { AlertGroup } from '../core/alert/alert-group.ts';
import type { Severity } from '../core/alert/severity.ts';
import { grouped, plainText } from './text.ts';

/** Labels that say what it is about, the first that there is. */
const ABOUT = ['service', 'app', 'namespace'];
export const DOT: Readonly<Record<Severity, string>> = {
  critical: '🔴',
  error: '🟠',
  warning: '🟡',
  info: '🔵',
};

/** `PaymentErrors · ledger`. Plain text. */
export function nameOf({ title, labels }: Pick<AlertGroup, 'title' | 'labels'>): string {
  const about = ABOUT.map((label) => (Object.hasOwn(labels, label) ? labels[label] : undefined)).find(
    Boolean,
  );
  return [plainText(title, 70) || 'Alert without a name', about ? plainText(about, 40) : '']
    .filter((part) => part !== '')
    .join(' · ');
}

/** `🔴 PaymentErrors · ledger · 2 firing`: the same 120 characters begin the notification. */
export function headlineOf(group: AlertGroup): string {
  const { state, severity, source, firing, events } = group;
  if (state === 'resolved') return `🟢 ${nameOf(group)} · ended`;
  const count = source === 'falco' ? `seen ${grouped(events)}×` : `${grouped(firing)} firing`;
  return `${DOT[severity]} ${nameOf(group)} · ${count}`;
}
