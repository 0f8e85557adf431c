/** The whole way in: the local Slack, Bolt and the listeners, with fake use cases behind them. */
import { createHmac } from 'node:crypto';
import { startSlack } from '../../../sandbox/slack/index.ts';
import type { Slack } from '../../../sandbox/slack/types.ts';
import { boltLogger } from '../../../src/adapters/slack/bolt-logger.ts';
import { createSlackClients } from '../../../src/adapters/slack/clients.ts';
import { createSlackApp, type SlackApp } from '../../../src/adapters/slack/slack-app.ts';
import { SlackChat } from '../../../src/adapters/slack/slack-chat.ts';
import { SlackDirectory } from '../../../src/adapters/slack/slack-directory.ts';
import { createCommandListener } from '../../../src/commands/command-listener.ts';
import { commands } from '../../../src/commands/index.ts';
import {
  callCommand,
  isRollback,
  runCommand,
  type TypedCommand,
  usageOf,
} from '../../../src/commands/run-command.ts';
import { createClickListener } from '../../../src/handlers/click-listener.ts';
import { buttons, cardButtons, forms, openers } from '../../../src/handlers/index.ts';
import { createMentionListener } from '../../../src/handlers/mention-listener.ts';
import { createOptionsListener } from '../../../src/handlers/options-listener.ts';
import { createSubmitListener } from '../../../src/handlers/submit-listener.ts';
import { errorReply } from '../../../src/views/replies.ts';
import { createFakeLog } from '../../fakes/fake-log.ts';
import { createFakeServices, type FakeServices } from '../../fakes/fake-services.ts';
import { createMemoryStores, type MemoryStores } from '../../fakes/memory-store.ts';
import { TARGET } from '../../support/rollout-fixtures.ts';
import { makeConfig } from '../../support/slack-config.ts';

const SECRET = 'a-signing-secret';
const TOKEN = 'xoxb-local';
export const ROOM = 'C0WARROOM';

export let slack: Slack;
export let app: SlackApp;
export let services: FakeServices;
export let chat: SlackChat;
export let redrawn: string[];
export let botUrl: string | null;
let stores: MemoryStores;
let others: SlackApp[];

export async function startWorld(): Promise<void> {
  botUrl = null;
  redrawn = [];
  others = [];
  stores = createMemoryStores();
  slack = await startSlack({ signingSecret: SECRET, botToken: TOKEN, bot: () => botUrl });
  services = createFakeServices([TARGET]);
  await startBot();
}

export async function stopWorld(): Promise<void> {
  await Promise.all([app, ...others].map((one) => one.stop()));
  await slack.close();
}

export async function startBot(): Promise<void> {
  const started = await startReplica();
  app = started.app;
  botUrl = started.url;
}

/** A second one beside it, on the same store; its address. */
export async function startSecondBot(): Promise<string> {
  const started = await startReplica();
  others.push(started.app);
  return started.url;
}

/** What app.ts does. */
async function startReplica(): Promise<{ readonly app: SlackApp; readonly url: string }> {
  const log = createFakeLog();
  const config = makeConfig({ apiUrl: slack.apiUrl });
  const clients = createSlackClients({ apiUrl: slack.apiUrl, token: TOKEN, logger: boltLogger(log) });
  chat = new SlackChat(clients);
  const people = new SlackDirectory(clients);
  const deps = { config, commands, services, people, log };
  const asking = {
    root: config.slack.rootCommand,
    runCommand: (typed: TypedCommand) => runCommand(deps, typed),
  };
  const replica = createSlackApp({
    apiUrl: slack.apiUrl,
    token: TOKEN,
    signingSecret: SECRET,
    appToken: null,
    clients,
    log,
    gate: {
      teams: config.slack.teams,
      channels: [config.slack.warRoom, ...Object.keys(config.slack.channels)],
      deliveries: stores.deliveries,
      showError: errorReply,
      whispers: chat,
      needsNoStore: ({ command, text, action }) => /rollback/.test(`${command} ${text} ${action}`),
      isUnlimited: (slash, text) => isRollback(deps, slash, text),
      auditDenied: services.auditDenied,
    },
    listeners: {
      command: createCommandListener(deps),
      click: createClickListener({
        buttons,
        cardButtons,
        openers,
        ...asking,
        services,
        people,
        log,
        redraw: async (id) => {
          redrawn.push(id);
        },
      }),
      submit: createSubmitListener({
        forms,
        services,
        people,
        commands,
        callCommand: (call) => callCommand(deps, call),
        log,
      }),
      options: createOptionsListener({ services, log }),
      mention: createMentionListener({
        ...asking,
        chat,
        services,
        usageOf: (text) => usageOf(deps, text),
        log,
      }),
    },
  });
  return { app: replica, url: `http://127.0.0.1:${await replica.start(0, '127.0.0.1')}/slack/events` };
}

export const seenBy = (user: string): string =>
  slack
    .messages(ROOM, undefined, user)
    .map((message) => message.text)
    .join('\n');

export const form = (fields: Record<string, string> = {}): string =>
  new URLSearchParams({
    command: '/dabba',
    text: 'deploy payment-gateway v2.3.1',
    team_id: 'T0DABBA',
    channel_id: ROOM,
    user_id: 'U0ASHA',
    trigger_id: 'trigger-1',
    response_url: `${slack.url}/none`,
    ...fields,
  }).toString();

/** Headers of a request that Slack would have signed. */
export const signed = (body: string, atSeconds: number, secret = SECRET): Record<string, string> => ({
  'content-type': /^(?:[{["\d]|null|true)/.test(body)
    ? 'application/json'
    : 'application/x-www-form-urlencoded',
  'x-slack-request-timestamp': String(atSeconds),
  'x-slack-signature': `v0=${createHmac('sha256', secret).update(`v0:${atSeconds}:${body}`).digest('hex')}`,
});

export const send = (
  body: string,
  atSeconds = Math.floor(Date.now() / 1000),
  secret = SECRET,
  url: string = botUrl ?? '',
): Promise<Response> => fetch(url, { method: 'POST', body, headers: signed(body, atSeconds, secret) });
