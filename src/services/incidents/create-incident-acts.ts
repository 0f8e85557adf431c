import { changeIncident } from '../../core/incident/change.ts';
import type { Incident } from '../../core/incident/incident.ts';
import { DabbawalaError } from '../../lib/errors.ts';
import type { StoredIncident } from '../../ports/incident-store.ts';
import { postMortem } from '../../views/post-mortem.ts';
import { audited, auditedLook } from '../audited.ts';
import type { Actor } from '../services.ts';
import { assertMayIncident, editIncident, loadIncident, redrawIncident } from './change-incident.ts';
import { assertServices, declare, personNamed, propose } from './declare-incident.ts';
import { noteFiled, sendReport } from './filings.ts';
import { gatherTimeline } from './gather-timeline.ts';
import type { IncidentActs, UpdateRequest } from './incident-acts.ts';
import type { IncidentPorts } from './incident-ports.ts';

const LISTED = 20;

/** Each act under its name in the audit trail. */
export function createIncidentActs(ports: IncidentPorts): IncidentActs {
  const acts: IncidentActs = {
    declare: (actor, request) =>
      actor
        ? audited(ports, actor, 'incident.declare', { general: request.title.slice(0, 120) }, () =>
            declare(ports, actor, request),
          )
        : declare(ports, null, request),
    load: (id) => loadIncident(ports, id),
    list: (_actor, { all }) => list(ports, all),
    update: (actor, id, request) =>
      audited(ports, actor, 'incident.update', { general: id }, () => update(ports, actor, id, request)),
    takeCommand: (actor, id) => acts.update(actor, id, { commander: actor.person.id }),
    resolve: (actor, id, text) =>
      audited(ports, actor, 'incident.resolve', { general: id }, () =>
        update(ports, actor, id, { state: 'resolved', text }),
      ),
    timeline: (actor, id) =>
      auditedLook(ports, actor, 'incident.timeline.show', { general: id }, async () => {
        const { incident } = await loadIncident(ports, id);
        return { incident, timeline: await gatherTimeline(ports, incident) };
      }),
    note: (actor, id, text) =>
      audited(ports, actor, 'incident.note', { general: id }, () => note(ports, actor, id, text)),
    postMortem: (actor, id) =>
      audited(ports, actor, 'incident.postmortem', { general: id }, () => sendPostMortem(ports, actor, id)),
    filed: (actor, id, regulator, reference) =>
      audited(ports, actor, 'incident.filed', { general: id }, () =>
        noteFiled(ports, actor, id, regulator, reference),
      ),
    report: (actor, id, regulator) =>
      audited(ports, actor, 'incident.report', { general: id }, () =>
        sendReport(ports, actor, id, regulator),
      ),
    propose: (alertGroup) => propose(ports, alertGroup),
    meant: (channel) => meant(ports, channel),
    services: () => Object.keys(ports.config.services).sort(),
    redraw: (id) => redrawIncident(ports, id),
  };
  return acts;
}

async function list({ incidents }: IncidentPorts, all: boolean): Promise<readonly StoredIncident[]> {
  if (all) return incidents.recent(LISTED);
  return [...(await incidents.open())].sort(
    (a, b) => a.incident.severity - b.incident.severity || a.incident.declaredAt - b.incident.declaredAt,
  );
}

async function update(
  ports: IncidentPorts,
  actor: Actor,
  id: string,
  { commander, ...request }: UpdateRequest,
): Promise<StoredIncident> {
  const { incident } = await loadIncident(ports, id);
  await assertMayIncident(ports, actor, { ...incident, name: id });
  if (request.services) {
    assertServices(ports.config, request.services);
    await assertMayIncident(ports, actor, { ...incident, services: request.services, name: id });
  }
  const leader =
    commander === undefined
      ? undefined
      : commander === actor.person.id
        ? actor.person
        : await personNamed(ports, commander);
  const change = { ...request, ...(leader ? { commander: leader } : {}) };
  const action = request.state === 'resolved' ? 'incident.resolve' : 'incident.update';
  return editIncident(ports, actor, id, action, (now, at) => {
    const edit = changeIncident(now, actor.person, at, change);
    if (!edit) return null;
    return { next: edit.next, line: lineOf(actor, edit.said), data: dataOf(now, edit.next, change.text) };
  });
}

const NOTE_MAX = 1000;

/** It is on record and in the thread; the incident's own document stays as small as it is. */
async function note(ports: IncidentPorts, actor: Actor, id: string, text: string): Promise<StoredIncident> {
  const { incident } = await loadIncident(ports, id);
  await assertMayIncident(ports, actor, { ...incident, name: id });
  if (text.trim() === '' || text.length > NOTE_MAX)
    throw new DabbawalaError('invalid_argument', `A note has 1 to ${NOTE_MAX} characters.`);
  return editIncident(ports, actor, id, 'incident.note', (now) => ({
    ...{ next: now, line: lineOf(actor, [text]), data: { text } },
  }));
}

async function sendPostMortem(ports: IncidentPorts, actor: Actor, id: string): Promise<StoredIncident> {
  const { incident } = await loadIncident(ports, id);
  await assertMayIncident(ports, actor, { ...incident, name: id });
  const content = postMortem(incident, await gatherTimeline(ports, incident));
  const file = { name: `${id}-post-mortem.md`, title: `Post-mortem of ${id}, draft`, content };
  if (!(await ports.attachToCard({ id, channel: incident.channel }, file)))
    throw new DabbawalaError(
      'not_now',
      `The card of ${id} is not posted yet, so there is no thread for the file.`,
      {
        hint: 'Ask again when the war room shows it.',
      },
    );
  return editIncident(ports, actor, id, 'incident.postmortem', (now) => ({
    ...{ next: now, line: `${lineOf(actor, ['the draft of the post-mortem is above'])}` },
  }));
}

const lineOf = ({ person }: Actor, said: readonly string[]): string =>
  `${person.name ?? person.id}: ${said.join(' · ')}`;

/** What changed, before and after; what did not is left out. */
function dataOf(before: Incident, after: Incident, text: string | undefined) {
  const facts = ({ state, severity, commander, services }: Incident) => ({
    ...{ state, severity, commander: commander?.id ?? null },
    services: services.join(' '),
  });
  const [was, is] = [facts(before), facts(after)];
  const changed = (Object.keys(is) as (keyof typeof is)[]).filter((name) => was[name] !== is[name]);
  return Object.fromEntries([
    ...changed.flatMap((name) => [
      [`${name}Before`, was[name]],
      [name, is[name]],
    ]),
    ...(text ? [['text', text]] : []),
  ]) as Readonly<Record<string, string | number | null>>;
}

async function meant({ incidents }: IncidentPorts, _channel: string): Promise<StoredIncident> {
  const open = await incidents.open();
  const [only] = open;
  if (only && open.length === 1) return only;
  throw new DabbawalaError(
    'invalid_argument',
    only ? `${open.length} incidents are open: say which.` : 'No incident is open: say which one is meant.',
    {
      hint: only
        ? `Open: ${open.map(({ incident }) => incident.id).join(', ')}.`
        : 'Name it: `incident status INC-1`. `incident list all` shows the newest.',
    },
  );
}
