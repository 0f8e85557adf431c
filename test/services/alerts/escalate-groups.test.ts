import { beforeEach, describe, expect, it } from 'vitest';
import type { AlertGroup } from '../../../src/core/alert/alert-group.ts';
import { DabbawalaError } from '../../../src/lib/errors.ts';
import { acknowledge, unacknowledge } from '../../../src/services/alerts/acknowledge.ts';
import { createAlertActs } from '../../../src/services/alerts/create-alert-acts.ts';
import { Escalations } from '../../../src/services/alerts/escalate-groups.ts';
import { draft } from '../../contract/store-fixtures.ts';
import { makeGroup } from '../../support/alert-fixtures.ts';
import { MINUTE } from '../../support/escalation-fixtures.ts';
import { ASHA, BHARAT } from '../../support/rollout-fixtures.ts';
import { type AlertGround, actorOf, createAlertGround } from './alert-ground.ts';

const LEVELS = {
  escalation: {
    levels: [{ onCall: [{ users: ['U0FIRST'] }] }, { onCall: [{ users: ['U0SECOND'] }] }],
  },
};
const noWay = { rollBackRollout: expect.fail, requestRollback: expect.fail } as never;

let ground: AlertGround;
let group: AlertGroup;
/** Two replicas: two clocks that look. */
let replicas: readonly Escalations[];
const prepare = async (alerts: object = LEVELS): Promise<void> => {
  ground = createAlertGround({ onCall: [ASHA.id], alerts });
  replicas = [new Escalations(ground.ports), new Escalations(ground.ports)];
  group = await begin(makeGroup());
};
const begin = async (one: AlertGroup): Promise<AlertGroup> => {
  const begun = await (replicas[0] as Escalations).begin(one, await ground.clock.now());
  ground.alerts.put(begun);
  return begun;
};
beforeEach(() => prepare());

/** Both look at the same instant, after so many minutes. */
const lookAfter = async (minutes: number): Promise<void> => {
  ground.clock.advance(minutes * MINUTE);
  await Promise.all(replicas.map((replica) => replica.lookAtAll()));
};
const lines = () => ground.alerts.lines.map(({ text, mentions }) => [text, ...mentions]);
const stored = () => ground.alerts.rows.get(group.id)?.group as AlertGroup;
const seen = () => ({ id: group.id, shown: '1' });

describe('an alert that nobody acknowledges', () => {
  it('is reminded in its thread and then the next level is called, once by two replicas, on record', async () => {
    expect(group.escalation).toMatchObject({ level: 1, called: ['U0FIRST'] });
    for (const minutes of [4, 1, 4, 1, 1]) await lookAfter(minutes);
    expect(lines()).toEqual([
      ['Nobody looks at it: level 1 was called 5 min ago.', 'U0FIRST'],
      ['Level 2 is called: nobody has looked at it for 10 min.', 'U0SECOND'],
    ]);
    expect(stored().escalation).toMatchObject({ level: 2, called: ['U0SECOND'] });
    expect(ground.woken).toEqual([group.channel, group.channel]);
    const records = await ground.alerts.readAudit(group.id);
    expect(records.map(({ action, actor, data }) => [action, actor, data['level'], data['called']])).toEqual([
      ['alert.remind', null, 1, 'U0FIRST'],
      ['alert.escalate', null, 2, 'U0SECOND'],
    ]);
  });

  it('by default reminds whoever is on call, again and again', async () => {
    await prepare({});
    for (let minutes = 0; minutes < 40; minutes += 1) await lookAfter(1);
    expect(lines()).toEqual(
      [5, 15, 35].map((ago) => [`Nobody looks at it: level 1 was called ${ago} min ago.`, ASHA.id]),
    );
  });

  it('calls who stands in', async () => {
    const now = await ground.clock.now();
    const override = { level: 2, people: ['U0STANDIN'], until: now + 60 * MINUTE, by: ASHA, at: now };
    await ground.ports.onCall.setOverride(override, draft());
    await lookAfter(10);
    expect(lines()).toEqual([['Level 2 is called: nobody has looked at it for 10 min.', 'U0STANDIN']]);
  });

  it('says so where nobody is on call at all', async () => {
    ground = createAlertGround({ onCall: [], alerts: {} });
    replicas = [new Escalations(ground.ports)];
    group = await begin(makeGroup());
    await lookAfter(5);
    expect(lines()).toEqual([
      [expect.stringContaining('Nobody is on call: name somebody under `slack.onCall`')],
    ]);
  });

  it('in a storm calls the same people a few times a minute, and says so of the rest', async () => {
    for (let index = 0; index < 20; index += 1)
      await begin(makeGroup({ id: `a-${String(index).padStart(16, '0')}` }));
    await lookAfter(5);
    const all = lines();
    expect(all).toHaveLength(21);
    // Two replicas may each have counted before the other had saved.
    const pushes = all.filter((line) => line.length > 1).length;
    expect(pushes).toBeGreaterThanOrEqual(5);
    expect(pushes).toBeLessThanOrEqual(10);
    expect(all.at(-1)?.[0]).toContain('not mentioned once more');
    await lookAfter(5);
    expect(
      lines()
        .slice(21)
        .some((line) => line[1] === 'U0SECOND'),
    ).toBe(true);
  });

  it('is looked at all the same when another one cannot be', async () => {
    const load = ground.alerts.load.bind(ground.alerts);
    ground.alerts.put(makeGroup({ id: 'a-0000000000000000', since: 1 }));
    ground.alerts.load = async (id) => {
      if (id === 'a-0000000000000000') throw new DabbawalaError('internal', 'cannot be read');
      return load(id);
    };
    await lookAfter(5);
    expect(lines()).toHaveLength(1);
  });

  it('of more than are looked at in each pass is looked at when it is due', async () => {
    for (let index = 0; index < 250; index += 1)
      await begin(makeGroup({ id: `a-${String(index).padStart(16, '0')}`, severity: 'info' }));
    await lookAfter(0);
    await lookAfter(5);
    expect(lines()).toHaveLength(1);
  });
});

