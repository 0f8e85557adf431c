import { aboutOf } from '../../core/alert/about.ts';
import { declareIncident, type Incident, SERVICES_AT_MOST, TITLE_MAX } from '../../core/incident/incident.ts';
import type { Person } from '../../core/target.ts';
import { DabbawalaError } from '../../lib/errors.ts';
import { didYouMean } from '../../lib/nearest.ts';
import { loadGroup } from '../alerts/change-group.ts';
import type { Actor } from '../services.ts';
import { assertMayIncident, draftOf } from './change-incident.ts';
import type { Declared, DeclareRequest, Proposal } from './incident-acts.ts';
import type { IncidentPorts } from './incident-ports.ts';
import { namesIncident } from './name-on-alert.ts';

const KEY_MAX = 100;

export async function declare(
  ports: IncidentPorts,
  actor: Actor | null,
  request: DeclareRequest,
): Promise<Declared> {
  const { alertGroup = null } = request;
  assertSaid(ports, request);
  if (actor) await assertMayIncident(ports, actor, { ...request, name: 'an incident' });
  const group = alertGroup === null ? null : (await loadGroup(ports, alertGroup)).group;
  const commander = await commanderOf(ports, actor, request.commander);
  const at = await ports.clock.now();
  const key = request.key ?? (group ? `alert:${group.id}:${group.episode}` : null);
  const stored = await ports.incidents.create((id) => {
    const next = declareIncident(id, at, {
      ...{ title: request.title.trim(), severity: request.severity, services: request.services },
      ...{ environment: request.environment, commander, declaredBy: actor?.person ?? null },
      ...{ detectedAt: request.detectedAt ?? group?.since ?? at, alertGroup, key },
      channel: ports.config.slack.warRoom,
    });
    return { next, lines: [], audit: [draftOf(actor, at, 'incident.declare', id, dataOf(next))] };
  });
  await ports.queue.wakeChannel(stored.incident.channel);
  if (group && stored.isNew) await namesIncident(ports, actor, group.id, stored.incident);
  return stored;
}

const dataOf = ({ title, severity, services, environment, commander, alertGroup }: Incident) => ({
  ...{ title, severity, services: services.join(' '), environment, alertGroup },
  commander: commander?.id ?? null,
});

function assertSaid({ config }: IncidentPorts, { title, services, key, environment }: DeclareRequest): void {
  const refuse = (message: string, field: string, hint?: string): never => {
    throw new DabbawalaError('invalid_argument', message, { data: { field }, ...(hint ? { hint } : {}) });
  };
  if (title.trim() === '') refuse('An incident needs a title.', 'title', 'Say in a few words what is wrong.');
  if (title.length > TITLE_MAX) refuse(`The title is longer than ${TITLE_MAX} characters.`, 'title');
  if ((key?.length ?? 0) > KEY_MAX) refuse(`The key is longer than ${KEY_MAX} characters.`, 'key');
  assertServices(config, services);
  if (environment !== null && !Object.hasOwn(config.environments, environment))
    throw new DabbawalaError('unknown_environment', `There is no environment "${environment.slice(0, 40)}".`);
}

export function assertServices(config: IncidentPorts['config'], services: readonly string[]): void {
  const known = Object.keys(config.services);
  const unknown = services.find((name) => !known.includes(name));
  if (unknown !== undefined)
    throw new DabbawalaError(
      'unknown_service',
      `No service "${unknown.slice(0, 60)}" is configured.${didYouMean(unknown, known)}`,
      { data: { field: 'services' } },
    );
  if (services.length > SERVICES_AT_MOST)
    throw new DabbawalaError('invalid_argument', `It names more than ${SERVICES_AT_MOST} services.`, {
      data: { field: 'services' },
    });
}

async function commanderOf(
  ports: IncidentPorts,
  actor: Actor | null,
  named: string | undefined,
): Promise<Person | null> {
  return named === undefined || named === actor?.person.id
    ? (actor?.person ?? null)
    : personNamed(ports, named);
}

/** Somebody who can lead: no bot, and known to Slack. */
export async function personNamed({ directory }: IncidentPorts, id: string): Promise<Person> {
  const { name, email, isBot } = await directory.person(id);
  if (isBot) throw new DabbawalaError('invalid_argument', `${id} is a bot: it cannot lead.`);
  return { id, name, email };
}

/** What a form shows for an alert: a person corrects it. */
export async function propose(ports: IncidentPorts, alertGroup: string): Promise<Proposal> {
  const { group } = await loadGroup(ports, alertGroup);
  const { service } = aboutOf(group, ports.config);
  return {
    title: group.title.slice(0, TITLE_MAX),
    severity: group.severity === 'critical' ? 2 : 3,
    services: service === null ? [] : [service],
  };
}
