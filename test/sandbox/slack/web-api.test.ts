import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Slack, startSlack } from '../../../sandbox/slack/index.ts';
import { BOT_TOKEN, call, handClock, SIGNING_SECRET, startPair } from './bolt.ts';

let slack: Slack;
let clock: ReturnType<typeof handClock>;
beforeEach(async () => {
  clock = handClock();
  slack = await startSlack({
    signingSecret: SIGNING_SECRET,
    botToken: BOT_TOKEN,
    bot: () => null,
    now: clock.now,
  });
});
afterEach(() => slack.close());

const ROOM = 'C0WARROOM';
const post = async (args: object = {}) => {
  clock.pass(1000);
  return call(slack, 'chat.postMessage', { channel: ROOM, text: 'hello', ...args });
};
const errorOf = async (method: string, args: object, token = BOT_TOKEN) => {
  clock.pass(1000);
  return (await call(slack, method, { ...args }, token)).body.error;
};
const section = (text: string) => ({ type: 'section', text: { type: 'mrkdwn', text } });

describe('errors', () => {
  it('are Slack’s', async () => {
    const { ts } = (await post()).body;
    expect(await errorOf('chat.shout', {})).toBe('unknown_method');
    expect(await errorOf('apps.connections.open', {})).toBe('unknown_method');
    expect(await errorOf('auth.test', {}, '')).toBe('not_authed');
    expect(await errorOf('auth.test', {}, 'xoxb-other')).toBe('invalid_auth');
    expect(await errorOf('chat.postMessage', { channel: 'C0NONE', text: 'a' })).toBe('channel_not_found');
    expect(await errorOf('chat.postMessage', { channel: 'C0RANDOM', text: 'a' })).toBe('not_in_channel');
    expect(await errorOf('conversations.history', { channel: 'C0RANDOM' })).toBe('not_in_channel');
    expect(await errorOf('chat.postMessage', { channel: ROOM })).toBe('no_text');
    expect(await errorOf('chat.postMessage', { channel: ROOM, text: 'x'.repeat(40_001) })).toBe(
      'msg_too_long',
    );
    expect(await errorOf('chat.update', { channel: ROOM, ts, text: 'x'.repeat(4001) })).toBe('msg_too_long');
    expect(await errorOf('chat.update', { channel: ROOM, ts: '1.000000', text: 'a' })).toBe(
      'message_not_found',
    );
    expect(await errorOf('chat.postMessage', { channel: ROOM, text: 'a', thread_ts: '1.000000' })).toBe(
      'thread_not_found',
    );
    expect(await errorOf('chat.postMessage', { channel: ROOM, text: 'a', blocks: '[{' })).toBe(
      'invalid_blocks_format',
    );
    expect(await errorOf('views.open', { trigger_id: 'none', view: {} })).toBe('invalid_trigger_id');
    expect(await errorOf('users.info', { user: 'U0NONE' })).toBe('user_not_found');
    expect(await errorOf('users.lookupByEmail', { email: 'no@tiffin.example' })).toBe('users_not_found');
    expect(await errorOf('usergroups.users.list', { usergroup: 'S0NONE' })).toBe('no_such_subteam');
    slack.archive(ROOM, true);
    expect(await errorOf('chat.postMessage', { channel: ROOM, text: 'a' })).toBe('is_archived');
  });

  it('say which block and which limit', async () => {
    const { body } = await post({ blocks: [section('ok'), section('x'.repeat(3001))] });
    expect(body).toMatchObject({
      ok: false,
      error: 'invalid_blocks',
      response_metadata: {
        messages: ['[ERROR] must be less than 3001 characters [json-pointer:/blocks/1/text/text]'],
      },
    });
  });

  it('refuse more than 13,200 characters in all blocks', async () => {
    const blocks = (last: number) => [...Array(4).fill(section('x'.repeat(3000))), section('y'.repeat(last))];
    expect((await post({ blocks: blocks(1200) })).body.ok).toBe(true);
    expect((await post({ blocks: blocks(1201) })).body.error).toBe('msg_blocks_too_long');
  });

  it('protect the messages of others', async () => {
    const { ts } = await slack.command({ user: 'U0ASHA', channel: ROOM, text: 'mine' });
    expect(await errorOf('chat.update', { channel: ROOM, ts, text: 'a' })).toBe('cant_update_message');
    expect(await errorOf('chat.delete', { channel: ROOM, ts })).toBe('cant_delete_message');
  });
});

