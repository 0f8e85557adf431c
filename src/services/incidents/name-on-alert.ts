import type { Incident } from '../../core/incident/incident.ts';
import type { Actor } from '../services.ts';
import { draftOf } from './change-incident.ts';
import type { IncidentPorts } from './incident-ports.ts';

const TRIES = 10;

/** The alert's card says which incident it became. Never throws: the incident is declared, whatever the alert does meanwhile. */
export async function namesIncident(
  ports: Pick<IncidentPorts, 'alerts' | 'clock' | 'queue' | 'log'>,
  actor: Actor | null,
  groupId: string,
  { id, severity }: Incident,
): Promise<void> {
  try {
    for (let attempt = 0; attempt < TRIES; attempt += 1) {
      const stored = await ports.alerts.load(groupId);
      if (!stored) return;
      const at = await ports.clock.now();
      const result = await ports.alerts.save(groupId, {
        next: { ...stored.group, incident: id },
        expectedRev: stored.rev,
        lines: [{ text: `${id} (SEV${severity}) is declared about it`, at, mentions: [] }],
        audit: [draftOf(actor, at, 'alert.incident', groupId, { incident: id })],
        isDirty: true,
      });
      if (result === 'conflict') continue;
      await ports.queue.wakeChannel(stored.group.channel);
      return;
    }
  } catch (error) {
    ports.log.warn({ err: error, incident: id, alertGroup: groupId }, 'an alert does not name its incident');
  }
}
