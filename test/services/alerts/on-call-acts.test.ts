import { beforeEach, describe, expect, it } from 'vitest';
import { createOnCallActs } from '../../../src/services/alerts/create-on-call-acts.ts';
import type { OnCallActs } from '../../../src/services/alerts/on-call-acts.ts';
import { onCallView } from '../../../src/views/on-call.ts';
import { ASHA, BHARAT } from '../../support/rollout-fixtures.ts';
import { type AlertGround, actorOf, createAlertGround } from './alert-ground.ts';

const HOUR = 3_600_000;
const LEVELS = [
  { onCall: [{ users: ['U0DAY'], from: '08:00', until: '20:00' }, { users: ['U0NIGHT'] }] },
  { onCall: [{ groups: ['S0LEADS'], days: ['sun'] }] },
];

let ground: AlertGround;
let acts: OnCallActs;
beforeEach(() => {
  ground = createAlertGround({ onCall: [ASHA.id], alerts: { escalation: { levels: LEVELS } } });
  acts = createOnCallActs(ground.ports);
});
const standIn = (more: object = {}) =>
  acts.standIn(actorOf(ASHA), { level: 1, people: [BHARAT.id], forMs: HOUR, ...more });

describe('who is on call', () => {
  it('is shown a level, with until when and why', async () => {
    const levels = await acts.show();
    // 08:31 in Kolkata.
    expect(levels).toMatchObject([
      { level: 1, people: ['U0DAY'], by: 'table', until: Date.UTC(2026, 10, 25, 14, 30), override: null },
      { level: 2, people: [ASHA.id], by: 'fallback', override: null },
    ]);
    const { text } = onCallView(levels, '/dabba');
    expect(text).toMatch(/\*Level 1\* <@U0DAY> until <!date\^.* · next level after 10 min, if critical/);
    expect(text).toContain('(nobody is planned at this hour: `slack.onCall`)');
  });

  it('is who stands in until that ends by itself, and both are on record', async () => {
    await standIn();
    expect((await acts.show())[0]).toMatchObject({
      people: [BHARAT.id],
      by: 'override',
      until: ground.now + HOUR,
    });
    expect(onCallView(await acts.show(), '/dabba').text).toContain('stands in by ');
    ground.clock.advance(HOUR);
    expect((await acts.show())[0]).toMatchObject({ people: ['U0DAY'], override: null });
    expect(await acts.clear(actorOf(ASHA), 1)).toBeNull();
    expect(
      (await ground.ports.onCall.readAudit()).map(({ action, actor, data }) => [
        action,
        actor?.id,
        data['people'],
      ]),
    ).toEqual([
      ['oncall.override', ASHA.id, BHARAT.id],
      ['oncall.clear', ASHA.id, undefined],
    ]);
  });

  it('is the table again after a word', async () => {
    await standIn();
    expect(await acts.clear(actorOf(ASHA), 1)).toMatchObject({ people: [BHARAT.id] });
    expect((await acts.show())[0]?.by).toBe('table');
  });

  it.each<[string, object, string]>([
    ['a level that there is not', { level: 3 }, 'There are levels 1 to 2.'],
    ['nobody', { people: [] }, 'Name 1 to 5'],
    ['a time without an end', { forMs: Number.POSITIVE_INFINITY }, '14 days at most'],
    ['a group without members', { people: ['S0EMPTY'] }, 'has no members'],
    ['a bot', { people: ['U0BOT'] }, 'is a bot'],
  ])('is not changed to %s', async (_, more, said) => {
    ground.ports.directory.person = async (id) => ({ name: null, email: null, isBot: id === 'U0BOT' });
    await expect(standIn(more)).rejects.toMatchObject({ message: expect.stringContaining(said) });
    expect(await ground.ports.onCall.overrides()).toEqual([]);
  });

  it('is changed by whom we call, or by whom the configuration lists, alone', async () => {
    const stranger = actorOf({ id: 'U0DEV', name: 'Dev', email: null });
    const act = acts.standIn(stranger, { level: 1, people: ['U0DEV'], forMs: HOUR });
    await expect(act).rejects.toMatchObject({ code: 'not_allowed' });
    expect(await ground.ports.audit.read()).toMatchObject([{ action: 'oncall.override', outcome: 'denied' }]);
  });
});
