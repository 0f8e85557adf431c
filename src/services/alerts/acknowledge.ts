/** Who looks at an alert: while somebody does, nobody else is called. */
import { restartEscalation } from '../../core/alert/escalation.ts';
import { DabbawalaError } from '../../lib/errors.ts';
import type { StoredGroup } from '../../ports/alert-store.ts';
import { assertMayAt } from '../permissions.ts';
import type { Actor } from '../services.ts';
import type { SeenGroup } from './alert-acts.ts';
import type { AlertPorts } from './alert-ports.ts';
import { changeGroup, loadSeen, placeOfGroup } from './change-group.ts';

const nameOf = ({ person }: Actor): string => person.name ?? person.id;

export async function acknowledge(ports: AlertPorts, actor: Actor, seen: SeenGroup): Promise<StoredGroup> {
  const { group } = await loadSeen(ports, seen);
  await assertMayAt(ports, actor, 'ack', placeOfGroup(ports, group));
  return changeGroup(ports, actor, seen, 'alert.acknowledge', (now, at) => {
    if (now.state === 'resolved')
      throw new DabbawalaError('not_now', `"${now.title}" has ended: there is nothing to look at any more.`);
    const { acknowledged } = now;
    if (acknowledged?.by.id === actor.person.id) return null;
    const from = acknowledged === null ? '' : `, in place of ${acknowledged.by.name ?? acknowledged.by.id}`;
    return {
      next: { ...now, acknowledged: { by: actor.person, at } },
      line: `${nameOf(actor)} looks at it${from}`,
    };
  });
}

export async function unacknowledge(ports: AlertPorts, actor: Actor, seen: SeenGroup): Promise<StoredGroup> {
  const { group } = await loadSeen(ports, seen);
  await assertMayAt(ports, actor, 'ack', placeOfGroup(ports, group));
  return changeGroup(ports, actor, seen, 'alert.unacknowledge', (now, at) => {
    if (now.acknowledged === null) return null;
    // Whoever is called next has the whole time of the level again.
    const { escalation } = now;
    const again = escalation ? { escalation: restartEscalation(escalation, at) } : {};
    return {
      next: { ...now, acknowledged: null, ...again },
      line: `${nameOf(actor)}: nobody looks at it any more`,
    };
  });
}