describe('messages', () => {
  it('keep metadata, ids and threads', async () => {
    const metadata = { event_type: 'dabbawala', event_payload: { dedup: 'd-1' } };
    const { ts } = (
      await post({ blocks: [{ ...section('card'), block_id: 'd-1' }, section('more')], metadata })
    ).body;
    await post({ text: 'reply', thread_ts: ts });
    const plain = (await call(slack, 'conversations.history', { channel: ROOM })).body;
    expect(plain.messages).toMatchObject([{ ts, reply_count: 1, user: 'U0BOT', bot_id: 'B0BOT' }]);
    expect(JSON.stringify(plain)).not.toContain('"metadata":');
    const full = await call(slack, 'conversations.history', { channel: ROOM, include_all_metadata: true });
    expect(full.body.messages).toMatchObject([
      { metadata, blocks: [{ block_id: 'd-1' }, { block_id: expect.any(String) }] },
    ]);
    const replies = await call(slack, 'conversations.replies', { channel: ROOM, ts });
    expect(replies.body.messages).toMatchObject([{ ts }, { text: 'reply', thread_ts: ts }]);
  });

  it('are listed newest first, within limit, oldest and latest', async () => {
    const sent: string[] = [];
    for (const text of ['a', 'b', 'c', 'd']) sent.push(String((await post({ text })).body.ts));
    const texts = async (args: object) => {
      const { body } = await call(slack, 'conversations.history', { channel: ROOM, ...args });
      return [(body.messages as { text: string }[]).map((each) => each.text).join(''), body.has_more];
    };
    expect(await texts({})).toEqual(['dcba', false]);
    expect(await texts({ limit: 2 })).toEqual(['dc', true]);
    expect(await texts({ oldest: sent[1] })).toEqual(['dc', false]);
    expect(await texts({ oldest: sent[1], latest: sent[2], inclusive: true })).toEqual(['cb', false]);
    const first = (await call(slack, 'conversations.history', { channel: ROOM, limit: 3 })).body;
    const { next_cursor } = first.response_metadata as { next_cursor: string };
    expect(await texts({ limit: 3, cursor: next_cursor })).toEqual(['a', false]);
  });

  it('are edited in place, and lose their blocks when text alone is sent', async () => {
    const { ts } = (
      await post({ blocks: [section('card')], metadata: { event_type: 'a', event_payload: {} } })
    ).body;
    await call(slack, 'chat.update', { channel: ROOM, ts, text: 'two', blocks: [section('two')] });
    expect(slack.messages(ROOM)).toMatchObject([
      { ts, text: 'two', revision: 1, edited: { user: 'U0BOT' }, metadata: { event_type: 'a' } },
    ]);
    await call(slack, 'chat.update', { channel: ROOM, ts, text: 'three' });
    expect(slack.messages(ROOM)[0]?.blocks).toBeUndefined();
  });

  it('can be ephemeral, direct, linked and deleted', async () => {
    const { ts } = (await post()).body;
    await call(slack, 'chat.postEphemeral', { channel: ROOM, user: 'U0DEV', text: 'only you' });
    expect(slack.messages(ROOM, undefined, 'U0DEV')).toHaveLength(2);
    expect(slack.messages(ROOM, undefined, 'U0ASHA')).toHaveLength(1);
    const direct = (await post({ channel: 'U0ASHA' })).body;
    expect(direct.channel).toBe('D0ASHA');
    const link = (await call(slack, 'chat.getPermalink', { channel: ROOM, message_ts: ts })).body;
    expect(link.permalink).toBe(`${slack.url}/archives/${ROOM}/p${String(ts).replace('.', '')}`);
    expect((await call(slack, 'chat.delete', { channel: ROOM, ts })).body.ok).toBe(true);
    expect(slack.messages(ROOM)).toEqual([]);
  });
});

describe('rates', () => {
  it('allow one post a second per channel, with a small burst', async () => {
    const status = async (channel: string) => {
      const { status, retryAfter, body } = await call(slack, 'chat.postMessage', { channel, text: 'a' });
      return [status, retryAfter, body.error];
    };
    expect(await status(ROOM)).toEqual([200, null, undefined]);
    expect(await status(ROOM)).toEqual([200, null, undefined]);
    expect(await status(ROOM)).toEqual([429, '1', 'ratelimited']);
    expect((await status('C0PAYMENTS'))[0]).toBe(200);
    clock.pass(999);
    expect((await status(ROOM))[0]).toBe(429);
    clock.pass(1);
    expect((await status(ROOM))[0]).toBe(200);
    expect(slack.messages(ROOM)).toHaveLength(3);
  });

  it('allow 50 edits a minute in the whole workspace', async () => {
    const { ts } = (await post()).body;
    const edit = () => call(slack, 'chat.update', { channel: ROOM, ts, text: 'a' });
    for (let index = 0; index < 50; index += 1) expect((await edit()).status).toBe(200);
    expect(await edit()).toMatchObject({ status: 429, retryAfter: '2', body: { error: 'ratelimited' } });
    clock.pass(1200);
    expect((await edit()).status).toBe(200);
    expect((await edit()).status).toBe(429);
    // Another method has its own bucket.
    expect((await call(slack, 'conversations.history', { channel: ROOM })).status).toBe(200);
  });

  it('are all used up by the fault, for its time', async () => {
    slack.set429({ seconds: 10 });
    expect(await call(slack, 'auth.test')).toMatchObject({ status: 429, retryAfter: '10' });
    clock.pass(10_000);
    expect((await call(slack, 'auth.test')).status).toBe(200);
    slack.set429({});
    expect((await call(slack, 'auth.test')).status).toBe(429);
    slack.set429(null);
    expect((await call(slack, 'auth.test')).status).toBe(200);
  });
});

