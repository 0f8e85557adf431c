import { blocksDeploys, type Incident } from '../../core/incident/incident.ts';
import type { Target } from '../../core/target.ts';
import { DabbawalaError } from '../../lib/errors.ts';
import type { IncidentStore } from '../../ports/incident-store.ts';
import type { Actor } from '../services.ts';

/** Those that keep deploys of the target away, oldest first. */
export async function openIncidents(
  incidents: Pick<IncidentStore, 'open'>,
  { service, environment }: Target,
): Promise<readonly Incident[]> {
  return (await incidents.open())
    .map(({ incident }) => incident)
    .filter(
      (incident) =>
        blocksDeploys(incident) &&
        incident.services.includes(service) &&
        (incident.environment === null || incident.environment === environment),
    );
}

/** For what goes up inside a rollout that began before. `fixes`: the incident that the rollout is the fix of. */
export async function assertNoIncident(
  incidents: Pick<IncidentStore, 'open'>,
  target: Target,
  fixes: string | undefined,
): Promise<void> {
  const other = (await openIncidents(incidents, target)).find(({ id }) => id !== fixes);
  if (other)
    throw new DabbawalaError(
      'incident_open',
      `${other.id} is open (SEV${other.severity}, ${other.title}): ${target.service} is not promoted meanwhile.`,
      { hint: 'Resolve it first; the rollout goes on in its steps, and a rollback is never stopped.' },
    );
}

/** Before anything is stored: the fix needs a leader, who is somebody else than whoever asks. The gate judges the rest. */
export async function assertMayFix(
  incidents: Pick<IncidentStore, 'load'>,
  { person }: Actor,
  fixes: string,
): Promise<void> {
  const stored = await incidents.load(fixes);
  if (!stored) throw new DabbawalaError('no_incident', `There is no incident ${fixes}.`);
  const { commander } = stored.incident;
  if (commander?.id === person.id || (person.email !== null && commander?.email === person.email))
    throw new DabbawalaError(
      'self_approval',
      `You lead ${fixes}, so you must approve its fix: somebody else asks for it.`,
      {
        hint: `Let a colleague type the deploy, or hand over with \`incident status ${fixes} commander=@name\`.`,
      },
    );
}
