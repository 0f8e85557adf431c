/** An incident: what is wrong, who leads, what was said. One document in the store, changed by compare-and-set. Pure. */
import type { EscalationState } from '../alert/escalation.ts';
import type { Person } from '../target.ts';
import type { Filing, Regulator } from './clocks.ts';

/** 1 is the worst. */
export const SEVERITIES = [1, 2, 3, 4] as const;
export type IncidentSeverity = (typeof SEVERITIES)[number];

export const STATES = ['investigating', 'identified', 'monitoring', 'resolved'] as const;
export type IncidentState = (typeof STATES)[number];

/** What people were told, newest last. */
export interface IncidentUpdate {
  readonly at: number;
  /** null: the engine itself. */
  readonly by: Person | null;
  readonly state: IncidentState;
  readonly text: string;
}

export interface Incident {
  readonly schemaVersion: 1;
  /** `INC-` and a number, counted from 1. */
  readonly id: string;
  readonly title: string;
  readonly severity: IncidentSeverity;
  readonly state: IncidentState;
  /** Names of the configuration; an incident without one keeps no deploy away. */
  readonly services: readonly string[];
  /** null: wherever these services run. */
  readonly environment: string | null;
  /** Who leads; null: nobody yet. */
  readonly commander: Person | null;
  /** null: the engine itself. */
  readonly declaredBy: Person | null;
  /** ms since the epoch, as all times. */
  readonly declaredAt: number;
  /** When it was first seen, at or before the declaration: the regulators' clocks run from here. */
  readonly detectedAt: number;
  readonly resolvedAt: number | null;
  /** Channel of the card. */
  readonly channel: string;
  /** The alert group that it was declared from. */
  readonly alertGroup: string | null;
  /** What it is about where nobody declared it twice: a second declaration by the same key finds the open one. */
  readonly key: string | null;
  readonly updates: readonly IncidentUpdate[];
  /** What regulators were sent; absent: nothing yet. */
  readonly filings?: Partial<Readonly<Record<Regulator, Filing>>>;
  /** Reminders given of what is to be filed. */
  readonly filingReminders?: number;
  /** Who was called while nobody led it; absent: nobody has looked yet. */
  readonly escalation?: EscalationState;
}

/** Older updates are in the audit trail; the document stays small however long it lasts. */
export const UPDATES_AT_MOST = 40;

export const TITLE_MAX = 120;
export const TEXT_MAX = 1000;
export const SERVICES_AT_MOST = 20;

export const isOpen = ({ state }: Pick<Incident, 'state'>): boolean => state !== 'resolved';

/** Whether it keeps deploys of its services away. */
export const blocksDeploys = (incident: Pick<Incident, 'state' | 'severity' | 'services'>): boolean =>
  isOpen(incident) && incident.severity <= 2 && incident.services.length > 0;

export const INCIDENT_ID = /^INC-[1-9]\d{0,8}$/;

export interface Declaration {
  readonly title: string;
  readonly severity: IncidentSeverity;
  readonly services: readonly string[];
  readonly environment: string | null;
  readonly commander: Person | null;
  readonly declaredBy: Person | null;
  readonly detectedAt: number;
  readonly channel: string;
  readonly alertGroup: string | null;
  readonly key: string | null;
}

export const declareIncident = (id: string, at: number, said: Declaration): Incident => ({
  ...said,
  schemaVersion: 1,
  id,
  state: 'investigating',
  declaredAt: at,
  detectedAt: Math.min(at, said.detectedAt),
  resolvedAt: null,
  updates: [],
});
