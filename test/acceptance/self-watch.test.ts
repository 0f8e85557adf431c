/** The bot watches its own ways: what cannot be delivered is said elsewhere, and a silent heartbeat raises an alarm. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { SeenMessage } from '../../sandbox/slack/types.ts';
import { startWorld, type World } from '../../sandbox/world/world.ts';
import { edited, NO_LIMITS } from './support/config.ts';
import { ROOM, until, wordsOf } from './support/lane.ts';
import { sendAlert } from './support/one-alert.ts';

const SECOND = 'C0PAYMENTS';
let world: World;
beforeAll(async () => {
  world = await startWorld({
    ...{ pace: 'test', rps: 10, replicas: 2, slackLimits: NO_LIMITS },
    editConfig: edited((config) => {
      config['alerts'] = {
        ...(config['alerts'] as object),
        selfWatch: { channel: SECOND, after: '3s' },
        heartbeats: [
          { name: 'mumbai', match: { alertname: 'Watchdog' }, every: '1h' },
          { name: 'prometheus', match: { alertname: 'OtherWatchdog' }, every: '8s' },
        ],
      };
    }),
  });
}, 60_000);
afterAll(async () => world?.close());

const post = async (name: string): Promise<void> => expect(await sendAlert(world, name)).toBe(200);
const lines = (pattern: RegExp): readonly SeenMessage[] =>
  world.slack.messages(SECOND).filter((message) => pattern.test(wordsOf(message)));
const cardOf = (name: string): SeenMessage | null =>
  world.slack.messages(ROOM).find(({ text }) => text.split('\n')[0]?.includes(` ${name} ·`)) ?? null;
const metrics = async (): Promise<string> => {
  const config = parse(await readFile(join(world.dir, 'bot-0.yml'), 'utf8')) as { server: { port: number } };
  return (await fetch(`http://127.0.0.1:${config.server.port}/metrics`)).text();
};

describe('what cannot be delivered', { timeout: 90_000 }, () => {
  it('to one channel is said in another one, once by two replicas, and again when it is over', async () => {
    try {
      await post('Watchdog');
      world.slack.kick(ROOM, true);
      await post('CannotBeShown');
      await until(
        'it is said elsewhere',
        () => lines(/Late:.*<#C0WARROOM>.*Nothing is lost/s)[0] ?? null,
        30_000,
      );
      expect(lines(/Late:/)[0]?.text).toContain('<!subteam^S0ONCALL>');
      expect(await metrics()).toMatch(
        /dabbawala_undelivered_oldest_seconds\{channel="C0WARROOM"\} (?:[3-9]|\d\d)/,
      );
      expect(await metrics()).toContain('dabbawala_dropped_total{what="message"} 0');
      world.slack.kick(ROOM, false);
      await until('the card is there', () => cardOf('CannotBeShown'), 60_000);
      await until('that it is over is said', () => lines(/No longer late/)[0] ?? null, 30_000);
      expect([lines(/Late:/), lines(/No longer late/)].map((found) => found.length)).toEqual([1, 1]);
      expect(cardOf('Watchdog')).toBeNull();
    } finally {
      world.slack.kick(ROOM, false);
    }
  });
});

describe('a heartbeat', { timeout: 90_000 }, () => {
  it('that falls silent raises an alarm in the war room, which turns green when it is back', async () => {
    const card = await until('the alarm', () => cardOf('HeartbeatMissing'), 40_000);
    expect(card.text).toContain('<!subteam^S0ONCALL>');
    expect(wordsOf(card)).toContain('The heartbeat "prometheus" is missing');
    const incident = await until(
      'an incident',
      () =>
        world.slack.messages(ROOM).find(({ text }) => /INC-1\b.*Alerts may not arrive/s.test(text)) ?? null,
      20_000,
    );
    expect(incident.text).not.toContain('S0ONCALL');
    await post('OtherWatchdog');
    await until(
      'it turns green',
      () =>
        /🟢 HeartbeatMissing · ended/.test(wordsOf(cardOf('HeartbeatMissing') ?? { text: '' })) ? true : null,
      30_000,
    );
    await until(
      'the incident hears of it',
      () =>
        world.slack.messages(ROOM, incident.ts).some(({ text }) => text.includes('is heard again')) || null,
    );
    expect(world.slack.messages(ROOM).filter(({ text }) => /INC-\d/.test(text))).toHaveLength(1);
    expect(cardOf('OtherWatchdog')).toBeNull();
    expect(world.slack.messages(ROOM).filter(({ text }) => text.includes('HeartbeatMissing'))).toHaveLength(
      1,
    );
  });
});
