/** An alert from its sender to the card in the war room: never lost, one card a group. The whole bot, two replicas. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SeenMessage } from '../../sandbox/slack/types.ts';
import { startWorld, type World } from '../../sandbox/world/world.ts';
import { edited, NO_LIMITS } from './support/config.ts';
import { ASHA, BHARAT, Lane, ROOM, until, wordsOf } from './support/lane.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld({
    pace: 'test',
    rps: 10,
    replicas: 2,
    slackLimits: NO_LIMITS,
    editConfig: edited(),
  });
}, 60_000);
afterAll(async () => world?.close());

const post = async (path: string, body: unknown, replica = 0): Promise<number> => {
  const url = world.bots[replica]?.webhooksUrl;
  const response = await fetch(`${url}/${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${world.webhookToken}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return response.status;
};
const alertsOf = (
  name: string,
  instances: readonly string[],
  status: 'firing' | 'resolved' = 'firing',
  more: object = {},
) => ({
  version: '4',
  status,
  receiver: 'war-room',
  groupKey: `{}:{alertname="${name}"}`,
  groupLabels: { alertname: name },
  commonLabels: { alertname: name, severity: 'critical' },
  commonAnnotations: { summary: `${name} is bad` },
  alerts: instances.map((instance) => ({
    status,
    labels: { alertname: name, severity: 'critical', instance },
    annotations: {},
    startsAt: new Date(Date.now() - 60_000).toISOString().replace(/\d{3}Z$/, '000Z'),
    endsAt: status === 'resolved' ? new Date().toISOString() : '0001-01-01T00:00:00Z',
    fingerprint: `${name}-${instance}`,
    ...more,
  })),
});
const falco = (rule: string, node: number, more: object = {}) => ({
  rule,
  priority: 'Critical',
  source: 'syscall',
  hostname: `node-${node}`,
  output: `13:44:05.478445995: Critical ${rule}`,
  output_fields: { 'k8s.ns.name': 'payments', 'k8s.pod.name': 'ledger-676b6c5bbc-4xc6t' },
  time: `2026-11-25T03:00:0${node}.000000000Z`,
  ...more,
});

const cards = (name: string): readonly SeenMessage[] =>
  world.slack.messages(ROOM).filter(({ text }) => text.split('\n')[0]?.includes(` ${name} ·`));
const shows = (name: string, pattern: RegExp, withinMs = 10_000): Promise<SeenMessage> =>
  until(
    `the card of ${name} shows ${pattern}`,
    () => cards(name).find((card) => pattern.test(wordsOf(card))) ?? null,
    withinMs,
    () => cards(name).map(wordsOf).join('\n---\n'),
  );

describe('an alert of Prometheus', { timeout: 90_000 }, () => {
  it('sent to both replicas at once is one card, which grows and turns green in place', async () => {
    const firing = alertsOf('InstanceDown', ['a']);
    expect(await Promise.all([post('alertmanager', firing, 0), post('alertmanager', firing, 1)])).toEqual([
      200, 200,
    ]);
    const first = await shows('InstanceDown', /🔴 InstanceDown · 1 firing[\s\S]*InstanceDown is bad/);
    expect(first.text).toContain('<!subteam^S0ONCALL>');
    await post('alertmanager', alertsOf('InstanceDown', ['a', 'b', 'c']), 1);
    const grown = await shows('InstanceDown', /3 firing[\s\S]*instance=b/);
    await post('alertmanager', alertsOf('InstanceDown', ['a', 'b', 'c'], 'resolved'), 0);
    const ended = await shows('InstanceDown', /🟢 InstanceDown · ended[\s\S]*Ended/);
    expect([grown.ts, ended.ts]).toEqual([first.ts, first.ts]);
    expect(cards('InstanceDown')).toHaveLength(1);
    await until('the thread tells it', () => {
      const lines = world.slack.messages(ROOM, first.ts).map(({ text }) => text);
      const tells = (words: string) => lines.some((line) => line.includes(words));
      return tells('2 more: 3 alerts fire now') && tells('All alerts of this group have ended') ? true : null;
    });
  });

  it('is acknowledged by whom we call and by nobody else, which its card and its thread say', async () => {
    await post('alertmanager', alertsOf('DiskFull', ['a']));
    const card = await shows('DiskFull', /1 firing/);
    const click = (user: string, actionId: string) =>
      world.slack.click({ user, channel: ROOM, ts: card.ts, actionId });
    const told = () =>
      world.slack
        .messages(ROOM, undefined, 'U0DEV')
        .filter(({ ephemeral }) => ephemeral === true)
        .map(wordsOf);
    await click('U0DEV', 'acknowledge');
    await until(
      'the outsider is told',
      () => told().find((words) => /You may not ack DiskFull/.test(words)) ?? null,
    );
    await shows('DiskFull', /Acknowledge/);
    await click('U0ASHA', 'acknowledge');
    await shows('DiskFull', /<@U0ASHA> looks at it since/);
    expect(cards('DiskFull')[0]?.text).not.toContain('<!subteam^S0ONCALL>');
    await click('U0ASHA', 'unacknowledge');
    await until('the thread tells both', () => {
      const lines = world.slack.messages(ROOM, card.ts).map(({ text }) => text);
      return lines.some((line) => /Asha looks at it/.test(line)) &&
        lines.some((line) => /nobody looks/.test(line))
        ? true
        : null;
    });
  });

  it('after a deploy names it, and takes it back with one tap on the alert’s card', async () => {
    const lane = new Lane(world, 'ledger');
    await lane.plan(ASHA, 'v5.1.0');
    await lane.approve(BHARAT);
    await lane.shows(/ANALYSING/, 30_000);
    await post('alertmanager', {
      ...alertsOf('LedgerErrors', ['a'], 'firing', {
        generatorURL: 'http://p.example/graph?g0.expr=sum(rate(istio_requests_total%5B10s%5D))+%3E+1e9',
      }),
      commonLabels: {
        alertname: 'LedgerErrors',
        severity: 'critical',
        service: 'ledger',
        namespace: 'payments',
      },
    });
    const card = await shows(
      'LedgerErrors',
      /What changed[\s\S]*v5\.0\.4 → v5\.1\.0[\s\S]*Running, \d+ % of traffic/,
    );
    await until('the card shows the course of its expression', () =>
      JSON.stringify(cards('LedgerErrors')[0]?.blocks).includes('data_visualization') ? true : null,
    );
    const thread = () => world.slack.messages(ROOM, card.ts).map(({ text }) => text);
    await until(
      'the thread tells the pods',
      () => thread().find((line) => /Pods of ledger: \d+ of \d+ ready/.test(line)) ?? null,
    );
    await world.slack.click({ user: ASHA, channel: ROOM, ts: card.ts, actionId: 'alert_rollback' });
    await lane.shows(/ROLLED BACK/, 30_000);
    const after = await shows('LedgerErrors', /Rolled back/, 15_000);
    expect(JSON.stringify(after.blocks)).not.toContain('alert_rollback');
    await until('the thread says who', () =>
      world.slack.messages(ROOM, card.ts).some(({ text }) => text.includes('Asha rolls back ledger'))
        ? true
        : null,
    );
  });

  it('that was answered 200 and its process killed at once is on a card all the same', async () => {
    const [first, second] = world.bots;
    await second?.kill();
    expect(await post('alertmanager', alertsOf('KilledAfter', ['a']), 0)).toBe(200);
    await first?.kill();
    await Promise.all([first?.start(), second?.start()]);
    await shows('KilledAfter', /1 firing/, 40_000);
    expect(cards('KilledAfter')).toHaveLength(1);
  });

  it('is refused with 503 while Redis is away, and told once when it is sent again', async () => {
    await world.redis.stop();
    expect(await post('alertmanager', alertsOf('NoStore', ['a']))).toBe(503);
    await world.redis.restart();
    await until(
      'it is taken',
      async () => ((await post('alertmanager', alertsOf('NoStore', ['a']))) === 200 ? true : null),
      15_000,
    );
    await shows('NoStore', /1 firing/, 15_000);
    expect(cards('NoStore')).toHaveLength(1);
  });
});

describe('an event of Falco', { timeout: 60_000 }, () => {
  it('from seven nodes, and once more through Falcosidekick, is one card with counts', async () => {
    const events = Array.from({ length: 7 }, (_, node) => falco('Terminal shell in container', node));
    await Promise.all(events.map((event, index) => post('falco', event, index % 2)));
    expect(await post(`falco/${world.webhookToken}`, { ...events[0], uuid: 'c0ffee' })).toBe(200);
    await shows('Terminal shell in container', /seen 7×[\s\S]*Nodes[\s\S]*node-3/);
    expect(cards('Terminal shell in container')).toHaveLength(1);
  });

  it('500 of 5 rules within seconds are 5 cards with the right counts', async () => {
    const rules = ['Rule one', 'Rule two', 'Rule three', 'Rule four', 'Rule five'];
    await Promise.all(
      Array.from({ length: 500 }, (_, index) =>
        post(
          'falco',
          falco(rules[index % 5] ?? '', index % 9, {
            time: new Date(1_790_000_000_000 + index).toISOString(),
          }),
          index % 2,
        ),
      ),
    );
    for (const rule of rules) {
      await shows(rule, /seen 100×/, 20_000);
      expect(cards(rule)).toHaveLength(1);
    }
  });

  it.each([
    ['no token', 401, {}, '{}'],
    ['no JSON', 400, { authorization: 'ok' }, '{"rule":'],
    ['null fields', 400, { authorization: 'ok' }, JSON.stringify(falco('x', 1, { output_fields: null }))],
  ])('with %s is answered %i and stops nobody', async (_, status, headers, body) => {
    const response = await fetch(`${world.bots[0]?.webhooksUrl}/falco`, {
      method: 'POST',
      headers: 'authorization' in headers ? { authorization: `Bearer ${world.webhookToken}` } : {},
      body,
    });
    expect(response.status).toBe(status);
  });
});
