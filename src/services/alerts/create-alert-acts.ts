import { audited } from '../audited.ts';
import { acknowledge, unacknowledge } from './acknowledge.ts';
import type { AlertActs } from './alert-acts.ts';
import type { AlertPorts } from './alert-ports.ts';
import { decideRequest } from './ask-second.ts';
import { callNextLevel } from './call-next-level.ts';
import { loadGroup } from './change-group.ts';
import { askContain, podsToContain } from './contain-acts.ts';
import { markExpected, mayMarkExpected, unmarkExpected } from './expected-acts.ts';
import { firing } from './firing.ts';
import { redrawGroup } from './redraw-group.ts';
import { rollBackCause, type WayBack } from './roll-back-cause.ts';
import { endSilence, previewSilence, silence } from './silence-acts.ts';

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
    previewSilence: (actor, seen) =>
      audited(ports, actor, 'alert.silence', { alertGroup: seen.id }, () =>
        previewSilence(ports, actor, seen),
      ),
    silence: (actor, seen, asked) =>
      audited(ports, actor, 'alert.silence', { alertGroup: seen.id }, () =>
        silence(ports, actor, seen, asked),
      ),
    endSilence: (actor, seen, silenceId) =>
      audited(ports, actor, 'alert.silence.end', { alertGroup: seen.id }, () =>
        endSilence(ports, actor, seen, silenceId),
      ),
    mayMarkExpected: (actor, seen) =>
      audited(ports, actor, 'alert.expect', { alertGroup: seen.id }, () =>
        mayMarkExpected(ports, actor, seen),
      ),
    markExpected: (actor, seen, asked) =>
      audited(ports, actor, 'alert.expect', { alertGroup: seen.id }, () =>
        markExpected(ports, actor, seen, asked),
      ),
    unmarkExpected: (actor, seen) =>
      audited(ports, actor, 'alert.unexpect', { alertGroup: seen.id }, () =>
        unmarkExpected(ports, actor, seen),
      ),
    podsToContain: (actor, seen) =>
      audited(ports, actor, 'alert.quarantine', { alertGroup: seen.id }, () =>
        podsToContain(ports, actor, seen),
      ),
    askContain: (actor, seen, asked) =>
      audited(
        ports,
        actor,
        `alert.${asked.kind}`,
        { alertGroup: seen.id },
        () => askContain(ports, actor, seen, asked),
        { uid: asked.uid.slice(0, 80) },
      ),
    decideRequest: (actor, seen, decision) =>
      audited(
        ports,
        actor,
        'alert.vote',
        { alertGroup: seen.id },
        () => decideRequest(ports, actor, seen, decision),
        { request: decision.requestId, decision: decision.decision },
      ),
    redraw: (id) => redrawGroup(ports, id),
  };
}
