/** What the acts on incidents stand on, in memory. */
import type { IncidentPorts } from '../../../src/services/incidents/incident-ports.ts';
import { MemoryIncidents } from '../../fakes/memory-incidents.ts';
import { type AlertGround, createAlertGround } from '../alerts/alert-ground.ts';

export interface IncidentGround extends Omit<AlertGround, 'ports'> {
  readonly ports: IncidentPorts;
  readonly incidents: MemoryIncidents;
}

export function createIncidentGround(settings: Parameters<typeof createAlertGround>[0]): IncidentGround {
  const ground = createAlertGround(settings);
  const incidents = new MemoryIncidents();
  return { ...ground, incidents, ports: { ...ground.ports, incidents } };
}