describe('faults', () => {
  it('drop the connection after the post was made', async () => {
    slack.resetAfterPost(1);
    await expect(post()).rejects.toThrow('fetch failed');
    expect(slack.messages(ROOM)).toHaveLength(1);
    expect(slack.log().at(-1)).toMatchObject({
      method: 'chat.postMessage',
      result: 'none',
      error: 'reset',
      status: 0,
    });
    expect((await post()).body.ok).toBe(true);
  });

  it('answer 500, nothing, or drop the connection', async () => {
    slack.setDown('500');
    expect((await post()).status).toBe(500);
    slack.setDown('refuse');
    await expect(post()).rejects.toThrow('fetch failed');
    slack.setDown('hang');
    const signal = AbortSignal.timeout(100);
    await expect(fetch(`${slack.apiUrl}auth.test`, { method: 'POST', signal })).rejects.toThrow('timeout');
    slack.setDown(null);
    expect((await post()).body.ok).toBe(true);
    expect(slack.messages(ROOM)).toHaveLength(1);
  });

  it('revoke the token, kick the bot, hide the groups, refuse newer blocks', async () => {
    const fine = { type: 'data_table', caption: 'c', rows: [[{ type: 'raw_text', text: 'a' }]] };
    expect((await post({ blocks: [fine] })).body.ok).toBe(true);
    slack.rejectBlocks(['data_table']);
    expect((await post({ blocks: [fine] })).body.error).toBe('invalid_blocks');
    slack.failGroups(true);
    expect(await errorOf('usergroups.users.list', { usergroup: 'S0APPROVE' })).toBe('internal_error');
    slack.kick(ROOM, true);
    expect(await errorOf('chat.postMessage', { channel: ROOM, text: 'a' })).toBe('not_in_channel');
    slack.revokeToken(true);
    expect(await errorOf('auth.test', {})).toBe('token_revoked');
    slack.reset();
    expect((await post()).body.ok).toBe(true);
    expect((await call(slack, 'usergroups.users.list', { usergroup: 'S0APPROVE' })).body.users).toEqual([
      'U0BHARAT',
      'U0CHITRA',
    ]);
  });
});

describe('another server of the same API', () => {
  it('drops metadata and does not know every method', async () => {
    slack.dropMetadata(true);
    const metadata = { event_type: 'x', event_payload: { id: 1 } };
    expect((await post({ metadata })).body.ok).toBe(true);
    expect(slack.messages(ROOM)[0]?.metadata).toBeUndefined();
    slack.unknownMethods(['views.open', 'usergroups.users.list']);
    expect(await errorOf('usergroups.users.list', { usergroup: 'S0APPROVE' })).toBe('unknown_method');
    slack.reset();
    expect((await post({ metadata })).body.ok).toBe(true);
    expect(slack.messages(ROOM)[0]?.metadata).toEqual(metadata);
  });
});

describe('Slack’s own client', () => {
  it('posts, looks up people, uploads a file', async () => {
    const pair = await startPair();
    try {
      const { client } = pair.app;
      expect(await client.auth.test()).toMatchObject({
        user_id: 'U0BOT',
        bot_id: 'B0BOT',
        team_id: 'T0DABBA',
      });
      const metadata = { event_type: 'x', event_payload: { a: 1 } };
      const posted = await client.chat.postMessage({
        channel: ROOM,
        text: 'card',
        blocks: [{ type: 'divider' }],
        metadata,
      });
      const history = await client.conversations.history({
        channel: ROOM,
        include_all_metadata: true,
        limit: 1,
      });
      expect(history.messages).toMatchObject([{ ts: posted.ts, metadata, blocks: [{ type: 'divider' }] }]);
      expect((await client.users.info({ user: 'U0ASHA' })).user).toMatchObject({
        profile: { email: 'asha@tiffin.example' },
      });
      expect((await client.users.lookupByEmail({ email: 'ASHA@tiffin.example' })).user?.id).toBe('U0ASHA');
      await expect(client.chat.postMessage({ channel: 'C0RANDOM', text: 'a' })).rejects.toMatchObject({
        data: { error: 'not_in_channel' },
      });
      await client.files.uploadV2({
        channel_id: 'C0PAYMENTS',
        filename: 'a.txt',
        content: 'hello',
        initial_comment: 'see',
      });
      expect(pair.slack.messages('C0PAYMENTS')).toMatchObject([
        { text: 'see', files: [{ name: 'a.txt', size: 5 }] },
      ]);
      pair.slack.set429({ seconds: 7 });
      await expect(client.auth.test()).rejects.toMatchObject({ retryAfter: 7 });
    } finally {
      await pair.close();
    }
  });
});
