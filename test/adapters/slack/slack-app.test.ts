import { createHmac } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startSlack } from '../../../sandbox/slack/index.ts';
import type { Slack } from '../../../sandbox/slack/types.ts';
import { boltLogger } from '../../../src/adapters/slack/bolt-logger.ts';
import { createSlackClients } from '../../../src/adapters/slack/clients.ts';
import { BODY_LIMIT, createSlackApp, type SlackApp } from '../../../src/adapters/slack/slack-app.ts';
import { SlackChat } from '../../../src/adapters/slack/slack-chat.ts';
import { SlackDirectory } from '../../../src/adapters/slack/slack-directory.ts';
import { createCommandListener } from '../../../src/commands/command-listener.ts';
import { commands } from '../../../src/commands/index.ts';
import { callCommand, isRollback } from '../../../src/commands/run-command.ts';
import { createClickListener } from '../../../src/handlers/click-listener.ts';
import { buttons, forms } from '../../../src/handlers/index.ts';
import { createOptionsListener } from '../../../src/handlers/options-listener.ts';
import { createSubmitListener } from '../../../src/handlers/submit-listener.ts';
import { DabbawalaError } from '../../../src/lib/errors.ts';
import { errorReply } from '../../../src/views/replies.ts';
import { rolloutCard } from '../../../src/views/rollout-card.ts';
import { createFakeLog } from '../../fakes/fake-log.ts';
import { createFakeServices, type FakeServices } from '../../fakes/fake-services.ts';
import { createMemoryStores } from '../../fakes/memory-store.ts';
import { cardStates } from '../../support/card-gallery.ts';
import { makeApproval, makeRollout, TARGET } from '../../support/rollout-fixtures.ts';
import { makeConfig } from '../../support/slack-config.ts';

const SECRET = 'a-signing-secret';
const TOKEN = 'xoxb-local';
const ROOM = 'C0WARROOM';

let slack: Slack;
let app: SlackApp;
let services: FakeServices;
let chat: SlackChat;
let redrawn: string[];
let botUrl: string | null;

beforeEach(async () => {
  botUrl = null;
  redrawn = [];
  slack = await startSlack({ signingSecret: SECRET, botToken: TOKEN, bot: () => botUrl });
  await startBot();
});

afterEach(async () => {
  await app.stop();
  await slack.close();
});