describe('an alert that somebody looks at', () => {
  it('calls nobody else, and reminds who looks', async () => {
    await acknowledge(ground.ports, actorOf(ASHA), seen());
    await lookAfter(29);
    expect(lines()).toHaveLength(1);
    await lookAfter(1);
    expect(lines().slice(1)).toEqual([['Still not over, 30 min after it was acknowledged.', ASHA.id]]);
  });

  it('has the whole time of its level again when nobody looks any more', async () => {
    await acknowledge(ground.ports, actorOf(ASHA), seen());
    await lookAfter(20);
    await unacknowledge(ground.ports, actorOf(ASHA), seen());
    await lookAfter(4);
    expect(lines()).toHaveLength(2);
    await lookAfter(6);
    expect(lines().at(-1)).toEqual(['Level 2 is called: nobody has looked at it for 10 min.', 'U0SECOND']);
  });
});

describe('a maintenance', () => {
  const mutes = [
    {
      name: 'db upgrade',
      match: { alertname: 'InstanceDown' },
      from: '2026-11-25T00:00:00Z',
      until: '2026-11-25T04:00:00Z',
    },
  ];

  it('keeps a new alert from calling anybody; what still fires at its end calls', async () => {
    await prepare({ ...LEVELS, mutes });
    expect(group).toMatchObject({ muted: { name: 'db upgrade' }, escalation: { level: 0, called: [] } });
    await lookAfter(58);
    expect(lines()).toEqual([]);
    await lookAfter(1);
    expect(lines()).toEqual([['"db upgrade" is over, and it still fires: level 1 is called.', 'U0FIRST']]);
    expect(stored()).toMatchObject({ muted: null, escalation: { level: 1 } });
    await lookAfter(10);
    expect(lines().at(-1)?.[1]).toBe('U0SECOND');
  });

  it('that begins while an alert fires is said, and stops its escalation', async () => {
    const later = [{ ...mutes[0], from: '2026-11-25T03:09:00Z' }];
    await prepare({ ...LEVELS, mutes: later });
    await lookAfter(5);
    await lookAfter(5);
    expect(lines()).toEqual([
      ['Nobody looks at it: level 1 was called 5 min ago.', 'U0FIRST'],
      ['Muted by "db upgrade" until 09:30 (Asia/Kolkata): nobody is called meanwhile.'],
    ]);
    await lookAfter(20);
    expect(lines()).toHaveLength(2);
  });
});

describe('a person who escalates', () => {
  const acts = () => createAlertActs(ground.ports, noWay);

  it('calls the next level at once, then the last one again, on record', async () => {
    await acts().escalate(actorOf(ASHA), seen());
    await acts().escalate(actorOf(ASHA), seen());
    expect(lines()).toEqual([
      [`${ASHA.name} calls level 2.`, 'U0SECOND'],
      [`${ASHA.name} calls level 2 again: it is the last one.`, 'U0SECOND'],
    ]);
    const [record] = await ground.alerts.readAudit(group.id);
    expect(record).toMatchObject({ action: 'alert.escalate', actor: { id: ASHA.id }, data: { level: 2 } });
  });

  it('does so also for what somebody looks at, and the clock still leaves that one alone', async () => {
    await acknowledge(ground.ports, actorOf(ASHA), seen());
    await acts().escalate(actorOf(ASHA), seen());
    await lookAfter(25);
    expect(lines()).toHaveLength(2);
  });

  it('must be on call, or listed', async () => {
    const act = acts().escalate(actorOf({ ...BHARAT, id: 'U0DEV', email: null }), seen());
    await expect(act).rejects.toMatchObject({ code: 'not_allowed' });
    expect(await ground.alerts.readAudit(group.id)).toMatchObject([{ outcome: 'denied' }]);
    expect(lines()).toEqual([]);
  });

  it('cannot for what has ended', async () => {
    ground.alerts.put({ ...group, state: 'resolved', resolvedAt: ground.now });
    await expect(acts().escalate(actorOf(ASHA), seen())).rejects.toMatchObject({ code: 'not_now' });
  });
});
