/** What may become of an incident: a table of states, and one function that carries a change out. Pure. */
import { DabbawalaError } from '../../lib/errors.ts';
import type { Person } from '../target.ts';
import {
  type Incident,
  type IncidentSeverity,
  type IncidentState,
  TEXT_MAX,
  UPDATES_AT_MOST,
} from './incident.ts';

/** From each state to the others. What was resolved too early is open again by its first update. */
const MOVES: Readonly<Record<IncidentState, readonly IncidentState[]>> = {
  investigating: ['identified', 'monitoring', 'resolved'],
  identified: ['investigating', 'monitoring', 'resolved'],
  monitoring: ['investigating', 'identified', 'resolved'],
  resolved: ['investigating'],
};

export interface IncidentChange {
  /** Left out: as it is. */
  readonly state?: IncidentState;
  readonly severity?: IncidentSeverity;
  readonly commander?: Person;
  readonly services?: readonly string[];
  /** Told to everybody; needed to resolve. */
  readonly text?: string;
}

export interface IncidentEdit {
  readonly next: Incident;
  /** What changed, in words for the thread: `SEV2, was SEV3`. */
  readonly said: readonly string[];
}

/** null: it changes nothing. Throws DabbawalaError for what may not be. */
export function changeIncident(
  incident: Incident,
  by: Person | null,
  at: number,
  change: IncidentChange,
): IncidentEdit | null {
  const { state = incident.state, severity = incident.severity, text = '' } = change;
  const commander = change.commander ?? incident.commander;
  const services = change.services ?? incident.services;
  assertMayMove(incident, state, text);
  if (text.length > TEXT_MAX)
    throw new DabbawalaError('invalid_argument', `The text is longer than ${TEXT_MAX} characters.`);
  const said = [
    ...(state === incident.state ? [] : [`${state}, was ${incident.state}`]),
    ...(severity === incident.severity ? [] : [`SEV${severity}, was SEV${incident.severity}`]),
    ...(commander?.id === incident.commander?.id ? [] : [`${nameOf(commander)} commands`]),
    ...(sameNames(services, incident.services) ? [] : [`services: ${services.join(', ') || 'none'}`]),
    ...(text === '' ? [] : [text]),
  ];
  if (said.length === 0) return null;
  const isTold = text !== '' || state !== incident.state;
  const updates = isTold ? [...incident.updates, { at, by, state, text }] : incident.updates;
  return {
    next: {
      ...incident,
      ...{ state, severity, commander, services },
      resolvedAt: state === 'resolved' ? (incident.resolvedAt ?? at) : null,
      updates: updates.slice(-UPDATES_AT_MOST),
    },
    said,
  };
}

function assertMayMove(incident: Incident, state: IncidentState, text: string): void {
  if (state === incident.state) {
    if (state === 'resolved')
      throw new DabbawalaError('not_now', `${incident.id} is resolved.`, {
        hint: 'Where it began anew, say so: `incident status <id> "…" state=investigating` opens it again.',
      });
    return;
  }
  if (!MOVES[incident.state].includes(state))
    throw new DabbawalaError('not_now', `${incident.id} is ${incident.state}: it cannot become ${state}.`, {
      hint: `It can become ${MOVES[incident.state].join(', ')}.`,
    });
  if (state === 'resolved' && text === '')
    throw new DabbawalaError(
      'invalid_argument',
      `${incident.id} is resolved with a sentence that says how.`,
      {
        hint: 'Type `incident resolve <id> "…"`.',
      },
    );
}

const nameOf = (person: Person | null): string => (person === null ? 'nobody' : (person.name ?? person.id));

const sameNames = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((name) => b.includes(name));
