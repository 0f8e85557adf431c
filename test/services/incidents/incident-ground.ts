/** What the acts on incidents stand on, in memory. */
import type { IncidentPorts } from '../../../src/services/incidents/incident-ports.ts';
import { MemoryIncidents } from '../../fakes/memory-incidents.ts';
import { type AlertGround, createAlertGround } from '../alerts/alert-ground.ts';

export interface IncidentGround extends Omit<AlertGround, 'ports'> {
  readonly ports: IncidentPorts;
  readonly incidents: MemoryIncidents;
  /** Files in threads of cards, by the card's id. */
  readonly files: { readonly id: string; readonly name: string; readonly content: string }[];
}

export function createIncidentGround(settings: Parameters<typeof createAlertGround>[0]): IncidentGround {
  const ground = createAlertGround(settings);
  const incidents = new MemoryIncidents();
  const files: { readonly id: string; readonly name: string; readonly content: string }[] = [];
  const attachToCard: IncidentPorts['attachToCard'] = async ({ id }, { name, content }) => {
    files.push({ id, name, content });
    return true;
  };
  return { ...ground, incidents, files, ports: { ...ground.ports, incidents, attachToCard } };
}
