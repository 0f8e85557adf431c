import { beforeEach, describe, expect, it } from 'vitest';
import type { AlertGroup } from '../../../src/core/alert/alert-group.ts';
import { pendingRequests } from '../../../src/core/alert/alert-request.ts';
import type { Person } from '../../../src/core/target.ts';
import type { AlertPorts } from '../../../src/services/alerts/alert-ports.ts';
import { decideRequest } from '../../../src/services/alerts/ask-second.ts';
import { Escalations } from '../../../src/services/alerts/escalate-groups.ts';
import { ErrandRunner } from '../../../src/services/alerts/run-errands.ts';
import { endSilence, previewSilence, silence } from '../../../src/services/alerts/silence-acts.ts';
import { makeGroup } from '../../support/alert-fixtures.ts';
import { ASHA, BHARAT, CHITRA, MINUTE } from '../../support/rollout-fixtures.ts';
import { type AlertGround, actorOf, createAlertGround } from './alert-ground.ts';

const HOUR = 60 * MINUTE;
let ground: AlertGround;
let ports: AlertPorts;
let group: AlertGroup;
let clock: readonly ErrandRunner[];
beforeEach(() => {
  ground = createAlertGround({
    onCall: [ASHA.id, BHARAT.id],
    alerts: { alertmanager: { url: 'http://am' } },
  });
  ports = {
    ...ground.ports,
    directory: {
      ...ground.ports.directory,
      members: async () => [BHARAT.id, CHITRA.id, ASHA.id],
    },
  };
  group = makeGroup();
  ground.alerts.put(group);
  ground.alertmanager.firing = [firing('ledger'), firing('ledger')];
  clock = [new ErrandRunner(ports), new ErrandRunner(ports)];
});

const firing = (service: string) => ({
  labels: { alertname: 'InstanceDown', service, severity: 'critical' },
});
const seen = () => ({ id: group.id, shown: '1' });
const now = (): AlertGroup => ground.alerts.rows.get(group.id)?.group as AlertGroup;
const lines = () => ground.alerts.lines.map(({ text }) => text);
const ask = (durationMs = HOUR, by: Person = ASHA) =>
  silence(ports, actorOf(by), seen(), { durationMs, reason: 'deploying' });
const asked = () => {
  const [request] = pendingRequests(now());
  return { requestId: request?.id ?? '', digestPrefix: request?.planDigest.slice(0, 12) ?? '' };
};
const decide = (by: Person, decision: 'approve' | 'reject' = 'approve') =>
  decideRequest(ports, actorOf(by), seen(), {
    ...{ ...asked(), decision, reason: decision === 'reject' ? 'no' : null },
  });
/** Both replicas look, after so long. */
const lookAfter = async (ms: number): Promise<void> => {
  ground.clock.advance(ms);
  await Promise.all(clock.map((one) => one.lookAtAll()));
};
const audit = async () => (await ground.alerts.readAudit(group.id)).map(({ action }) => action);

