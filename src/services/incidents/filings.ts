/** What regulators are sent, and that it was: the bot drafts, reminds and records, a person files. */
import { type Regulator, remind, SIX_HOURS_MS } from '../../core/incident/clocks.ts';
import { DabbawalaError, isDabbawalaError } from '../../lib/errors.ts';
import type { StoredIncident } from '../../ports/incident-store.ts';
import { REGULATOR_NAMES, regulatorReport } from '../../views/incident-clocks.ts';
import type { Actor } from '../services.ts';
import { assertMayIncident, editIncident, loadIncident } from './change-incident.ts';
import type { IncidentPorts } from './incident-ports.ts';

const REFERENCE_MAX = 200;
/** Incidents looked at: what is older than these is older than its six hours. */
const LOOKED_AT = 50;

const nameOf = ({ person }: Actor): string => person.name ?? person.id;

export async function noteFiled(
  ports: IncidentPorts,
  actor: Actor,
  id: string,
  regulator: Regulator,
  reference: string,
): Promise<StoredIncident> {
  const { incident } = await loadIncident(ports, id);
  await assertMayIncident(ports, actor, { ...incident, name: id });
  if (reference.length > REFERENCE_MAX)
    throw new DabbawalaError('invalid_argument', `The reference is longer than ${REFERENCE_MAX} characters.`);
  return editIncident(ports, actor, id, 'incident.filed', (now, at) => {
    const before = now.filings?.[regulator];
    if (before)
      throw new DabbawalaError(
        'not_now',
        `${id} was filed with ${REGULATOR_NAMES[regulator]} by ${before.by.name ?? before.by.id} already.`,
        { hint: 'What is to be added goes into the timeline: `incident note`.' },
      );
    const late = at > now.detectedAt + SIX_HOURS_MS;
    return {
      next: { ...now, filings: { ...now.filings, [regulator]: { by: actor.person, at, reference } } },
      line: `${nameOf(actor)}: filed with ${REGULATOR_NAMES[regulator]}${late ? ', late' : ''}${reference === '' ? '' : `: ${reference}`}`,
      data: { regulator, reference, late },
    };
  });
}

export async function sendReport(
  ports: IncidentPorts,
  actor: Actor,
  id: string,
  regulator: Regulator,
): Promise<StoredIncident> {
  const { incident } = await loadIncident(ports, id);
  await assertMayIncident(ports, actor, { ...incident, name: id });
  const content = regulatorReport(incident, regulator, incident.detectedAt + SIX_HOURS_MS);
  const title = `Report of ${id} to ${REGULATOR_NAMES[regulator]}, draft`;
  const file = { name: `${id}-${regulator}.txt`, title, content };
  if (!(await ports.attachToCard({ id, channel: incident.channel }, file)))
    throw new DabbawalaError(
      'not_now',
      `The card of ${id} is not posted yet, so there is no thread for the file.`,
      {
        hint: 'Ask again when the war room shows it.',
      },
    );
  return editIncident(ports, actor, id, 'incident.report', (now) => ({
    ...{ next: now, line: null, data: { regulator } },
  }));
}

/** By the clock, on every replica: the compare-and-set lets one speak. Never throws. */
export async function remindOfFilings(ports: IncidentPorts): Promise<void> {
  try {
    const now = await ports.clock.now();
    const { users, groups } = ports.config.slack.onCall;
    for (const { incident } of await ports.incidents.recent(LOOKED_AT)) {
      if (remind(incident, now) === null) continue;
      await editIncident(ports, null, incident.id, 'incident.filing.remind', (current, at) => {
        const reminder = remind(current, at);
        if (!reminder) return null;
        const names = reminder.missing.map((regulator) => REGULATOR_NAMES[regulator]).join(' and ');
        const minutes = Math.round((current.detectedAt + SIX_HOURS_MS - at) / 60_000);
        return {
          next: reminder.next,
          line: reminder.isOver
            ? `The six hours are over: nothing is noted as filed with ${names}`
            : `${minutes} min until the six hours are over: not noted as filed with ${names}`,
          mentions: [...(current.commander ? [current.commander.id] : []), ...groups, ...users],
          data: { missing: reminder.missing.join(' '), isOver: reminder.isOver },
        };
      });
    }
  } catch (error) {
    const level = isDabbawalaError(error, 'store_unavailable') ? 'debug' : 'error';
    ports.log[level]({ err: error }, 'no look at the six-hour clocks');
  }
}
