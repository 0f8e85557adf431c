/** Reads the audit chains of all that an incident touches: its own, its services' targets, rollouts and alerts. */
import { aboutOf } from '../../core/alert/about.ts';
import type { Incident } from '../../core/incident/incident.ts';
import { BEFORE_MS, type Chain, type Timeline, timelineOf } from '../../core/incident/timeline.ts';
import type { Target } from '../../core/target.ts';
import { listTargets } from '../show-target.ts';
import type { IncidentPorts } from './incident-ports.ts';

/** Rollouts of one target that are looked at, newest first. */
const ROLLOUTS_AT_MOST = 20;
/** Open alert groups that are looked at, longest open first: a storm must not make a timeline read for minutes. */
const GROUPS_AT_MOST = 200;

export async function gatherTimeline(ports: IncidentPorts, incident: Incident): Promise<Timeline> {
  const now = await ports.clock.now();
  const targets = listTargets(ports).filter(
    ({ service, environment }) =>
      incident.services.includes(service) &&
      (incident.environment === null || incident.environment === environment),
  );
  const chains = await Promise.all([
    ownChain(ports, incident),
    ...targets.map((target) => targetChains(ports, target, incident)),
    alertChains(ports, incident),
  ]);
  return timelineOf(incident, chains.flat(), now);
}

const ownChain = async ({ incidents }: IncidentPorts, { id }: Incident): Promise<readonly Chain[]> => [
  { name: id, records: await incidents.readAudit(id) },
];

async function targetChains(
  { targets, store }: IncidentPorts,
  target: Target,
  { detectedAt, resolvedAt }: Incident,
): Promise<readonly Chain[]> {
  const name = [target.service, target.environment, target.region].filter((part) => part !== null).join(' ');
  const ids = await targets.history(target, ROLLOUTS_AT_MOST);
  const rollouts = await Promise.all(
    ids.map(async (id) => {
      const rollout = (await store.load(id))?.rollout;
      const isThen =
        rollout !== undefined &&
        (rollout.endedAt ?? Number.POSITIVE_INFINITY) >= detectedAt - BEFORE_MS &&
        rollout.createdAt <= (resolvedAt ?? Number.POSITIVE_INFINITY);
      return isThen ? [{ name: `rollout ${id} of ${name}`, records: await store.readAudit(id) }] : [];
    }),
  );
  return [{ name, records: await targets.readAudit(target) }, ...rollouts.flat()];
}

/** The alert that it was declared from, and what is open about its services. */
async function alertChains(
  { alerts, config }: IncidentPorts,
  { alertGroup, services }: Incident,
): Promise<readonly Chain[]> {
  const open = (await alerts.open()).slice(0, GROUPS_AT_MOST);
  const ids = [...new Set([...(alertGroup === null ? [] : [alertGroup]), ...open])];
  const found = await Promise.all(
    ids.map(async (id) => {
      const group = (await alerts.load(id))?.group;
      const isAbout = group && (id === alertGroup || services.includes(aboutOf(group, config).service ?? ''));
      return isAbout ? [{ name: `alert ${group.title}`, records: await alerts.readAudit(id) }] : [];
    }),
  );
  return found.flat();
}