/** What app.ts does. */
async function startBot(): Promise<void> {
  const log = createFakeLog();
  const config = makeConfig({ apiUrl: slack.apiUrl });
  services = createFakeServices([TARGET]);
  const clients = createSlackClients({ apiUrl: slack.apiUrl, token: TOKEN, logger: boltLogger(log) });
  chat = new SlackChat(clients);
  const people = new SlackDirectory(clients);
  const deps = { config, commands, services, people, log };
  app = createSlackApp({
    apiUrl: slack.apiUrl,
    token: TOKEN,
    signingSecret: SECRET,
    clients,
    log,
    gate: {
      teams: config.slack.teams,
      channels: [config.slack.warRoom, ...Object.keys(config.slack.channels)],
      deliveries: createMemoryStores().deliveries,
      showError: errorReply,
      isUnlimited: (slash, text) => isRollback(deps, slash, text),
      auditDenied: services.auditDenied,
    },
    listeners: {
      command: createCommandListener(deps),
      click: createClickListener({
        buttons,
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
    },
  });
  botUrl = `http://127.0.0.1:${await app.start(0, '127.0.0.1')}/slack/events`;
}

const seenBy = (user: string): string =>
  slack
    .messages(ROOM, undefined, user)
    .map((message) => message.text)
    .join('\n');

const form = (fields: Record<string, string> = {}): string =>
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

const send = (body: string, atSeconds = Math.floor(Date.now() / 1000), secret = SECRET): Promise<Response> =>
  fetch(botUrl ?? '', {
    method: 'POST',
    body,
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      'x-slack-request-timestamp': String(atSeconds),
      'x-slack-signature': `v0=${createHmac('sha256', secret).update(`v0:${atSeconds}:${body}`).digest('hex')}`,
    },
  });

describe('a slash command over real HTTP', () => {
  it('reaches the use case and answers the person alone', async () => {
    const result = await slack.command({
      user: 'U0ASHA',
      channel: ROOM,
      text: '/deploy pg v2.3.1 reason=“two words”',
    });
    expect(result).toMatchObject({ delivered: true });
    expect(services.of('requestDeploy')[0]?.args).toMatchObject([
      { person: { id: 'U0ASHA', name: 'Asha', email: 'asha@tiffin.example' } },
      { target: TARGET, version: 'v2.3.1', reason: 'two words' },
    ]);
    expect(seenBy('U0ASHA')).toContain('accepted');
    expect(seenBy('U0DEV')).not.toContain('accepted');
  });

  it('is acked in time when the use case hangs, and answered later', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    services.answer('requestDeploy', async () => {
      await promise;
      return services.stored;
    });
    const result = await slack.command({ user: 'U0ASHA', channel: ROOM, text: '/deploy pg v2.3.1' });
    expect(result).toMatchObject({ delivered: true });
    expect(seenBy('U0ASHA')).toContain('Working…');
    resolve();
    await expect.poll(() => seenBy('U0ASHA')).toContain('accepted');
  });

  it('is refused in a channel that is not listed', async () => {
    await slack.command({ user: 'U0ASHA', channel: 'C0RANDOM', text: '/deploy pg v2.3.1' });
    const shown = slack.messages('C0RANDOM', undefined, 'U0ASHA').map((message) => message.text);
    expect(shown.join()).toContain('wrong_channel');
    expect(services.of('requestDeploy')).toEqual([]);
  });

  it('asks with a form whose versions come from the registry, and whose submit deploys', async () => {
    await slack.command({ user: 'U0ASHA', channel: ROOM, text: '/deploy' });
    const [view] = slack.views('U0ASHA');
    const viewId = view?.id ?? '';
    const service = 'payment-gateway';
    await slack.submit({ user: 'U0ASHA', viewId, values: { service } }).catch(() => undefined);
    const options = await slack.suggest({ user: 'U0ASHA', viewId, actionId: 'version', query: 'v2' });
    expect(options).toMatchObject([{ value: 'v2.3.1' }]);
    const result = await slack.submit({ user: 'U0ASHA', viewId, values: { service, version: 'v2.3.1' } });
    expect(result).toEqual({ closed: true });
    expect(services.of('requestDeploy')[0]?.args[1]).toMatchObject({ target: TARGET, version: 'v2.3.1' });
    await expect.poll(() => seenBy('U0ASHA')).toContain('accepted');
  });
});

describe('a click over real HTTP', () => {
  const waiting = makeRollout({ phase: 'awaiting-approval', approvals: [makeApproval()] });
  const postCard = async (): Promise<string> => {
    services.stored = { rollout: waiting, rev: 1, token: 1 };
    return chat.post(ROOM, rolloutCard({ rollout: waiting, rev: 1 }), `card-${waiting.id}`);
  };

  it('takes the buttons away at once, votes, and has the card drawn again', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    services.answer('vote', async () => {
      await promise;
      return { kind: 'decided', decision: 'approved' };
    });
    const ts = await postCard();
    expect(await slack.click({ user: 'U0BHARAT', channel: ROOM, ts, actionId: 'approve' })).toMatchObject({
      delivered: true,
    });
    const card = () => JSON.stringify(slack.messages(ROOM).find((message) => message.ts === ts)?.blocks);
    await expect.poll(card).toContain('Processing… <@U0BHARAT>');
    expect(card()).not.toContain('"actions"');
    resolve();
    await expect.poll(() => redrawn).toEqual([waiting.id]);
    expect(await chat.find(ROOM, `card-${waiting.id}`)).toBe(ts);
  });

  it('tells a refused person alone', async () => {
    services.answer('vote', async () => {
      throw new DabbawalaError('not_allowed', 'Dev may not approve this.');
    });
    const ts = await postCard();
    await slack.click({ user: 'U0DEV', channel: ROOM, ts, actionId: 'approve' });
    await expect.poll(() => seenBy('U0DEV')).toContain('Dev may not approve this.');
    expect(seenBy('U0ASHA')).not.toContain('Dev may not');
    expect(redrawn).toEqual([waiting.id]);
  });

  it('rejects with a reason through its form', async () => {
    const ts = await postCard();
    await slack.click({ user: 'U0BHARAT', channel: ROOM, ts, actionId: 'reject' });
    await expect.poll(() => slack.views('U0BHARAT').length).toBe(1);
    const viewId = slack.views('U0BHARAT')[0]?.id ?? '';
    await slack.submit({ user: 'U0BHARAT', viewId, values: { reason: 'not before the audit' } });
    expect(services.of('vote')[0]?.args[1]).toMatchObject({
      decision: 'reject',
      reason: 'not before the audit',
    });
  });
});

