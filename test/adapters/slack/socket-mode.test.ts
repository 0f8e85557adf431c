import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { boltLogger } from '../../../src/adapters/slack/bolt-logger.ts';
import { createSlackClients } from '../../../src/adapters/slack/clients.ts';
import { createSlackApp, type SlackApp } from '../../../src/adapters/slack/slack-app.ts';
import { errorReply } from '../../../src/views/replies.ts';
import { createFakeLog } from '../../fakes/fake-log.ts';
import { createMemoryStores } from '../../fakes/memory-store.ts';
import { type SocketSlack, startSocketSlack } from '../../support/socket-mode.ts';

const ROOM = 'C0WARROOM';
let slack: SocketSlack;
let app: SlackApp;
let heard: string[];
let work: (text: string) => Promise<void>;

beforeEach(async () => {
  slack = await startSocketSlack();
  heard = [];
  work = async () => undefined;
  const log = createFakeLog();
  const none = async (): Promise<void> => undefined;
  app = createSlackApp({
    apiUrl: slack.apiUrl,
    token: 'xoxb-local',
    signingSecret: '',
    appToken: 'xapp-local',
    clients: createSlackClients({ apiUrl: slack.apiUrl, token: 'xoxb-local', logger: boltLogger(log) }),
    log,
    gate: {
      teams: ['T0DABBA'],
      channels: [ROOM],
      deliveries: createMemoryStores().deliveries,
      showError: errorReply,
      whispers: { whisper: none },
      needsNoStore: ({ command, text, action }) => /rollback/.test(`${command} ${text} ${action}`),
      isUnlimited: () => false,
      auditDenied: none,
    },
    listeners: {
      command: async ({ ack, command }) => {
        heard.push(command.text);
        await work(command.text);
        await ack({ text: `done: ${command.text}` });
      },
      click: none,
      submit: none,
      options: none,
      mention: async ({ text }) => {
        heard.push(text);
      },
    },
  });
});
afterEach(async () => {
  await app.stop();
  await slack.close();
});

const connected = () => expect.poll(() => slack.connections, { timeout: 5000 }).toBeGreaterThan(0);
let serial = 0;
const command = (text: string, overrides: object = {}, envelopeId = `e${++serial}`) => ({
  type: 'slash_commands',
  envelope_id: envelopeId,
  accepts_response_payload: true,
  payload: {
    command: '/dabba',
    text,
    team_id: 'T0DABBA',
    channel_id: ROOM,
    user_id: 'U0ASHA',
    trigger_id: `t-${envelopeId}`,
    ...overrides,
  },
});
/** Sent until it is acked: the connection may just be coming up. */
const sent = async (envelope: ReturnType<typeof command>): Promise<unknown> => {
  await expect
    .poll(
      () => {
        if (!slack.acks.has(envelope.envelope_id)) slack.send(envelope);
        return slack.acks.has(envelope.envelope_id);
      },
      // Longer than an answer takes: a second delivery is acked with nothing.
      { timeout: 10_000, interval: 2000 },
    )
    .toBe(true);
  return slack.acks.get(envelope.envelope_id);
};

describe('Socket Mode', () => {
  it('carries a command to the same listener and its answer back, and nothing listens', async () => {
    expect(await app.start(0)).toBeNull();
    await connected();
    expect(await sent(command('status'))).toMatchObject({ text: 'done: status' });
    await expect.poll(() => app.identity()?.botUserId).toBe('U0BOT');
  });

  it('has one effect for one envelope, one act and one event, however often they come', async () => {
    await app.start(0);
    await connected();
    const first = command('once', { trigger_id: 'same' });
    await sent(first);
    slack.acks.clear();
    await sent(first);
    await sent(command('once', { trigger_id: 'same' }));
    const mention = {
      team_id: 'T0DABBA',
      event_id: 'Ev1',
      event: { type: 'app_mention', user: 'U0ASHA', channel: ROOM, ts: '1.2', text: '<@U0BOT> hold pg' },
    };
    for (const id of ['m1', 'm2'])
      await sent({ ...command(''), type: 'events_api', envelope_id: id, payload: mention as never });
    await sent(command('last'));
    expect(heard).toEqual(['once', 'hold pg', 'last']);
  });

  it('lets in no more than HTTP does', async () => {
    await app.start(0);
    await connected();
    expect(JSON.stringify(await sent(command('x', { channel_id: 'C0RANDOM' })))).toContain('wrong_channel');
    expect(JSON.stringify(await sent(command('x', { team_id: 'T0OTHER' })))).toContain('wrong_channel');
    expect(heard).toEqual([]);
  });

  it('connects again when Slack ends the connection, and when it was away at the start', async () => {
    slack.isRefusing = true;
    await app.start(0);
    slack.isRefusing = false;
    await connected();
    await sent(command('before'));
    slack.recycle();
    await expect.poll(() => slack.connections, { timeout: 10_000 }).toBeGreaterThan(1);
    await sent(command('after'));
    expect(heard).toEqual(['before', 'after']);
  });

  it('answers what it has begun before it closes', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    work = (text) => (text === 'slow' ? promise : Promise.resolve());
    await app.start(0);
    await connected();
    await sent(command('first'));
    slack.send(command('slow', {}, 'slow'));
    await expect.poll(() => heard).toContain('slow');
    const stopped = app.stop();
    resolve();
    await stopped;
    expect(slack.acks.get('slow')).toMatchObject({ text: 'done: slow' });
  });
});
