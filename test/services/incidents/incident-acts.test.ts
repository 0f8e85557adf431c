import { beforeEach, describe, expect, it } from 'vitest';
import { createIncidentActs } from '../../../src/services/incidents/create-incident-acts.ts';
import type { DeclareRequest, IncidentActs } from '../../../src/services/incidents/incident-acts.ts';
import { makeGroup } from '../../support/alert-fixtures.ts';
import { makeIncident } from '../../support/incident-fixtures.ts';
import { ASHA, BHARAT } from '../../support/rollout-fixtures.ts';
import { actorOf } from '../alerts/alert-ground.ts';
import { createIncidentGround, type IncidentGround } from './incident-ground.ts';

let ground: IncidentGround;
let acts: IncidentActs;
beforeEach(() => {
  ground = createIncidentGround({ onCall: [ASHA.id] });
  acts = createIncidentActs(ground.ports);
});

const [asha, bharat] = [actorOf(ASHA), actorOf(BHARAT)];
const WRONG: DeclareRequest = {
  ...{ title: 'Payments fail', severity: 2, services: ['payment-gateway'], environment: null },
};
const recordsOf = async (id: string) =>
  (await ground.incidents.readAudit(id)).map(({ action, outcome, data }) => ({ action, outcome, data }));
const refusals = async () =>
  (await ground.ports.audit.read()).map(({ action, object, outcome }) => ({ action, object, outcome }));

describe('an incident', () => {
  it('is declared by whom we call, who leads it; its card is drawn, and both are on record', async () => {
    const { incident, isNew } = await acts.declare(asha, WRONG);
    expect(isNew).toBe(true);
    expect(incident).toMatchObject({
      ...{ id: 'INC-1', state: 'investigating', commander: ASHA, declaredBy: ASHA, channel: 'C0WARROOM' },
      ...{ declaredAt: ground.now, detectedAt: ground.now },
    });
    expect(ground.woken).toEqual(['C0WARROOM']);
    expect(await recordsOf('INC-1')).toEqual([
      {
        action: 'incident.declare',
        outcome: 'done',
        data: expect.objectContaining({ title: 'Payments fail', severity: 2, services: 'payment-gateway' }),
      },
    ]);
  });

  it.each<[string, Partial<DeclareRequest>, string]>([
    ['without a title', { title: '  ' }, 'needs a title'],
    ['with a title that is no title', { title: 'x'.repeat(121) }, 'longer than 120'],
    ['about a service that nobody knows', { services: ['payment-gatewy'] }, 'payment-gateway'],
    ['in a place that nobody knows', { environment: 'mars' }, 'no environment "mars"'],
  ])('is not declared %s; the refusal is on record', async (_, more, words) => {
    await expect(acts.declare(asha, { ...WRONG, ...more })).rejects.toThrow(words);
    expect(await acts.list(asha, { all: true })).toEqual([]);
    expect(await refusals()).toMatchObject([{ action: 'incident.declare', outcome: 'refused' }]);
  });

  it('is neither declared nor changed by anybody else, which is on record', async () => {
    await expect(acts.declare(bharat, WRONG)).rejects.toThrow('You may not incident payment-gateway');
    ground.incidents.put(makeIncident());
    for (const act of [
      acts.update(bharat, 'INC-1', { text: 'hm' }),
      acts.resolve(bharat, 'INC-1', 'done'),
      acts.takeCommand(bharat, 'INC-1'),
    ])
      await expect(act).rejects.toThrow('You may not incident');
    expect(ground.incidents.rows.get('INC-1')?.rev).toBe(1);
    expect((await refusals()).map(({ action, outcome }) => `${action} ${outcome}`)).toEqual([
      'incident.declare denied',
      'incident.update denied',
      'incident.resolve denied',
      'incident.update denied',
    ]);
  });

  it('is declared from an alert once; the alert names it, and it began with the alert', async () => {
    const group = makeGroup();
    ground.alerts.put(group);
    const first = await acts.declare(asha, { ...WRONG, alertGroup: group.id });
    const second = await acts.declare(asha, { ...WRONG, alertGroup: group.id });
    expect([first.isNew, second.isNew, second.incident.id]).toEqual([true, false, 'INC-1']);
    expect(first.incident.detectedAt).toBe(Math.min(group.since, ground.now));
    expect(ground.alerts.rows.get(group.id)?.group.incident).toBe('INC-1');
    expect(ground.alerts.lines.map(({ text }) => text)).toEqual(['INC-1 (SEV2) is declared about it']);
    await expect(acts.declare(asha, { ...WRONG, alertGroup: 'a-0000000000000000' })).rejects.toThrow(
      'no alert',
    );
  });

  it('of the engine has no leader, needs no right, and is one while it is open', async () => {
    const said = { ...WRONG, services: [], key: 'heartbeat' };
    const { incident } = await acts.declare(null, said);
    expect(incident).toMatchObject({ commander: null, declaredBy: null });
    expect((await acts.declare(null, said)).isNew).toBe(false);
    await acts.resolve(asha, incident.id, 'the rule is back');
    expect((await acts.declare(null, said)).isNew).toBe(true);
    expect((await ground.incidents.readAudit(incident.id))[0]?.actor).toBeNull();
  });

  it('is updated, led by another and resolved; each is said in its thread and on record, with before and after', async () => {
    await acts.declare(asha, WRONG);
    await acts.update(asha, 'INC-1', { text: 'the pool is full', state: 'identified', severity: 1 });
    await acts.update(asha, 'INC-1', { commander: BHARAT.id });
    const { incident } = await acts.resolve(asha, 'INC-1', 'rolled back');
    expect(incident).toMatchObject({ state: 'resolved', severity: 1, resolvedAt: ground.now });
    expect(ground.incidents.lines.map(({ text }) => text)).toEqual([
      'Asha: identified, was investigating · SEV1, was SEV2 · the pool is full',
      `Asha: ${BHARAT.id} commands`,
      'Asha: resolved, was identified · rolled back',
    ]);
    expect((await recordsOf('INC-1')).slice(1)).toEqual([
      {
        ...{ action: 'incident.update', outcome: 'done' },
        data: {
          ...{ stateBefore: 'investigating', state: 'identified', severityBefore: 2, severity: 1 },
          text: 'the pool is full',
        },
      },
      {
        ...{ action: 'incident.update', outcome: 'done' },
        data: { commanderBefore: ASHA.id, commander: BHARAT.id },
      },
      {
        ...{ action: 'incident.resolve', outcome: 'done' },
        data: { stateBefore: 'identified', state: 'resolved', text: 'rolled back' },
      },
    ]);
  });

  it('is the one that is meant where no other is open', async () => {
    await expect(acts.meant('C0WARROOM')).rejects.toThrow('No incident is open');
    await acts.declare(asha, WRONG);
    expect((await acts.meant('C0WARROOM')).incident.id).toBe('INC-1');
    await acts.declare(asha, { ...WRONG, severity: 1 });
    await expect(acts.meant('C0WARROOM')).rejects.toThrow('2 incidents are open: say which.');
    expect((await acts.list(asha, { all: false })).map(({ incident }) => incident.id)).toEqual([
      'INC-2',
      'INC-1',
    ]);
  });

  it('of no such id is refused', async () => {
    for (const id of ['INC-7', 'INC-0', '__proto__'])
      await expect(acts.load(id)).rejects.toThrow('There is no incident');
  });
});

