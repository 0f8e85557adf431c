import { beforeEach, describe, expect, it } from 'vitest';
import type { AlertGroup } from '../../../src/core/alert/alert-group.ts';
import { acknowledge, unacknowledge } from '../../../src/services/alerts/acknowledge.ts';
import { createAlertActs } from '../../../src/services/alerts/create-alert-acts.ts';
import { makeGroup } from '../../support/alert-fixtures.ts';
import { ASHA, BHARAT } from '../../support/rollout-fixtures.ts';
import { type AlertGround, actorOf, createAlertGround, NO_WAY } from './alert-ground.ts';

let ground: AlertGround;
let group: AlertGroup;
beforeEach(() => {
  ground = createAlertGround({ onCall: [ASHA.id, BHARAT.id] });
  group = makeGroup();
  ground.alerts.put(group);
});
const seen = (episode = 1) => ({ id: group.id, shown: String(episode) });

describe('an acknowledgement', () => {
  it('names the person on the card and in the thread, wakes the channel and is on record', async () => {
    await acknowledge(ground.ports, actorOf(ASHA), seen());
    expect(ground.alerts.rows.get(group.id)?.group.acknowledged).toEqual({ by: ASHA, at: ground.now });
    expect(ground.alerts.lines.map(({ text }) => text)).toEqual([`${ASHA.name} looks at it`]);
    expect(ground.woken).toEqual([group.channel]);
    expect((await ground.alerts.readAudit(group.id)).map(({ action, actor }) => [action, actor?.id])).toEqual(
      [['alert.acknowledge', ASHA.id]],
    );
  });

  it('twice by the same person changes nothing; another person takes it over, and that is said', async () => {
    await acknowledge(ground.ports, actorOf(ASHA), seen());
    await acknowledge(ground.ports, actorOf(ASHA), seen());
    await acknowledge(ground.ports, actorOf(BHARAT), seen());
    expect(ground.alerts.lines.map(({ text }) => text)).toEqual([
      `${ASHA.name} looks at it`,
      `${BHARAT.name} looks at it, in place of ${ASHA.name}`,
    ]);
  });

  it('is taken back', async () => {
    await acknowledge(ground.ports, actorOf(ASHA), seen());
    await unacknowledge(ground.ports, actorOf(BHARAT), seen());
    expect(ground.alerts.rows.get(group.id)?.group.acknowledged).toBeNull();
  });

  const refused: [string, { by?: string; episode?: number; id?: string; code: string }][] = [
    ['of somebody without the right', { by: 'U0DEV', code: 'not_allowed' }],
    ['on the card of an episode that is past', { episode: 7, code: 'stale_button' }],
    ['of an alert that nobody knows', { id: 'a-0000000000000000', code: 'no_alert' }],
  ];
  it.each(refused)(
    '%s is refused and changes nothing',
    async (_, { by = ASHA.id, episode = 1, id = '', code }) => {
      const act = acknowledge(ground.ports, actorOf({ ...ASHA, id: by, email: null }), {
        ...seen(episode),
        id: id || group.id,
      });
      await expect(act).rejects.toMatchObject({ code });
      expect(ground.alerts.rows.get(group.id)?.group.acknowledged).toBeNull();
    },
  );

  it('of what has ended is refused', async () => {
    ground.alerts.put(makeGroup({ state: 'resolved', resolvedAt: ground.now }));
    await expect(acknowledge(ground.ports, actorOf(ASHA), seen())).rejects.toMatchObject({ code: 'not_now' });
  });

  it('that was denied is in the group’s own chain', async () => {
    const acts = createAlertActs(ground.ports, NO_WAY);
    await expect(acts.acknowledge(actorOf({ ...ASHA, id: 'U0DEV', email: null }), seen())).rejects.toThrow();
    expect((await ground.alerts.readAudit(group.id)).map(({ action, outcome }) => [action, outcome])).toEqual(
      [['alert.acknowledge', 'denied']],
    );
  });
});
