/** Silences from Slack: a real bot of two replicas, a real Redis, the local Slack, an Alertmanager over HTTP. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { SeenMessage } from '../../sandbox/slack/types.ts';
import { startWorld, type World } from '../../sandbox/world/world.ts';
import { AlertmanagerStub } from '../support/alertmanager-stub.ts';
import { edited, NO_LIMITS } from './support/config.ts';
import { ASHA, BHARAT, ROOM, until, wordsOf } from './support/lane.ts';

const alertmanager = new AlertmanagerStub();
let world: World;
beforeAll(async () => {
  const url = await alertmanager.start();
  world = await startWorld({
    ...{ pace: 'test', rps: 10, replicas: 2, slackLimits: NO_LIMITS },
    editConfig: edited((config) => {
      config['alerts'] = { ...(config['alerts'] as object), alertmanager: { url } };
    }),
  });
}, 60_000);
afterAll(async () => {
  await world?.close();
  await alertmanager.stop();
});
beforeEach(() => {
  alertmanager.alerts = [];
  alertmanager.fault = 'none';
});

async function fire(name: string, services: readonly string[]): Promise<void> {
  const labels = services.map((service) => ({
    ...{ alertname: name, severity: 'critical', service, namespace: 'payments' },
  }));
  alertmanager.alerts = labels.map((one) => ({ labels: one }));
  const response = await fetch(`${world.bots[0]?.webhooksUrl}/alertmanager`, {
    method: 'POST',
    headers: { authorization: `Bearer ${world.webhookToken}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      ...{ version: '4', status: 'firing', receiver: 'war-room', groupKey: `{}:{alertname="${name}"}` },
      groupLabels: { alertname: name },
      commonLabels: { alertname: name, severity: 'critical' },
      commonAnnotations: { summary: `${name} is bad` },
      alerts: labels.map((one) => ({
        ...{ status: 'firing', labels: one, annotations: {}, fingerprint: `${name}-${one.service}` },
        ...{ startsAt: new Date(Date.now() - 60_000).toISOString(), endsAt: '0001-01-01T00:00:00Z' },
      })),
    }),
  });
  expect(response.status).toBe(200);
}

const cardOf = (name: string): SeenMessage | undefined =>
  world.slack.messages(ROOM).find(({ text }) => text.split('\n')[0]?.includes(` ${name} ·`));
const shows = (name: string, pattern: RegExp, withinMs = 20_000): Promise<SeenMessage> =>
  until(
    `the card of ${name} shows ${pattern}`,
    () => {
      const card = cardOf(name);
      return card && pattern.test(wordsOf(card)) ? card : null;
    },
    withinMs,
    () => wordsOf(cardOf(name) as SeenMessage),
  );
const click = (user: string, card: SeenMessage, actionId: string) =>
  world.slack.click({ user, channel: ROOM, ts: card.ts, actionId });
const whispers = (user: string): string =>
  world.slack
    .messages(ROOM, undefined, user)
    .filter(({ ephemeral }) => ephemeral === true)
    .map(wordsOf)
    .join('\n');
async function ask(
  user: string,
  card: SeenMessage,
  values: Readonly<Record<string, string>>,
): Promise<string> {
  await click(user, card, 'silence');
  const view = await until('the form is open', () => world.slack.views(user).at(-1) ?? null);
  await world.slack.submit({ user, viewId: view.id, values });
  return JSON.stringify(view.blocks);
}

describe('a silence from an alert’s card', { timeout: 120_000 }, () => {
  it('shows first what it holds back, is real, named on the card, and ended by a tap', async () => {
    await fire('SlowQueries', ['ledger']);
    const card = await shows('SlowQueries', /Silence…/);
    await click('U0DEV', card, 'silence');
    await until('the outsider is told', () => (/You may not silence/.test(whispers('U0DEV')) ? true : null));
    const form = await ask(ASHA, card, { duration: '1h', reason: 'index is being built' });
    expect(form).toMatch(/1 alert of 1 service.*ledger \(1\)/);
    await shows('SlowQueries', /Silenced until[\s\S]*index is being built[\s\S]*1 alert fires behind it/);
    expect(alertmanager.silences).toHaveLength(1);
    expect(alertmanager.silences[0]).toMatchObject({
      matchers: [{ name: 'alertname', value: 'SlowQueries', isRegex: false, isEqual: true }],
      createdBy: expect.stringContaining('Asha'),
      comment: expect.stringContaining('index is being built'),
    });
    expect(wordsOf(cardOf('SlowQueries') as SeenMessage)).toContain(alertmanager.silences[0]?.id);
    await click(ASHA, card, 'end_silence');
    await shows('SlowQueries', /Asha ended the silence/);
    expect(Date.parse(alertmanager.silences[0]?.endsAt ?? '')).toBeLessThanOrEqual(Date.now());
  });

  it('of several services waits for a second person, whose yes makes it, across both replicas', async () => {
    alertmanager.silences = [];
    await fire('NodeDown', ['ledger', 'payment-gateway']);
    const card = await shows('NodeDown', /Silence…/);
    const form = await ask(ASHA, card, { duration: 'custom', custom: '2h', reason: 'the node is replaced' });
    expect(form).toMatch(/2 alerts of 2 services/);
    await shows(
      'NodeDown',
      /Approval wanted: silence for 2 h[\s\S]*Asked by Asha[\s\S]*2 alerts of 2 services/,
    );
    expect(alertmanager.silences).toEqual([]);
    await click(ASHA, card, 'alert_approve');
    await until('she is told', () => (/You asked for this/.test(whispers(ASHA)) ? true : null));
    await shows('NodeDown', /Approve/);
    await Promise.all([click(BHARAT, card, 'alert_approve'), click('U0CHITRA', card, 'alert_approve')]);
    await shows('NodeDown', /Silenced until[\s\S]*approved by (?:Bharat|Chitra)/);
    expect(alertmanager.silences).toHaveLength(1);
  });

  it('that ends in Alertmanager itself is noticed', async () => {
    await fire('CertExpiry', ['ledger']);
    const card = await shows('CertExpiry', /Silence…/);
    await ask(ASHA, card, { duration: '1h', reason: 'renewed at noon' });
    await shows('CertExpiry', /Silenced until/);
    alertmanager.expire(alertmanager.silences.at(-1)?.id ?? '');
    await shows('CertExpiry', /Ended in Alertmanager/, 60_000);
  });

  it('is refused in clear words while Alertmanager is away, and nothing is left behind', async () => {
    await fire('NoAnswer', ['ledger']);
    const card = await shows('NoAnswer', /Silence…/);
    const before = alertmanager.silences.length;
    alertmanager.fault = 'drop';
    await click(ASHA, card, 'silence');
    await until('she is told', () => (/Alertmanager: /.test(whispers(ASHA)) ? true : null));
    alertmanager.fault = 'none';
    expect(alertmanager.silences).toHaveLength(before);
    await shows('NoAnswer', /Silence…/);
  });
});
