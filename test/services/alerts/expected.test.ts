import { beforeEach, describe, expect, it } from 'vitest';
import type { AlertGroup } from '../../../src/core/alert/alert-group.ts';
import { fold } from '../../../src/core/alert/fold.ts';
import type { Person } from '../../../src/core/target.ts';
import type { AlertPorts } from '../../../src/services/alerts/alert-ports.ts';
import { Escalations } from '../../../src/services/alerts/escalate-groups.ts';
import { markExpected, unmarkExpected } from '../../../src/services/alerts/expected-acts.ts';
import { ErrandRunner } from '../../../src/services/alerts/run-errands.ts';
import { alertCard } from '../../../src/views/alert-card.ts';
import { makeEvent, makeGroup } from '../../support/alert-fixtures.ts';
import { ASHA, BHARAT, MINUTE } from '../../support/rollout-fixtures.ts';
import { type AlertGround, actorOf, createAlertGround } from './alert-ground.ts';

const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
let ground: AlertGround;
let ports: AlertPorts;
let group: AlertGroup;
beforeEach(() => {
  ground = createAlertGround({ onCall: [BHARAT.id], alerts: { mentionFrom: 'warning' } });
  const { config } = ground.ports;
  ports = {
    ...ground.ports,
    config: { ...config, rights: { ...config.rights, expect: { users: [ASHA.id], groups: [], emails: [] } } },
  };
  group = makeGroup({}, makeEvent({ priority: 'Warning' }) as never);
  ground.alerts.put(group);
});
const seen = (episode = 1) => ({ id: group.id, shown: String(episode) });
const now = (): AlertGroup => ground.alerts.rows.get(group.id)?.group as AlertGroup;
const mark = (durationMs = DAY, by: Person = ASHA) =>
  markExpected(ports, actorOf(by), seen(), { durationMs, reason: 'the nightly backup' });
const event = (after: number, second: number) =>
  fold(now(), makeEvent({ priority: 'Warning', time: `2026-11-25T04:00:0${second}.000000000Z` }), {
    ...{ now: ground.now + after, channel: 'C0WARROOM', severities: {}, reopenMs: 600_000 },
  }).next;

describe('a rule that is marked expected of a workload', () => {
  it('calls nobody, counts on, and says by whom, why and until when', async () => {
    const escalations = new Escalations(ports);
    ground.alerts.put(await escalations.begin(group, ground.now));
    await mark();
    ground.alerts.put(event(MINUTE, 1));
    for (let minutes = 0; minutes < 120; minutes += 10) {
      ground.clock.advance(10 * MINUTE);
      await escalations.lookAtAll();
    }
    expect(ground.alerts.lines.flatMap(({ mentions }) => mentions)).toEqual([]);
    const card = JSON.stringify(
      alertCard({ group: now(), rev: 1, callees: [BHARAT.id], linkHosts: [] }).blocks,
    );
    expect(card).toContain('seen 2×');
    expect(card).toMatch(/Expected until .*says Asha: the nightly backup\\n1 event since; nobody is called/);
    expect(card).not.toContain(`<@${BHARAT.id}>`);
  });

  it('keeps its mark in a later episode, and loses it at its end by itself, which calls again', async () => {
    await mark();
    ground.alerts.put({ ...now(), state: 'resolved', resolvedAt: ground.now });
    const later = await new Escalations(ports).begin(event(2 * HOUR, 2), ground.now + 2 * HOUR);
    expect(later).toMatchObject({ episode: 2, events: 1, expected: { by: ASHA }, escalation: { level: 0 } });
    ground.alerts.put(later);
    ground.clock.advance(DAY + MINUTE);
    const clocks = [new ErrandRunner(ports), new ErrandRunner(ports)];
    await Promise.all(clocks.map((one) => one.lookAtAll()));
    expect(now().expected).toBeUndefined();
    await new Escalations(ports).lookAtAll();
    expect(ground.alerts.lines.slice(1).map(({ text, mentions }) => [text, ...mentions])).toEqual([
      ['The mark of Asha is over: it calls again'],
      [expect.stringMatching(/is over, and it still fires: level 1 is called/), BHARAT.id],
    ]);
  });

  it('loses it by a word', async () => {
    await mark();
    await unmarkExpected(ports, actorOf(ASHA), seen());
    expect(now().expected).toBeUndefined();
    expect((await ground.alerts.readAudit(group.id)).map(({ action }) => action)).toEqual([
      'alert.expect',
      'alert.unexpect',
    ]);
  });

  const refused: [string, () => void, { by?: Person; durationMs?: number; code: string }][] = [
    ['by whoever is on call, who has no such right', () => undefined, { by: BHARAT, code: 'not_allowed' }],
    ['for longer than 7 days', () => undefined, { durationMs: 8 * DAY, code: 'invalid_argument' }],
    [
      'where it is critical',
      () => ground.alerts.put({ ...group, severity: 'critical' }),
      { code: 'not_now' },
    ],
    [
      'where Falco says critical and the configuration less',
      () => ground.alerts.put({ ...group, labels: { ...group.labels, priority: 'Emergency' } }),
      { code: 'not_now' },
    ],
    [
      'where it is none of Falco',
      () => ground.alerts.put({ ...group, source: 'alertmanager' }),
      { code: 'not_now' },
    ],
  ];
  it.each(refused)('is refused %s', async (_, prepare, { by, durationMs, code }) => {
    prepare();
    await expect(mark(durationMs, by)).rejects.toMatchObject({ code });
    expect(now().expected).toBeUndefined();
  });
});
