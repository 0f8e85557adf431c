/** A metric breaches, Prometheus' rule fires, Alertmanager tells the bot: the card, its end, and a silence that is real. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Alertmanager,
  freePort,
  type Prometheus,
  startAlertmanager,
  startPrometheus,
} from '../../sandbox/processes/index.ts';
import type { SeenMessage } from '../../sandbox/slack/types.ts';
import { startWorld, type World } from '../../sandbox/world/world.ts';
import { edited, NO_LIMITS } from '../acceptance/support/config.ts';
import { ASHA, ROOM, until, wordsOf } from '../acceptance/support/lane.ts';
import { Metric } from './metric.ts';

const failing = new Metric('payments_failing_percent');
let world: World;
let alertmanager: Alertmanager;
let prometheus: Prometheus;

beforeAll(async () => {
  const port = await freePort();
  world = await startWorld({
    ...{ pace: 'test', rps: 10, slackLimits: NO_LIMITS },
    editConfig: edited((config) => {
      config['alerts'] = {
        ...(config['alerts'] as object),
        alertmanager: { url: `http://127.0.0.1:${port}` },
      };
    }),
  });
  const url = `${world.bots[0]?.webhooksUrl}/alertmanager`;
  alertmanager = await startAlertmanager({ port, webhook: { url, token: world.webhookToken } });
  const rule = {
    alert: 'PaymentErrors',
    expr: `${failing.name} > 5`,
    labels: { severity: 'critical' },
    annotations: { summary: 'More than 5 % of the payments through {{ $labels.service }} fail' },
  };
  prometheus = await startPrometheus({
    targets: [{ url: await failing.start() }],
    alerting: {
      groups: [{ name: 'payments', rules: [rule] }],
      alertmanager: alertmanager.url,
    },
  });
});
afterAll(async () => {
  await prometheus?.close();
  await alertmanager?.close();
  await world?.close();
  await failing.stop();
});

const cardOf = (service: string): SeenMessage | undefined =>
  world.slack.messages(ROOM).find(({ text }) => text.split('\n')[0]?.includes(`PaymentErrors · ${service}`));
const shows = (service: string, pattern: RegExp): Promise<SeenMessage> =>
  until(
    `the card of ${service} shows ${pattern}`,
    () => {
      const card = cardOf(service);
      return card && pattern.test(wordsOf(card)) ? card : null;
    },
    60_000,
    () => {
      const card = cardOf(service);
      return card ? wordsOf(card) : world.slack.messages(ROOM).map(wordsOf).join('\n---\n');
    },
  );

interface ApiAlert {
  readonly labels: Readonly<Record<string, string>>;
  readonly status: { readonly state: string; readonly silencedBy: readonly string[] };
}
/** What Alertmanager itself says of the service's alert. */
async function stateOf(service: string): Promise<ApiAlert['status'] | null> {
  const answer = await fetch(`${alertmanager.url}/api/v2/alerts`);
  const alerts = (await answer.json()) as readonly ApiAlert[];
  return alerts.find(({ labels }) => labels['service'] === service)?.status ?? null;
}

describe('a real Prometheus and Alertmanager', () => {
  it('raise a card when a metric breaches, and turn it green when it is well again', async () => {
    failing.set('ledger', 12);
    const card = await shows(
      'ledger',
      /🔴 PaymentErrors · ledger · 1 firing[\s\S]*More than 5 % of the payments through ledger fail/,
    );
    failing.set('ledger', 0);
    const ended = await shows('ledger', /🟢 PaymentErrors · ledger · ended/);
    expect(ended.ts).toBe(card.ts);
  });

  it('know of a silence that was made from the card, and of its end', async () => {
    failing.set('upi-switch', 12);
    const card = await shows('upi-switch', /Silence…/);
    expect((await stateOf('upi-switch'))?.state).toBe('active');
    const click = (actionId: string) =>
      world.slack.click({ user: ASHA, channel: ROOM, ts: card.ts, actionId });
    await click('silence');
    const view = await until('the form is open', () => world.slack.views(ASHA).at(-1) ?? null);
    const values = { duration: '1h', reason: 'the switch is replaced' };
    await world.slack.submit({ user: ASHA, viewId: view.id, values });
    const silenced = await until(
      'Alertmanager holds it back',
      async () => {
        const status = await stateOf('upi-switch');
        return status?.state === 'suppressed' ? status : null;
      },
      60_000,
    );
    expect(wordsOf(await shows('upi-switch', /Silenced until/))).toContain(silenced.silencedBy[0]);
    const answer = await fetch(`${alertmanager.url}/api/v2/silence/${silenced.silencedBy[0]}`);
    expect(await answer.json()).toMatchObject({
      createdBy: expect.stringContaining('Asha'),
      comment: expect.stringContaining('the switch is replaced'),
    });
    await click('end_silence');
    await until(
      'it is told again',
      async () => ((await stateOf('upi-switch'))?.state === 'active' ? true : null),
      60_000,
    );
  });
});
