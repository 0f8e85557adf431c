/** What delivery must know of an incident's card. Pure. */
import { type Incident, isOpen } from '../../core/incident/incident.ts';

/** With the time of its declaration: after lost state the numbers begin anew, and an old card must not be taken for a new one. */
export const incidentDedupId = ({ id, declaredAt }: Incident): string =>
  `card-${id}-${declaredAt.toString(36)}`;

export const incidentIdOfCard = (dedupId: string): string | null =>
  /^card-(INC-\d{1,9})-[a-z0-9]+$/.exec(dedupId)?.[1] ?? null;

export const incidentPriority = (incident: Incident): 1 | 2 | 3 =>
  !isOpen(incident) ? 3 : incident.severity <= 2 ? 1 : 2;
