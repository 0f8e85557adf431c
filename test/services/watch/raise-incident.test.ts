import { describe, expect, it } from 'vitest';
import { fold } from '../../../src/core/alert/fold.ts';
import { type Alarm, alarmGroup } from '../../../src/services/watch/alarm.ts';
import { raiseAsIncident } from '../../../src/services/watch/raise-incident.ts';
import { createIncidentGround } from '../incidents/incident-ground.ts';

const ALARM: Alarm = {
  ...{ name: 'HeartbeatMissing', labels: { heartbeat: 'prometheus' }, title: 'Alerts may not arrive' },
  ...{ summary: 's', description: 'd', endedText: 'It is heard again.', since: 1000, endedAt: null },
};

describe('an alarm of the bot itself', () => {
  it('is an incident about its alert, once, though it is raised again; its end is told there', async () => {
    const ground = createIncidentGround({ onCall: ['U0ASHA'] });
    const raised: Alarm[] = [];
    const raise = raiseAsIncident(ground.ports, async (alarm) => {
      raised.push(alarm);
      return true;
    });
    // The alert is stored, and not folded yet.
    expect(await raise(ALARM)).toBe(false);
    expect(await ground.incidents.open()).toEqual([]);

    const settings = { now: ground.now, channel: 'C0WARROOM', severities: {}, reopenMs: 1 };
    const group = fold(null, alarmGroup(ALARM), settings).next;
    ground.alerts.put(group);
    expect([await raise(ALARM), await raise(ALARM)]).toEqual([true, true]);
    expect(await ground.incidents.open()).toMatchObject([
      {
        incident: {
          id: 'INC-1',
          title: 'Alerts may not arrive',
          severity: 3,
          commander: null,
          alertGroup: group.id,
        },
      },
    ]);
    expect(ground.alerts.rows.get(group.id)?.group.incident).toBe('INC-1');

    const ended = { ...ALARM, endedAt: 2000 };
    expect([await raise(ended), await raise(ended)]).toEqual([true, true]);
    const [stored] = await ground.incidents.open();
    expect(stored?.incident).toMatchObject({
      state: 'monitoring',
      updates: [{ by: null, text: 'It is heard again.' }],
    });
    expect(raised).toHaveLength(5);
  });
});