describe('the timeline of an incident', () => {
  it('has its own acts, its notes, and the alert that it was declared from', async () => {
    const group = makeGroup();
    ground.alerts.put(group);
    await acts.declare(asha, { ...WRONG, alertGroup: group.id, detectedAt: ground.now });
    await acts.note(asha, 'INC-1', 'the pool is full');
    const { timeline } = await acts.timeline(bharat, 'INC-1');
    expect(timeline.entries.map(({ action, chain }) => `${action} ${chain}`).sort()).toEqual([
      `alert.incident alert ${group.title}`,
      'incident.declare INC-1',
      'incident.note INC-1',
    ]);
    expect(timeline.chains).toContain('payment-gateway prod');
    await expect(acts.note(bharat, 'INC-1', 'mine too')).rejects.toThrow('You may not incident');
    await expect(acts.note(asha, 'INC-1', ' ')).rejects.toThrow('1 to 1000 characters');
  });

  it('goes as the draft of a post-mortem into the thread of the card, on record', async () => {
    await acts.declare(asha, WRONG);
    await acts.postMortem(asha, 'INC-1');
    expect(ground.files).toEqual([
      {
        id: 'INC-1',
        name: 'INC-1-post-mortem.md',
        content: expect.stringContaining('# Post-mortem of INC-1'),
      },
    ]);
    expect((await recordsOf('INC-1')).at(-1)?.action).toBe('incident.postmortem');
    const later = createIncidentActs({ ...ground.ports, attachToCard: async () => false });
    await expect(later.postMortem(asha, 'INC-1')).rejects.toThrow('not posted yet');
  });
});
