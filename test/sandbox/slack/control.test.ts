import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { FAULT_KINDS } from '../../../sandbox/contract.ts';
import { type Slack, startSlack } from '../../../sandbox/slack/index.ts';
import { BOT_TOKEN, call, type Pair, SIGNING_SECRET, startPair, until } from './bolt.ts';

const ended: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ended.splice(0).reverse()) await end();
});

async function pairOf(...args: Parameters<typeof startPair>): Promise<Pair> {
  const pair = await startPair(...args);
  ended.push(() => pair.close());
  return pair;
}
async function slackOf(options: Partial<Parameters<typeof startSlack>[0]> = {}): Promise<Slack> {
  const slack = await startSlack({
    signingSecret: SIGNING_SECRET,
    botToken: BOT_TOKEN,
    bot: () => null,
    ...options,
  });
  ended.push(() => slack.close());
  return slack;
}
const control = async (slack: Slack, path: string, body?: unknown) => {
  const response = await fetch(`${slack.url}/control/${path}`, {
    ...(body === undefined
      ? {}
      : { method: 'POST', body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
};
const at = { user: 'U0ASHA', channel: 'war-room' };

describe('events', () => {
  it('a mention in a thread reaches the bot as app_mention', async () => {
    const pair = await pairOf((app) => {
      app.event('app_mention', async ({ event, say }) => {
        await say({ text: `heard ${event.text}`, thread_ts: event.thread_ts ?? event.ts });
      });
    });
    const { slack } = pair;
    const parent = await slack.command({ ...at, text: 'something is wrong & slow' });
    expect(parent).toMatchObject({ delivered: false });
    await slack.command({ ...at, thread: parent.ts, text: '@dabbawala rollback payment' });
    const heard = await until('an answer in the thread', () => slack.messages('C0WARROOM', parent.ts)[2]);
    expect(heard.text).toBe('heard <@U0BOT> rollback payment');
    expect(pair.seen).toMatchObject([
      {
        type: 'event_callback',
        team_id: 'T0DABBA',
        event_id: expect.stringMatching(/^Ev/),
        authorizations: [{ user_id: 'U0BOT', is_bot: true }],
        event: { type: 'app_mention', user: 'U0ASHA', channel: 'C0WARROOM', thread_ts: parent.ts },
      },
    ]);
    expect(slack.messages('C0WARROOM')[0]?.text).toBe('something is wrong &amp; slow');
  });

  it('are repeated with the number and reason of the retry until they are acknowledged', async () => {
    let failures = 2;
    let url: string | null = null;
    const pair = await pairOf((app) => app.event('app_mention', async () => {}), {
      limits: { eventRetryMs: [0, 10, 20] },
      // The bot is away for the first two tries.
      bot: () => (failures-- > 0 ? null : url),
    });
    url = pair.botUrl;
    await pair.slack.command({ ...at, text: 'hi <@U0BOT>' });
    await until('the bot got it', () => pair.slack.deliveries().at(-1)?.status === 200);
    expect(pair.slack.deliveries().map((each) => [each.retry, each.error])).toEqual([
      [0, 'dispatch_failed'],
      [1, 'dispatch_failed'],
      [2, null],
    ]);
    expect(pair.seen).toMatchObject([{ retryNum: 2, retryReason: 'connection_failed' }]);
  });

  it('are not sent from channels without the bot', async () => {
    const pair = await pairOf();
    await pair.slack.command({ ...at, channel: 'C0RANDOM', text: '@dabbawala hi' });
    expect(pair.slack.deliveries()).toEqual([]);
  });
});

describe('control API', () => {
  it('does the whole round over HTTP', async () => {
    const { slack } = await pairOf((app) => {
      app.command('/hello', async ({ ack, client, body }) => {
        await ack('hi');
        await client.chat.postMessage({ channel: body.channel_id, text: 'posted' });
      });
    });
    const typed = await control(slack, 'command', { ...at, text: '/hello' });
    expect(typed).toMatchObject({ status: 200, body: { ok: true, delivered: true } });
    await until('posted', () => slack.messages('C0WARROOM').length === 1);
    const seen = await control(slack, 'messages?channel=C0WARROOM&user=U0ASHA');
    expect(seen.body.messages).toMatchObject([{ text: 'hi', ephemeral: true }, { text: 'posted' }]);
    expect((await control(slack, 'views?user=U0ASHA')).body).toEqual({ views: [], home: null });
    const { calls, deliveries } = (await control(slack, 'log')).body;
    expect(calls).toMatchObject([
      { method: 'auth.test', result: 'ok' },
      { method: 'chat.postMessage', channel: 'C0WARROOM', ts: expect.any(String), status: 200, error: null },
    ]);
    expect(deliveries).toMatchObject([{ kind: 'command', name: '/hello', status: 200 }]);
    const world = (await control(slack, 'world')).body;
    expect(world).toMatchObject({ team: { id: 'T0DABBA' }, slack: { rateLimitedForMs: 0, down: null } });
    await control(slack, 'reset', {});
    expect((await control(slack, 'messages?channel=C0WARROOM')).body).toEqual({ messages: [] });
  });

  it('says what is wrong', async () => {
    const slack = await slackOf();
    const said = async (path: string, body?: unknown) => {
      const { status, body: answer } = await control(slack, path, body);
      return `${status} ${String(answer.error)}`;
    };
    expect(await said('command', '{')).toContain('400 body is not JSON');
    expect(await said('command', { ...at, user: 'U9', text: 'a' })).toContain(
      '400 unknown user "U9"; known: U0ASHA',
    );
    expect(await said('command', { ...at, channel: 'C9', text: 'a' })).toContain('400 unknown channel "C9"');
    expect(await said('command', at)).toContain('400 text is missing');
    expect(await said('click', { ...at, ts: '1.2', actionId: 'a' })).toContain(
      '400 U0ASHA sees no message "1.2"',
    );
    expect(await said('submit', { user: 'U0ASHA', viewId: 'V1' })).toContain('400 no open view "V1"');
    expect(await said('messages')).toContain('400 channel is missing');
    expect(await said('nothing')).toContain('404 no control call GET nothing');
    expect(await said('fault', { kind: 'rain' })).toContain('400 unknown kind rain');
    expect(await said('fault', { kind: 'crash' })).toContain('400 no world is attached');
    expect(await said('cluster/api/v1/pods')).toContain('404 no cluster is attached');
  });

  it.each(FAULT_KINDS.filter((kind) => kind !== 'slack429'))(
    'passes on every fault of the panel: %s',
    async (kind) => {
      const heard: unknown[] = [];
      const slack = await slackOf({
        onFault: async (fault) => {
          heard.push(fault);
          return {};
        },
      });
      expect((await control(slack, 'fault', { kind })).status).toBe(200);
      expect(heard).toEqual([{ kind }]);
    },
  );

  it('passes faults, resets and cluster reads on to the world, and does slack429 itself', async () => {
    const heard: unknown[] = [];
    const slack = await slackOf({
      onFault: async (fault) => {
        heard.push(fault);
        return { version: 'v2.4.0' };
      },
      onReset: async () => {
        heard.push('reset');
      },
      cluster: async (path) => ({ status: 404, body: { path } }),
      extra: async () => ({ load: { sent: 1 } }),
    });
    expect((await control(slack, 'fault', { kind: 'errors', percent: 3 })).body).toEqual({
      ok: true,
      version: 'v2.4.0',
    });
    await control(slack, 'reset', {});
    expect(heard).toEqual([{ kind: 'errors', percent: 3 }, 'reset']);
    expect(await control(slack, 'cluster/api/v1/pods?limit=1')).toEqual({
      status: 404,
      body: { path: '/api/v1/pods?limit=1' },
    });
    expect((await control(slack, 'world')).body).toMatchObject({ load: { sent: 1 } });
    await control(slack, 'fault', { kind: 'slack429', seconds: 60 });
    expect(await call(slack, 'auth.test')).toMatchObject({ status: 429, retryAfter: '60' });
    await control(slack, 'fault', { kind: 'slack429', off: true });
    expect((await call(slack, 'auth.test')).status).toBe(200);
    expect(heard).toHaveLength(2);
  });

  it('streams what happens, hello first, and hides what others alone see', async () => {
    const slack = await slackOf({ limits: { postBurst: 10 } });
    const abort = new AbortController();
    ended.push(async () => abort.abort());
    const got: { type: string; [key: string]: unknown }[] = [];
    const response = await fetch(`${slack.url}/control/events?user=U0ASHA`, { signal: abort.signal });
    expect(response.headers.get('content-type')).toContain('text/event-stream');
    const reading = (async () => {
      let text = '';
      for await (const chunk of response.body ?? []) {
        text += Buffer.from(chunk).toString();
        const parts = text.split('\n\n');
        text = parts.pop() ?? '';
        for (const part of parts) {
          const data = /^data: (.*)$/m.exec(part)?.[1];
          if (data) got.push(JSON.parse(data));
        }
      }
    })().catch(() => {});
    await until('hello', () => got.length === 1);
    const { ts } = (await call(slack, 'chat.postMessage', { channel: 'C0WARROOM', text: 'a' })).body;
    await call(slack, 'chat.update', { channel: 'C0WARROOM', ts, text: 'b' });
    await call(slack, 'chat.postEphemeral', { channel: 'C0WARROOM', user: 'U0DEV', text: 'not you' });
    await call(slack, 'chat.postEphemeral', { channel: 'C0WARROOM', user: 'U0ASHA', text: 'you' });
    await call(slack, 'chat.delete', { channel: 'C0WARROOM', ts });
    await until('all of it', () => got.length === 5);
    expect(got).toMatchObject([
      { type: 'hello' },
      { type: 'message', channel: 'C0WARROOM', message: { ts, text: 'a' } },
      { type: 'update', channel: 'C0WARROOM', message: { ts, text: 'b', revision: 1 } },
      { type: 'ephemeral', message: { text: 'you', visibleTo: 'U0ASHA' } },
      { type: 'delete', channel: 'C0WARROOM', ts },
    ]);
    await slack.close();
    await reading;
  });

  it('serves only this machine, and no page of another origin', async () => {
    const slack = await slackOf();
    const status = (headers: Record<string, string>) =>
      new Promise((resolve, reject) => {
        request(`${slack.url}/control/world`, { headers }, (response) => {
          response.resume();
          resolve(response.statusCode);
        })
          .on('error', reject)
          .end();
      });
    expect(await status({ host: 'localhost:1234' })).toBe(200);
    expect(await status({ host: 'evil.example' })).toBe(403);
    expect(await status({ host: 'localhost.evil.example' })).toBe(403);
    expect(await status({ host: 'localhost', origin: 'https://evil.example' })).toBe(403);
    expect(await status({ host: 'localhost', origin: 'http://127.0.0.1:99' })).toBe(200);
  });

  it('serves the built page', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'page-'));
    ended.push(() => rm(folder, { recursive: true }));
    await writeFile(join(folder, 'index.html'), '<title>Slack</title>');
    await writeFile(join(folder, 'page.js'), '1');
    const slack = await slackOf({ staticDir: folder });
    const get = async (path: string) => {
      const response = await fetch(slack.url + path);
      return [response.status, response.headers.get('content-type'), await response.text()];
    };
    expect(await get('/')).toEqual([200, 'text/html; charset=utf-8', '<title>Slack</title>']);
    expect(await get('/archives/C0WARROOM/p1')).toEqual([
      200,
      'text/html; charset=utf-8',
      '<title>Slack</title>',
    ]);
    expect(await get('/page.js')).toEqual([200, 'text/javascript; charset=utf-8', '1']);
    expect((await get('/%2e%2e/secret.js'))[0]).toBe(404);
    expect((await get('/none.css'))[0]).toBe(404);
  });

  it('closes twice and frees its port', async () => {
    const slack = await slackOf();
    await Promise.all([slack.close(), slack.close()]);
    await expect(fetch(slack.url)).rejects.toThrow('fetch failed');
    const again = await slackOf({ port: Number(new URL(slack.url).port) });
    expect(again.url).toBe(slack.url);
    await expect(slackOf({ port: Number(new URL(slack.url).port) })).rejects.toThrow('EADDRINUSE');
  });
});
