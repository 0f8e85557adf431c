import { audited } from '../audited.ts';
import { acknowledge, unacknowledge } from './acknowledge.ts';
import type { AlertActs } from './alert-acts.ts';
import type { AlertPorts } from './alert-ports.ts';
import { callNextLevel } from './call-next-level.ts';
import { loadGroup } from './change-group.ts';
import { firing } from './firing.ts';
import { redrawGroup } from './redraw-group.ts';
import { rollBackCause, type WayBack } from './roll-back-cause.ts';

/** Each act under its name in the audit trail. */
export function createAlertActs(ports: AlertPorts, way: WayBack): AlertActs {
  return {
    load: (id) => loadGroup(ports, id),
    firing: (actor, which) => firing(ports, actor, which),
    acknowledge: (actor, seen) =>
      audited(ports, actor, 'alert.acknowledge', { alertGroup: seen.id }, () =>
        acknowledge(ports, actor, seen),
      ),
    unacknowledge: (actor, seen) =>
      audited(ports, actor, 'alert.unacknowledge', { alertGroup: seen.id }, () =>
        unacknowledge(ports, actor, seen),
      ),
    escalate: (actor, seen) =>
      audited(ports, actor, 'alert.escalate', { alertGroup: seen.id }, () =>
        callNextLevel(ports, actor, seen),
      ),
    rollBackCause: (actor, seen, rolloutId) =>
      audited(ports, actor, 'alert.rollback', { alertGroup: seen.id }, () =>
        rollBackCause(ports, way, actor, seen, rolloutId),
      ),
    redraw: (id) => redrawGroup(ports, id),
  };
}
