/** A change of an incident: load, judge, save by compare-and-set, have the card drawn. */
import type { AuditDraft, AuditScalar } from '../../core/audit.ts';
import { INCIDENT_ID, type Incident } from '../../core/incident/incident.ts';
import { DabbawalaError } from '../../lib/errors.ts';
import type { StoredIncident } from '../../ports/incident-store.ts';
import { assertMayAt } from '../permissions.ts';
import type { Actor } from '../services.ts';
import { draft } from '../use-case-ports.ts';
import type { IncidentPorts } from './incident-ports.ts';

const TRIES = 10;

export interface Edit {
  readonly next: Incident;
  /** Said in the card's thread; null: the card alone shows it. */
  readonly line: string | null;
  /** Ids of people and groups that the line calls. */
  readonly mentions?: readonly string[];
  readonly data?: Readonly<Record<string, AuditScalar>>;
}

export async function loadIncident(
  { incidents }: Pick<IncidentPorts, 'incidents'>,
  id: string,
): Promise<StoredIncident> {
  const stored = INCIDENT_ID.test(id) ? await incidents.load(id) : null;
  if (!stored) throw new DabbawalaError('no_incident', `There is no incident ${id.slice(0, 40)}.`);
  return stored;
}

/** Whoever may act on every service that it names; without a service, whoever may act at all. */
export async function assertMayIncident(
  ports: IncidentPorts,
  actor: Actor,
  { services, environment, name }: Pick<Incident, 'services' | 'environment'> & { readonly name: string },
): Promise<void> {
  const places = services.length === 0 ? [null] : services;
  for (const service of places)
    await assertMayAt(ports, actor, 'incident', { service, environment, name: service ?? name });
}

/** The engine's record has nobody's name. */
export const draftOf = (
  actor: Actor | null,
  at: number,
  action: string,
  id: string,
  data: AuditDraft['data'],
): AuditDraft =>
  actor
    ? draft(actor, at, action, id, 'done', data)
    : {
        ...{ at, action, object: id, data, actor: null, outcome: 'done', planDigest: null },
        origin: { via: 'engine', team: null, channel: null },
      };

/**
 * @param action of the audit record, `incident.update`
 * @param judge pure; throws DabbawalaError to refuse, returns null when there is nothing to change
 */
export async function editIncident(
  ports: Pick<IncidentPorts, 'incidents' | 'clock' | 'queue'>,
  actor: Actor | null,
  id: string,
  action: string,
  judge: (incident: Incident, now: number) => Edit | null,
): Promise<StoredIncident> {
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    const stored = await loadIncident(ports, id);
    const now = await ports.clock.now();
    const edit = judge(stored.incident, now);
    if (!edit) return stored;
    const { next, line, mentions = [], data = {} } = edit;
    const result = await ports.incidents.save(id, {
      next,
      expectedRev: stored.rev,
      lines: line === null ? [] : [{ text: line, at: now, mentions }],
      audit: [draftOf(actor, now, action, id, data)],
      isDirty: true,
    });
    if (result === 'conflict') continue;
    await ports.queue.wakeChannel(next.channel);
    return { incident: next, rev: stored.rev + 1 };
  }
  throw new DabbawalaError('state_conflict', 'This incident changes too fast just now.');
}

/** Makes the card dirty without changing anything. */
export async function redrawIncident(
  ports: Pick<IncidentPorts, 'incidents' | 'queue'>,
  id: string,
): Promise<void> {
  for (let attempt = 0; attempt < 3; attempt += 1) {
    const stored = await ports.incidents.load(id);
    if (!stored) return;
    const result = await ports.incidents.save(id, {
      next: stored.incident,
      expectedRev: stored.rev,
      ...{ lines: [], audit: [], isDirty: true },
    });
    await ports.queue.wakeChannel(stored.incident.channel);
    if (result === 'done') return;
  }
}
