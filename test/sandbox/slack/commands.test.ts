import { afterEach, describe, expect, it } from 'vitest';
import { signedHeaders } from '../../../sandbox/slack/index.ts';
import { type Pair, SIGNING_SECRET, startPair, until } from './bolt.ts';

let pair: Pair;
afterEach(() => pair?.close());

const at = { user: 'U0ASHA', channel: 'C0WARROOM' };

describe('slash commands', () => {
  it('reach Bolt signed, with all of Slack’s fields, and the acknowledgement is seen by the user alone', async () => {
    pair = await startPair((app) => {
      app.command('/deploy', async ({ ack, command }) => {
        await ack({ text: `deploying ${command.text}`, response_type: 'ephemeral' });
      });
    });
    const result = await pair.slack.command({ ...at, text: '/deploy payment-gateway v2.3.1' });
    expect(result).toMatchObject({ ok: true, delivered: true });
    expect(pair.seen[0]).toMatchObject({
      command: '/deploy',
      text: 'payment-gateway v2.3.1',
      team_id: 'T0DABBA',
      channel_id: 'C0WARROOM',
      channel_name: 'war-room',
      user_id: 'U0ASHA',
      user_name: 'asha',
      is_enterprise_install: 'false',
      response_url: expect.stringContaining(`${pair.slack.url}/response/`),
      trigger_id: expect.any(String),
    });
    expect(pair.slack.messages('C0WARROOM', undefined, 'U0ASHA')).toMatchObject([
      { text: 'deploying payment-gateway v2.3.1', ephemeral: true, visibleTo: 'U0ASHA', user: 'U0BOT' },
    ]);
    expect(pair.slack.messages('C0WARROOM', undefined, 'U0DEV')).toEqual([]);
  });

  it('are refused by Bolt with another secret or an old timestamp', async () => {
    pair = await startPair((app) => {
      app.command(/.*/, async ({ ack }) => ack());
    });
    const url = await botUrl(pair);
    const body = 'command=%2Fdeploy&text=';
    const form = 'application/x-www-form-urlencoded';
    const send = (headers: Record<string, string>) => fetch(url, { method: 'POST', headers, body });
    const now = Math.floor(Date.now() / 1000);
    expect((await send(signedHeaders('another', body, form))).status).toBe(401);
    expect((await send(signedHeaders(SIGNING_SECRET, body, form, now - 301))).status).toBe(401);
    expect((await send(signedHeaders(SIGNING_SECRET, body, form, now))).status).toBe(200);
  });

  it('escape mentions, channels, groups and links, and keep the rest inert', async () => {
    pair = await startPair((app) => {
      app.command('/x', async ({ ack }) => ack());
    });
    await pair.slack.command({
      ...at,
      text: '/x @dev #payments @oncall https://a.example/?b=1&c <b> & @nobody <@U0DEV>',
    });
    expect(pair.seen[0]?.text).toBe(
      '<@U0DEV|dev> <#C0PAYMENTS|payments> <!subteam^S0ONCALL|@oncall> <https://a.example/?b=1&amp;c> &lt;b&gt; &amp; @nobody <@U0DEV|dev>',
    );
  });

  it('show operation_timeout when the bot does not acknowledge in time, and send no second request', async () => {
    pair = await startPair(
      (app) => {
        app.command('/slow', () => new Promise(() => {}));
      },
      { limits: { ackMs: 150 } },
    );
    const result = await pair.slack.command({ ...at, text: '/slow' });
    expect(result).toMatchObject({ delivered: false, error: 'operation_timeout' });
    expect(pair.slack.messages('C0WARROOM', undefined, 'U0ASHA')).toMatchObject([
      { text: '/slow failed with the error "operation_timeout"', user: 'USLACKBOT', ephemeral: true },
    ]);
    expect(pair.slack.deliveries()).toHaveLength(1);
  });

  it('have three seconds by default', async () => {
    pair = await startPair((app) => {
      app.command('/slow', () => new Promise(() => {}));
    });
    const result = await pair.slack.command({ ...at, text: '/slow' });
    expect(result.ms).toBeGreaterThanOrEqual(2990);
    expect(result.ms).toBeLessThan(4000);
    expect(result.delivered).toBe(false);
  });

  it('show dispatch_failed when a handler throws and when nothing listens', async () => {
    pair = await startPair((app) => {
      app.command('/bad', async () => {
        throw new Error('on purpose');
      });
    });
    expect(await pair.slack.command({ ...at, text: '/bad' })).toMatchObject({
      delivered: false,
      error: 'dispatch_failed',
      notice: '/bad failed with the error "dispatch_failed"',
    });
    await pair.stopBot();
    expect(await pair.slack.command({ ...at, text: '/bad' })).toMatchObject({ error: 'dispatch_failed' });
    expect(pair.slack.deliveries().map((each) => each.status)).toEqual([500, 0]);
  });

  it('do not exist outside the list, nor in threads', async () => {
    pair = await startPair(undefined, { commands: ['/dabba'] });
    expect((await pair.slack.command({ ...at, text: '/other' })).notice).toContain('is not a valid command');
    const { ts } = await pair.slack.command({ ...at, text: 'hello' });
    const inThread = await pair.slack.command({ ...at, text: '/dabba', thread: ts ?? '' });
    expect(inThread.notice).toContain('is not supported in threads');
    expect(pair.slack.messages('C0WARROOM', ts, 'U0ASHA')).toHaveLength(2);
    expect(pair.slack.deliveries()).toEqual([]);
  });

  it('tell the user when the acknowledgement breaks a limit', async () => {
    pair = await startPair((app) => {
      app.command('/long', async ({ ack }) => {
        await ack({ blocks: [{ type: 'header', text: { type: 'plain_text', text: 'x'.repeat(151) } }] });
      });
    });
    expect((await pair.slack.command({ ...at, text: '/long' })).notice).toContain('invalid_blocks');
  });

  it('can answer to the whole channel', async () => {
    pair = await startPair((app) => {
      app.command('/all', async ({ ack }) => ack({ response_type: 'in_channel', text: 'hello all' }));
    });
    await pair.slack.command({ ...at, channel: '#random', text: '/all' });
    expect(pair.slack.messages('C0RANDOM')).toMatchObject([{ text: 'hello all' }]);
  });
});