describe('a silence', () => {
  it('is shown with what it would hold back, by the labels that Alertmanager grouped by', async () => {
    ground.alertmanager.firing.push({ labels: { alertname: 'Other', service: 'wallet' } });
    expect(await previewSilence(ports, actorOf(ASHA), seen())).toMatchObject({
      matchers: [{ name: 'alertname', value: 'InstanceDown' }],
      matching: { alerts: 2, services: [{ name: 'ledger', alerts: 2 }] },
    });
  });

  it('for a short time of one service is one person’s, with labels, author, reason, end and our key', async () => {
    await ask();
    const [made] = ground.alertmanager.silences;
    expect(made).toMatchObject({
      matchers: [{ name: 'alertname', value: 'InstanceDown' }],
      endsAt: ground.now + HOUR,
      createdBy: `${ASHA.name} (Dabbawala)`,
    });
    expect(made?.comment).toContain('deploying');
    expect(made?.comment).toContain(now().silence?.key);
    expect(now().silence).toMatchObject({ state: 'open', silenceId: made?.id, by: ASHA, approvedBy: null });
    expect(lines()).toEqual([`${ASHA.name} silenced it in Alertmanager: deploying (silence ${made?.id})`]);
    expect(await audit()).toEqual(['alert.silence', 'alert.silence.open']);
  });

  const two: [string, () => void, number][] = [
    ['of more than one service', () => ground.alertmanager.firing.push(firing('wallet')), HOUR],
    ['for more than 4 h of something critical', () => undefined, 5 * HOUR],
  ];
  it.each(two)(
    '%s waits for a second person, and is made when they approve',
    async (_, prepare, durationMs) => {
      prepare();
      await ask(durationMs);
      expect(ground.alertmanager.silences).toEqual([]);
      expect(ground.alerts.lines.at(-1)).toMatchObject({ mentions: ['S0APPROVE'] });
      await decide(BHARAT);
      expect(ground.alertmanager.silences).toHaveLength(1);
      expect(now().silence).toMatchObject({ state: 'open', by: ASHA, approvedBy: BHARAT });
      await expect(
        decideRequest(ports, actorOf(CHITRA), seen(), {
          ...{ requestId: 'q1', digestPrefix: now().requests?.[0]?.planDigest.slice(0, 12) ?? '' },
          ...{ decision: 'reject', reason: 'late' },
        }),
      ).rejects.toMatchObject({ code: 'already_decided', message: `Already approved by ${BHARAT.name}.` });
    },
  );

  it('is decided once by two at the same moment, and never by whoever asked', async () => {
    await ask(5 * HOUR);
    await expect(decide(ASHA)).rejects.toMatchObject({ code: 'self_approval' });
    const both = await Promise.allSettled([decide(BHARAT), decide(CHITRA, 'reject')]);
    expect(both.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    const made = now().requests?.[0]?.state === 'approved' ? 1 : 0;
    expect(ground.alertmanager.silences).toHaveLength(made);
  });

  it('is void when it would hold back a service that nobody was shown', async () => {
    await ask(5 * HOUR);
    ground.alertmanager.firing.push(firing('wallet'));
    await expect(decide(BHARAT)).rejects.toMatchObject({ code: 'ref_changed' });
    expect(now().requests?.[0]?.state).toBe('void');
    expect(ground.alertmanager.silences).toEqual([]);
  });

  it('with another digest than the one shown is refused', async () => {
    await ask(5 * HOUR);
    const forged = { ...asked(), digestPrefix: '0'.repeat(12), decision: 'approve', reason: null } as const;
    await expect(decideRequest(ports, actorOf(BHARAT), seen(), forged)).rejects.toMatchObject({
      code: 'ref_changed',
    });
  });

  it('that nobody approves is reminded once and expires, by two replicas', async () => {
    await ask(5 * HOUR);
    await lookAfter(11 * MINUTE);
    await lookAfter(5 * MINUTE);
    await lookAfter(MINUTE);
    expect(lines().slice(1)).toEqual([
      'Still waits for approval: silence for 5 h',
      'Expired, nothing was done: silence for 5 h',
    ]);
    expect(now().requests?.[0]?.state).toBe('expired');
    await lookAfter(MINUTE);
    expect(ground.errands.rows.size).toBe(0);
  });

  it('holds back our own calls while it is open, and calls when it is over and still fires', async () => {
    const escalations = new Escalations(ports);
    ground.alerts.put(await escalations.begin(group, ground.now));
    await ask();
    await escalations.lookAtAll();
    ground.clock.advance(30 * MINUTE);
    await escalations.lookAtAll();
    expect(ground.alerts.lines.flatMap(({ mentions }) => mentions)).toEqual([]);
    await lookAfter(31 * MINUTE);
    await escalations.lookAtAll();
    expect(now().silence).toMatchObject({ state: 'ended', ended: 'expired' });
    expect(ground.alerts.lines.at(-1)).toMatchObject({ mentions: [ASHA.id, BHARAT.id] });
  });

  it('is ended by a tap, at once and in Alertmanager first', async () => {
    await ask();
    const id = now().silence?.silenceId ?? '';
    ground.alertmanager.fault = 'down';
    await expect(endSilence(ports, actorOf(BHARAT), seen(), id)).rejects.toMatchObject({
      code: 'alertmanager_unavailable',
    });
    expect(now().silence?.state).toBe('open');
    ground.alertmanager.fault = 'none';
    await endSilence(ports, actorOf(BHARAT), seen(), id);
    expect(await ground.alertmanager.find(id)).toMatchObject({ state: 'expired' });
    expect(now().silence).toMatchObject({ state: 'ended', ended: 'by-person', endedBy: BHARAT });
  });

  it('that was ended in Alertmanager is noticed, and one that was changed there is followed', async () => {
    await ask();
    const [first] = ground.alertmanager.silences;
    const id = await ground.alertmanager.create({
      ...(first as NonNullable<typeof first>),
      endsAt: ground.now + 2 * HOUR,
    });
    await ground.alertmanager.end(first?.id ?? '');
    await lookAfter(MINUTE);
    expect(now().silence).toMatchObject({ state: 'open', silenceId: id, endsAt: ground.now + 2 * HOUR });
    await ground.alertmanager.end(id);
    await lookAfter(MINUTE);
    expect(now().silence).toMatchObject({ state: 'ended', ended: 'elsewhere' });
    expect(lines().at(-1)).toBe('The silence was ended in Alertmanager: it tells of these alerts again');
  });

  it('that hides the end of its alerts does not leave the card firing for ever', async () => {
    await ask();
    ground.alertmanager.firing = [];
    for (let looks = 0; looks < 5; looks += 1) await lookAfter(MINUTE);
    expect(now()).toMatchObject({ state: 'resolved', firing: 0, silence: { state: 'open' } });
    expect(lines().at(-1)).toMatch(/ended while they were silenced/);
    await lookAfter(HOUR);
    expect(now().silence).toMatchObject({ state: 'ended', ended: 'expired' });
  });
});

describe('with Alertmanager away', () => {
  it('nothing is done, and that is said', async () => {
    ground.alertmanager.fault = 'down';
    await expect(ask()).rejects.toMatchObject({ code: 'alertmanager_unavailable' });
    expect(now().silence).toBeUndefined();
  });

  it('for the creation alone nothing stays half done', async () => {
    const look = ground.alertmanager.alerts.bind(ground.alertmanager);
    ground.alertmanager.alerts = async (matchers) => {
      const found = await look(matchers);
      ground.alertmanager.fault = 'down';
      return found;
    };
    await expect(ask()).rejects.toMatchObject({ code: 'alertmanager_unavailable' });
    expect(now().silence).toMatchObject({ state: 'refused' });
    expect(lines().at(-1)).toBe('Not silenced: Alertmanager: not reached.');
  });

  it('and the answer lost, the silence is looked up by its key and not made twice', async () => {
    const look = ground.alertmanager.alerts.bind(ground.alertmanager);
    ground.alertmanager.alerts = async (matchers) => {
      const found = await look(matchers);
      ground.alertmanager.fault = 'lost';
      return found;
    };
    await expect(ask()).rejects.toMatchObject({ code: 'alertmanager_unavailable' });
    expect(now().silence).toMatchObject({ state: 'creating', silenceId: null });
    ground.alertmanager.fault = 'none';
    await lookAfter(MINUTE);
    expect(ground.alertmanager.silences).toHaveLength(1);
    expect(now().silence).toMatchObject({ state: 'open', silenceId: ground.alertmanager.silences[0]?.id });
  });

  it('and the process killed between its word and Alertmanager, another one makes it, once', async () => {
    const { create } = ground.alertmanager;
    ground.alertmanager.create = () => new Promise(() => undefined);
    void ask();
    await expect.poll(() => now().silence?.state).toBe('creating');
    ground.alertmanager.create = create;
    await lookAfter(MINUTE);
    expect(ground.alertmanager.silences).toHaveLength(1);
    expect(now().silence?.state).toBe('open');
  });
});

describe('a silence is refused', () => {
  const cases: [string, () => void, { by?: Person; durationMs?: number; code: string }][] = [
    [
      'to whoever is not on call and not listed',
      () => undefined,
      { by: { ...ASHA, id: 'U0DEV', email: null }, code: 'not_allowed' },
    ],
    ['for too long', () => undefined, { durationMs: 8 * 24 * HOUR, code: 'invalid_argument' }],
    [
      'where the alerts share no label',
      () => ground.alerts.put({ ...group, groupLabels: {}, labels: {} }),
      { code: 'alertmanager_refused' },
    ],
    ['of Falco', () => ground.alerts.put({ ...group, source: 'falco' }), { code: 'not_now' }],
  ];
  it.each(cases)('%s', async (_, prepare, { by, durationMs, code }) => {
    prepare();
    await expect(ask(durationMs, by)).rejects.toMatchObject({ code });
    expect(ground.alertmanager.silences).toEqual([]);
  });

  it('where one is open already, and where none is configured', async () => {
    await ask();
    await expect(ask()).rejects.toMatchObject({ code: 'not_now' });
    ports = { ...ports, hands: { ...(ports.hands as NonNullable<typeof ports.hands>), alertmanager: null } };
    ground.alerts.put(group);
    await expect(ask()).rejects.toMatchObject({ code: 'not_configured' });
  });
});
