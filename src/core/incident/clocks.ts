/** The six hours within which India's regulators want to hear of an incident: from its detection, whatever is known by then. Pure. */
import type { Person } from '../target.ts';
import type { Incident } from './incident.ts';

export const REGULATORS = ['rbi', 'cert-in'] as const;
export type Regulator = (typeof REGULATORS)[number];

export interface Filing {
  readonly by: Person;
  readonly at: number;
  /** The number under which it was taken, or where it was sent; '' where none was given. */
  readonly reference: string;
}

export interface Clock {
  readonly regulator: Regulator;
  readonly dueAt: number;
  readonly filed: Filing | null;
}

export const SIX_HOURS_MS = 6 * 3_600_000;
/** Said in the thread so long before the end, and once when it is over. */
const REMIND_BEFORE_MS = [2 * 3_600_000, 30 * 60_000, 0] as const;

/** Of a SEV1 or SEV2, and of whatever was filed; others are for people to judge. They run on after it is resolved. */
export const clocksOf = ({ severity, detectedAt, filings = {} }: Incident): readonly Clock[] =>
  REGULATORS.flatMap((regulator) => {
    const filed = filings[regulator] ?? null;
    return severity <= 2 || filed ? [{ regulator, dueAt: detectedAt + SIX_HOURS_MS, filed }] : [];
  });

/** How many reminders are due by now for what is not filed; 0: none. */
export const remindersDue = (incident: Incident, now: number): number =>
  clocksOf(incident).some(({ filed }) => filed === null)
    ? REMIND_BEFORE_MS.filter((before) => now >= incident.detectedAt + SIX_HOURS_MS - before).length
    : 0;

/** null: nothing is to be said now. */
export function remind(
  incident: Incident,
  now: number,
): { readonly next: Incident; readonly missing: readonly Regulator[]; readonly isOver: boolean } | null {
  const due = remindersDue(incident, now);
  if (due <= (incident.filingReminders ?? 0)) return null;
  return {
    next: { ...incident, filingReminders: due },
    missing: clocksOf(incident).flatMap(({ regulator, filed }) => (filed === null ? [regulator] : [])),
    isOver: due === REMIND_BEFORE_MS.length,
  };
}
