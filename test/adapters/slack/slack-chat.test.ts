import type { KnownBlock } from '@slack/types';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { boltLogger } from '../../../src/adapters/slack/bolt-logger.ts';
import { createSlackClients } from '../../../src/adapters/slack/clients.ts';
import { SlackChat } from '../../../src/adapters/slack/slack-chat.ts';
import type { Message } from '../../../src/ports/chat.ts';
import { createFakeLog } from '../../fakes/fake-log.ts';
import { startWebApi, type WebApiServer } from './web-api-server.ts';

const section = (text: string): KnownBlock => ({ type: 'section', text: { type: 'mrkdwn', text } });
const MESSAGE: Message = {
  text: 'card',
  blocks: [section('new'), section('b')],
  classic: [section('classic')],
};

let api: WebApiServer;
let chat: SlackChat;

beforeEach(async () => {
  api = await startWebApi(1500);
  chat = new SlackChat(api.clients);
});
afterEach(() => api.close());

const sent = (index = 0) => {
  const args = api.calls[index]?.args ?? {};
  return { ...args, blocks: JSON.parse(args.blocks ?? '[]'), metadata: JSON.parse(args.metadata ?? '{}') };
};

describe('posting', () => {
  it('carries the dedup id in metadata and in the first block, and unfurls nothing', async () => {
    api.answer('chat.postMessage', { ts: '1.2' });
    expect(await chat.post('C1', MESSAGE, 'card-1')).toBe('1.2');
    expect(sent()).toMatchObject({
      channel: 'C1',
      text: 'card',
      unfurl_links: 'false',
      unfurl_media: 'false',
      metadata: { event_type: 'dabbawala', event_payload: { dedup_id: 'card-1' } },
    });
    expect(sent().blocks).toMatchObject([
      { block_id: 'card-1', text: { text: 'new' } },
      { text: { text: 'b' } },
    ]);
    expect(sent()).not.toHaveProperty('thread_ts');
  });

  it('answers in a thread', async () => {
    api.answer('chat.postMessage', { ts: '1.3' });
    await chat.post('C1', MESSAGE, 'line-1', '1.2');
    expect(sent()).toMatchObject({ thread_ts: '1.2' });
  });

  it.each(['invalid_blocks', 'msg_blocks_too_long'])(
    'sends the classic form at once after %s',
    async (error) => {
      api.answer('chat.postMessage', { ok: false, error }, { ts: '1.2' });
      expect(await chat.post('C1', MESSAGE, 'card-1')).toBe('1.2');
      expect(sent(1).blocks).toMatchObject([{ block_id: 'card-1', text: { text: 'classic' } }]);
    },
  );

  it('remembers for 10 minutes that the blocks of a message were refused', async () => {
    let nowMs = 0;
    chat = new SlackChat(api.clients, () => nowMs);
    api.answer('chat.postMessage', { ok: false, error: 'invalid_blocks' }, { ts: '1.2' });
    await chat.post('C1', MESSAGE, 'card-1');
    const shown = async (): Promise<unknown> => {
      await chat.update('C1', '1.2', MESSAGE, 'card-1');
      return sent(api.calls.length - 1).blocks[0].text.text;
    };
    expect(await shown()).toBe('classic');
    nowMs = 600_001;
    expect(await shown()).toBe('new');
  });

  it('never tries twice by itself', async () => {
    api.answer('chat.postMessage', { status: 500 });
    await expect(chat.post('C1', MESSAGE, 'card-1')).rejects.toMatchObject({ code: 'slack_unavailable' });
    expect(api.calls).toHaveLength(1);
  });
});

describe('what a failure means', () => {
  it.each([
    [
      'a refusal',
      { ok: false, error: 'not_in_channel' },
      { slackError: 'not_in_channel', isOutcomeUnknown: false },
    ],
    [
      '429',
      { status: 429, headers: { 'retry-after': '7' } },
      { slackError: 'ratelimited', retryAfterMs: 7000, isOutcomeUnknown: false },
    ],
    [
      '429 without a time',
      { status: 429 },
      { slackError: 'ratelimited', retryAfterMs: 1000, isOutcomeUnknown: false },
    ],
    ['500', { status: 500 }, { slackError: 'http_500', retryAfterMs: null, isOutcomeUnknown: true }],
    ['an internal error of Slack', { ok: false, error: 'internal_error' }, { isOutcomeUnknown: true }],
    ['no answer', 'hang', { slackError: 'timeout', isOutcomeUnknown: true }],
    ['a reset after sending', 'reset', { isOutcomeUnknown: true }],
  ] as const)('%s', async (_name, answer, data) => {
    api.answer('chat.postMessage', answer);
    await expect(chat.post('C1', MESSAGE, 'card-1')).rejects.toMatchObject({
      code: 'slack_unavailable',
      data: { method: 'chat.postMessage', ...data },
    });
  });

  it('nobody listening: it was not sent', async () => {
    const gone = await startWebApi();
    await gone.close();
    const clients = createSlackClients({ apiUrl: gone.url, token: 'x', logger: boltLogger(createFakeLog()) });
    await expect(new SlackChat(clients).post('C1', MESSAGE, 'card-1')).rejects.toMatchObject({
      data: { slackError: 'ECONNREFUSED', isOutcomeUnknown: false },
    });
  });
});

describe('editing', () => {
  it('replaces text and blocks together', async () => {
    expect(await chat.update('C1', '1.2', MESSAGE, 'card-1')).toBe(true);
    expect(sent()).toMatchObject({ channel: 'C1', ts: '1.2', text: 'card' });
    expect(sent().blocks[0]).toMatchObject({ block_id: 'card-1' });
  });

  it.each(['message_not_found', 'cant_update_message'])(
    'says that the message is gone after %s',
    async (error) => {
      api.answer('chat.update', { ok: false, error });
      expect(await chat.update('C1', '1.2', MESSAGE, 'card-1')).toBe(false);
    },
  );

  it('throws anything else', async () => {
    api.answer('chat.update', { ok: false, error: 'channel_not_found' });
    await expect(chat.update('C1', '1.2', MESSAGE, 'card-1')).rejects.toMatchObject({
      code: 'slack_unavailable',
    });
  });
});

describe('finding a message again', () => {
  const other = { ts: '9.9', blocks: [{ block_id: 'other' }] };

  it.each([
    ['metadata', { ts: '1.2', metadata: { event_payload: { dedup_id: 'card-1' } } }],
    ['the first block', { ts: '1.2', blocks: [{ block_id: 'card-1' }] }],
  ])('by %s', async (_name, message) => {
    api.answer('conversations.history', { messages: [other, message] });
    expect(await chat.find('C1', 'card-1')).toBe('1.2');
    expect(api.calls[0]?.args).toMatchObject({ channel: 'C1', include_all_metadata: 'true' });
  });

  it('in its thread', async () => {
    api.answer('conversations.replies', {
      messages: [other, { ts: '1.3', blocks: [{ block_id: 'line-1' }] }],
    });
    expect(await chat.find('C1', 'line-1', '1.2')).toBe('1.3');
    expect(api.calls[0]?.args).toMatchObject({ ts: '1.2' });
  });

  it('or not at all', async () => {
    api.answer('conversations.history', { messages: [other] });
    expect(await chat.find('C1', 'card-1')).toBeNull();
  });
});
