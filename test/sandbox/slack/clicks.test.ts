import { afterEach, describe, expect, it } from 'vitest';
import { type Pair, startPair, until } from './bolt.ts';

let pair: Pair;
afterEach(() => pair?.close());

const user = 'U0ASHA';
const at = { user, channel: 'C0WARROOM' };
const plain = (text: string) => ({ type: 'plain_text', text }) as const;
const option = (value: string) => ({ text: plain(`The ${value}`), value });

describe('clicks', () => {
  const card = (value: string) => ({
    channel: 'C0WARROOM',
    text: `card ${value}`,
    blocks: [
      {
        type: 'actions' as const,
        block_id: 'buttons',
        elements: [
          {
            type: 'button' as const,
            action_id: 'approve',
            value,
            text: plain('Approve'),
            confirm: {
              title: plain('Sure?'),
              text: plain('Really?'),
              confirm: plain('Yes'),
              deny: plain('No'),
            },
          },
          { type: 'overflow' as const, action_id: 'more', options: [option('logs'), option('plan')] },
        ],
      },
    ],
  });

  it('reach the bot with message, container and value, and are answered by an edit', async () => {
    pair = await startPair((app) => {
      app.action('approve', async ({ ack, body, client }) => {
        await ack();
        if (body.type !== 'block_actions') return;
        await client.chat.update({ ...card('two'), ts: String(body.message?.ts) });
      });
      app.action('more', async ({ ack }) => ack());
    });
    const { ts } = await pair.app.client.chat.postMessage(card('one'));
    const where = { ...at, ts: String(ts) };
    expect(await pair.slack.click({ ...where, actionId: 'approve' })).toMatchObject({ delivered: true });
    expect(pair.seen.at(-1)).toMatchObject({
      type: 'block_actions',
      user: { id: user, team_id: 'T0DABBA' },
      container: { type: 'message', message_ts: ts, channel_id: 'C0WARROOM', is_ephemeral: false },
      channel: { id: 'C0WARROOM', name: 'war-room' },
      message: { ts, text: 'card one', bot_id: 'B0BOT' },
      response_url: expect.any(String),
      trigger_id: expect.any(String),
      actions: [
        {
          type: 'button',
          action_id: 'approve',
          block_id: 'buttons',
          value: 'one',
          action_ts: expect.any(String),
        },
      ],
    });
    await until('edited', () => pair.slack.messages('C0WARROOM')[0]?.text === 'card two');
    await pair.slack.click({ ...where, actionId: 'more', value: 'plan' });
    expect(pair.seen.at(-1)).toMatchObject({
      actions: [{ type: 'overflow', selected_option: { value: 'plan' } }],
    });
    await expect(pair.slack.click({ ...where, actionId: 'approve', value: 'one' })).rejects.toThrow(
      'no element approve',
    );
    await pair.slack.click({ ...where, actionId: 'approve', value: 'one', revision: 0 });
    expect(pair.seen.at(-1)).toMatchObject({ actions: [{ value: 'one' }] });
  });

  it('are not repeated, and a failure is told to the user alone', async () => {
    pair = await startPair();
    const { ts } = await pair.app.client.chat.postMessage(card('one'));
    await pair.stopBot();
    const result = await pair.slack.click({ ...at, ts: String(ts), actionId: 'approve' });
    expect(result).toMatchObject({ delivered: false, error: 'dispatch_failed' });
    expect(pair.slack.messages('C0WARROOM', undefined, user).at(-1)).toMatchObject({
      ephemeral: true,
      text: '“Approve” failed with the error "dispatch_failed"',
    });
    expect(pair.slack.deliveries()).toHaveLength(1);
  });
});
