/**
 * An alarm of the bot itself is an incident too: its alert calls, the incident keeps what people do about it. SEV3, so that
 * nobody is called twice for one thing; whoever leads it says how bad it is.
 */
import { groupIdOf } from '../../core/alert/fingerprint.ts';
import { changeIncident } from '../../core/incident/change.ts';
import { TITLE_MAX } from '../../core/incident/incident.ts';
import { editIncident } from '../incidents/change-incident.ts';
import { declare } from '../incidents/declare-incident.ts';
import type { IncidentPorts } from '../incidents/incident-ports.ts';
import { type Alarm, alarmGroup, type RaiseAlarm } from './alarm.ts';

const keyOf = ({ name, labels }: Alarm): string => `${name}:${Object.values(labels).join(':')}`.slice(0, 100);

/** @param raise brings its alert */
export const raiseAsIncident =
  (ports: IncidentPorts, raise: RaiseAlarm): RaiseAlarm =>
  async (alarm) => {
    await raise(alarm);
    if (alarm.endedAt !== null) {
      await tellEnd(ports, alarm);
      return true;
    }
    const alertGroup = groupIdOf(alarmGroup(alarm));
    // Its alert is stored and not folded yet: the next try is seconds away.
    if (!(await ports.alerts.load(alertGroup))) return false;
    await declare(ports, null, {
      ...{ title: alarm.title.slice(0, TITLE_MAX), severity: 3, services: [], environment: null },
      ...{ detectedAt: alarm.since, key: keyOf(alarm), alertGroup },
    });
    return true;
  };

/** A person resolves it: whether all is well again is not the bot's to say. */
async function tellEnd(ports: IncidentPorts, alarm: Alarm): Promise<void> {
  const key = keyOf(alarm);
  const open = (await ports.incidents.open()).find(({ incident }) => incident.key === key);
  if (!open) return;
  await editIncident(ports, null, open.incident.id, 'incident.update', (now, at) => {
    const { endedText: text } = alarm;
    if (now.state === 'resolved' || now.updates.at(-1)?.text === text) return null;
    const edit = changeIncident(now, null, at, { state: 'monitoring', text });
    return edit && { next: edit.next, line: text, data: { text } };
  });
}