describe('what is not let in', () => {
  it('a wrong signature, a missing one, an old and a future timestamp get 401', async () => {
    const nowS = Math.floor(Date.now() / 1000);
    expect((await send(form(), nowS, 'another-secret')).status).toBe(401);
    expect((await fetch(botUrl ?? '', { method: 'POST', body: form() })).status).toBe(401);
    expect((await send(form(), nowS - 302)).status).toBe(401);
    expect((await send(form(), nowS + 302)).status).toBe(401);
    expect(services.calls).toEqual([]);
  });

  it('a replay gets 401, a second delivery 200, and there is one effect', async () => {
    const nowS = Math.floor(Date.now() / 1000);
    expect((await send(form(), nowS)).status).toBe(200);
    expect((await send(form(), nowS)).status).toBe(401);
    expect((await send(form(), nowS - 1)).status).toBe(200);
    expect(services.of('requestDeploy')).toHaveLength(1);
  });

  it('a body over the cap gets 413 before anything is verified, counted or announced', async () => {
    const big = 'x'.repeat(BODY_LIMIT + 1);
    expect((await send(big)).status).toBe(413);
    const stream = new ReadableStream({
      start: (controller) => {
        for (let part = 0; part < 70; part += 1)
          controller.enqueue(new TextEncoder().encode('y'.repeat(1024)));
        controller.close();
      },
    });
    const chunked = { method: 'POST', body: stream, duplex: 'half' } as RequestInit;
    expect((await fetch(botUrl ?? '', chunked)).status).toBe(413);
  });

  it("Slack's own checks do nothing else", async () => {
    expect(await slack.verifyUrl()).toBe(true);
    expect(await slack.sslCheck()).toBe(true);
    const smuggled = await fetch(botUrl ?? '', {
      method: 'POST',
      body: form({ ssl_check: '1' }),
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    });
    expect(smuggled.status).toBe(200);
    expect(services.calls).toEqual([]);
  });

  it('another path gets 404', async () => {
    expect((await fetch(new URL('/other', botUrl ?? ''))).status).toBe(404);
  });
});

describe('the life of the app', () => {
  it('learns who it is beside the way in', async () => {
    await expect.poll(() => app.identity()).toMatchObject({ teamId: 'T0DABBA', botUserId: 'U0BOT' });
  });

  it('takes commands although Slack is down, and learns who it is later', async () => {
    await app.stop();
    slack.setDown('500');
    await startBot();
    expect(await slack.command({ user: 'U0ASHA', channel: ROOM, text: '/rollback pg' })).toMatchObject({
      delivered: true,
    });
    expect(services.of('requestRollback')).toHaveLength(1);
    expect(app.identity()).toBeNull();
    slack.setDown(null);
    await expect.poll(() => app.identity(), { timeout: 10_000 }).not.toBeNull();
  });

  it('waits for handlers that were acked', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    services.answer('requestDeploy', async () => {
      await promise;
      return services.stored;
    });
    await slack.command({ user: 'U0ASHA', channel: ROOM, text: '/deploy pg v2.3.1' });
    let isStopped = false;
    const stopped = app.stop().then(() => {
      isStopped = true;
    });
    await expect
      .poll(() =>
        fetch(botUrl ?? '').then(
          () => 'open',
          () => 'closed',
        ),
      )
      .toBe('closed');
    expect(isStopped).toBe(false);
    resolve();
    await stopped;
    expect(seenBy('U0ASHA')).toContain('accepted');
  });
});

it('the request of a click on any card fits under the cap', () => {
  for (const { name, rollout } of cardStates()) {
    const message = rolloutCard({ rollout, rev: 1 });
    const payload = { message: { ...message, blocks: message.blocks }, actions: [{}], user: {}, state: {} };
    const body = new URLSearchParams({ payload: JSON.stringify(payload) }).toString();
    expect(body.length, name).toBeLessThan(BODY_LIMIT * 0.8);
  }
});