describe('response_url', () => {
  it('works five times, then answers 404 used_url', async () => {
    const errors: unknown[] = [];
    pair = await startPair((app) => {
      app.command('/many', async ({ ack, respond }) => {
        await ack();
        for (let use = 1; use <= 6; use += 1)
          await respond(`use ${use}`).catch((error: unknown) => errors.push(error));
      });
    });
    await pair.slack.command({ ...at, text: '/many' });
    await until('the sixth use fails', () => errors.length === 1);
    expect(errors).toMatchObject([{ statusCode: 404 }]);
    expect(pair.slack.messages('C0WARROOM', undefined, 'U0ASHA').map((each) => each.text)).toEqual([
      'use 1',
      'use 2',
      'use 3',
      'use 4',
      'use 5',
    ]);
    expect(pair.slack.log().filter((each) => each.method === 'response_url')).toHaveLength(6);
    expect(pair.slack.log().at(-1)).toMatchObject({ status: 404, error: 'used_url' });
  });

  it('replaces and deletes the message that was clicked', async () => {
    pair = await startPair((app) => {
      app.action('replace', async ({ ack, respond }) => {
        await ack();
        await respond({ replace_original: true, text: 'Processing…' });
      });
      app.action('delete', async ({ ack, respond }) => {
        await ack();
        await respond({ delete_original: true });
      });
    });
    const button = (id: string) =>
      ({ type: 'button', action_id: id, text: { type: 'plain_text', text: id } }) as const;
    const posted = await pair.app.client.chat.postMessage({
      channel: 'C0WARROOM',
      text: 'card',
      blocks: [{ type: 'actions', elements: [button('replace'), button('delete')] }],
    });
    const where = { ...at, ts: String(posted.ts) };
    await pair.slack.click({ ...where, actionId: 'replace' });
    await until('replaced', () => pair.slack.messages('C0WARROOM')[0]?.text === 'Processing…');
    expect(pair.slack.messages('C0WARROOM')[0]).toMatchObject({ revision: 1 });
    expect(pair.slack.messages('C0WARROOM')[0]?.blocks).toBeUndefined();
    // The button is gone for who looks now, and still there for who has not seen the edit.
    await expect(pair.slack.click({ ...where, actionId: 'delete' })).rejects.toThrow('no element delete');
    await pair.slack.click({ ...where, actionId: 'delete', revision: 0 });
    await until('deleted', () => pair.slack.messages('C0WARROOM').length === 0);
  });
});

/** Where Bolt listens: as the local Slack sees it. */
async function botUrl(of: Pair): Promise<string> {
  expect(await of.slack.verifyUrl()).toBe(true);
  expect(await of.slack.sslCheck()).toBe(true);
  return of.botUrl;
}
