import { beforeEach, describe, expect, it } from 'vitest';
import type { AlertGroup } from '../../../src/core/alert/alert-group.ts';
import { Escalations } from '../../../src/services/alerts/escalate-groups.ts';
import { createMuteActs, type MuteActs, type MuteWanted } from '../../../src/services/alerts/mute-acts.ts';
import { makeGroup } from '../../support/alert-fixtures.ts';
import { MINUTE } from '../../support/escalation-fixtures.ts';
import { ASHA } from '../../support/rollout-fixtures.ts';
import { type AlertGround, actorOf, createAlertGround } from './alert-ground.ts';

let ground: AlertGround;
let acts: MuteActs;
let escalations: Escalations;
beforeEach(() => {
  ground = createAlertGround({ onCall: [ASHA.id], alerts: {} });
  acts = createMuteActs(ground.ports);
  escalations = new Escalations(ground.ports);
});
const upgrade: MuteWanted = { name: 'db upgrade', match: { alertname: 'InstanceDown' }, forMs: 30 * MINUTE };
const begin = async (): Promise<AlertGroup> => {
  const group = await escalations.begin(makeGroup(), await ground.clock.now());
  ground.alerts.put(group);
  return group;
};
const lookAfter = async (minutes: number): Promise<void> => {
  ground.clock.advance(minutes * MINUTE);
  await escalations.lookAtAll();
};
const lines = () => ground.alerts.lines.map(({ text, mentions }) => [text, ...mentions]);

describe('a mute by command', () => {
  it('keeps alerts that match from calling until it ends by itself; what still fires then calls', async () => {
    await acts.mute(actorOf(ASHA), upgrade);
    const group = await begin();
    expect(group).toMatchObject({ escalation: { level: 0, called: [] }, muted: { name: 'db upgrade' } });
    await lookAfter(29);
    expect(lines()).toEqual([]);
    await lookAfter(1);
    expect(lines()).toEqual([['"db upgrade" is over, and it still fires: level 1 is called.', ASHA.id]]);
    expect((await acts.list()).ordered).toEqual([]);
    expect(
      (await ground.ports.onCall.readAudit()).map(({ action, object, actor }) => [action, object, actor?.id]),
    ).toEqual([['mute.set', 'db upgrade', ASHA.id]]);
  });

  it('is ended sooner by a word', async () => {
    await acts.mute(actorOf(ASHA), upgrade);
    await begin();
    expect((await acts.list()).ordered).toMatchObject([{ name: 'db upgrade', by: { id: ASHA.id } }]);
    await acts.end(actorOf(ASHA), 'db upgrade');
    await lookAfter(1);
    expect(lines()).toHaveLength(1);
    await expect(acts.end(actorOf(ASHA), 'db upgrade')).rejects.toMatchObject({
      message: 'No mute by command is called "db upgrade".',
    });
  });

  it('that begins while an alert fires is said in its thread', async () => {
    await begin();
    await acts.mute(actorOf(ASHA), upgrade);
    await lookAfter(6);
    expect(lines()).toEqual([
      [expect.stringMatching(/^Muted by "db upgrade" until \d\d:\d\d \(Asia\/Kolkata\): nobody is called/)],
    ]);
  });

  it.each<[string, Partial<MuteWanted>, string]>([
    ['of everything', { match: {} }, 'Nothing mutes everything'],
    ['without an end', { forMs: Number.POSITIVE_INFINITY }, '14 days at most'],
    ['without a reason', { name: ' ' }, 'The reason must have'],
  ])('%s is refused', async (_, more, said) => {
    const act = acts.mute(actorOf(ASHA), { ...upgrade, ...more });
    await expect(act).rejects.toMatchObject({ message: expect.stringContaining(said) });
    expect(await ground.ports.onCall.mutes()).toEqual([]);
  });

  it('is for whom we call, or whom the configuration lists, alone', async () => {
    const stranger = actorOf({ id: 'U0DEV', name: 'Dev', email: null });
    await expect(acts.mute(stranger, upgrade)).rejects.toMatchObject({ code: 'not_allowed' });
    expect(await ground.ports.audit.read()).toMatchObject([{ action: 'mute.set', outcome: 'denied' }]);
  });
});
