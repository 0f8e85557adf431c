import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { mentionText, readMention } from '../../../src/adapters/slack/mention.ts';
import { DabbawalaError } from '../../../src/lib/errors.ts';
import { rolloutCard } from '../../../src/views/rollout-card.ts';
import { makeRollout, TARGET } from '../../support/rollout-fixtures.ts';
import {
  chat,
  ROOM,
  seenBy,
  send,
  services,
  slack,
  startSecondBot,
  startWorld,
  stopWorld,
} from './bot-harness.ts';

beforeEach(startWorld);
afterEach(stopWorld);

const STAGING = { ...TARGET, environment: 'staging' };

const postCard = async (rollout = makeRollout({ channel: ROOM, target: STAGING })): Promise<string> => {
  services.stored = { rollout, rev: 1, token: 1 };
  return chat.post(ROOM, rolloutCard({ rollout, rev: 1 }), `card-${rollout.id}`);
};
const say = (text: string, thread?: string, user = 'U0ASHA') =>
  slack.command({ user, channel: ROOM, text, thread });
const whispers = (thread?: string, user = 'U0ASHA') =>
  slack.messages(ROOM, thread, user).filter((message) => message.ephemeral === true);
const heard = (thread?: string): string => JSON.stringify(whispers(thread));

describe('a mention in a channel', () => {
  it('means the same as the command, and is answered to its person alone', async () => {
    await say('@dabbawala rollback pg reason="two words"');
    await expect.poll(() => seenBy('U0ASHA')).toContain('is accepted');
    expect(services.of('requestRollback')[0]?.args).toMatchObject([
      { person: { id: 'U0ASHA' }, origin: { via: 'mention', team: 'T0DABBA', channel: ROOM } },
      TARGET,
      'two words',
    ]);
    expect(seenBy('U0DEV')).not.toContain('is accepted');
    expect(whispers()[0]?.thread_ts).toBeUndefined();
  });

  it('with the name alone shows what there is', async () => {
    await say('@dabbawala');
    await expect.poll(() => seenBy('U0ASHA')).toContain('What /dabba does');
  });

  it('says in words what went wrong', async () => {
    await say('@dabbawala rolback pg');
    await expect.poll(() => seenBy('U0ASHA')).toContain('There is no verb "rolback"');
    services.answer('hold', async () => {
      throw new DabbawalaError('no_rollout', 'No rollout is running.');
    });
    await say('@dabbawala hold pg');
    await expect.poll(() => seenBy('U0ASHA')).toContain('No rollout is running.');
  });

  it('that leaves something out shows the right form, and a button that opens it', async () => {
    await say('@dabbawala lock pg');
    await expect.poll(() => seenBy('U0ASHA')).toContain('This needs more');
    const [answer] = whispers();
    expect(answer?.text).toContain('lock &lt;service&gt;');
    await slack.click({ user: 'U0ASHA', channel: ROOM, ts: answer?.ts, actionId: 'open_form' });
    await expect.poll(() => slack.views('U0ASHA')).toHaveLength(1);
    expect(JSON.stringify(slack.views('U0ASHA'))).toContain('payment-gateway');
  });
});

describe('a mention below a card', () => {
  it.each([
    ['rollback', 'requestRollback'],
    ['hold', 'hold'],
    ['go', 'go'],
    ['status', 'status'],
    ['history', 'history'],
    ['rollback pg', 'requestRollback'],
    ['traffic 5', 'shiftTraffic'],
  ] as const)('%s means its service in its environment', async (words, method) => {
    const ts = await postCard();
    await say(`@dabbawala ${words}`, ts);
    await expect.poll(() => whispers(ts)).toHaveLength(1);
    expect(services.of(method)[0]?.args[1]).toEqual(STAGING);
    expect(whispers(ts)[0]?.thread_ts).toBe(ts);
  });

  it('means what is named where that is another', async () => {
    const ts = await postCard();
    await say('@dabbawala status upi-switch env=staging', ts);
    await expect.poll(() => whispers(ts)).toHaveLength(1);
    expect(services.of('status')[0]?.args[1]).toMatchObject({ service: 'upi-switch' });
    await say('@dabbawala status env=prod', ts);
    await expect.poll(() => whispers(ts)).toHaveLength(2);
    expect(services.of('status')[1]?.args[1]).toEqual(TARGET);
  });

  it('opens a form for the card of the thread', async () => {
    const ts = await postCard();
    await say('@dabbawala lock', ts);
    await expect.poll(() => heard(ts)).toContain('open_form');
    const [answer] = whispers(ts);
    await slack.click({ user: 'U0ASHA', channel: ROOM, ts: answer?.ts, actionId: 'open_form' });
    await expect.poll(() => JSON.stringify(slack.views('U0ASHA'))).toContain('payment-gateway · staging');
  });

  it('is understood where the server drops metadata', async () => {
    slack.dropMetadata(true);
    const ts = await postCard();
    expect(await chat.find(ROOM, `card-${services.stored.rollout.id}`)).toBe(ts);
    await say('@dabbawala hold', ts);
    await expect.poll(() => services.of('hold')[0]?.args[1]).toEqual(STAGING);
  });

  it('assumes nothing where the thread cannot be read, and does what is named', async () => {
    const ts = await postCard();
    slack.unknownMethods(['conversations.replies']);
    await say('@dabbawala rollback', ts);
    await expect.poll(() => heard(ts)).toContain('This needs more');
    await say('@dabbawala status env=prod', ts);
    await expect.poll(() => heard(ts)).toContain('the thread could not be read');
    expect(services.of('requestRollback')).toEqual([]);
    await say('@dabbawala rollback pg env=prod', ts);
    await expect.poll(() => services.of('requestRollback')[0]?.args[1]).toEqual(TARGET);
  });

  it('of somebody else implies nothing', async () => {
    const ts = (await slack.command({ user: 'U0DEV', channel: ROOM, text: 'lunch?' })).ts;
    await say('@dabbawala rollback', ts);
    await expect.poll(() => heard(ts)).toContain('This needs more');
    expect(services.of('requestRollback')).toEqual([]);
  });
});

describe('one envelope at both replicas', () => {
  const event = JSON.stringify({
    type: 'event_callback',
    team_id: 'T0DABBA',
    event_id: 'Ev1',
    event: { type: 'app_mention', user: 'U0ASHA', channel: ROOM, ts: '5.6', text: '<@U0BOT> rollback pg' },
  });
  const command = new URLSearchParams({
    command: '/dabba',
    text: 'rollback pg',
    team_id: 'T0DABBA',
    channel_id: ROOM,
    user_id: 'U0ASHA',
    trigger_id: 'trigger-both',
    response_url: 'http://127.0.0.1:1/none',
  }).toString();

  it.each([
    ['a mention', event, 0],
    ['a mention sent again', event, -1],
    ['a command', command, 0],
    ['a command sent again', command, -1],
  ])('%s has one effect', async (_, body, laterS) => {
    const second = await startSecondBot();
    const nowS = Math.floor(Date.now() / 1000);
    const answers = await Promise.all([send(body, nowS), send(body, nowS + laterS, undefined, second)]);
    expect(answers.map(({ status }) => status)).toContain(200);
    await expect.poll(() => services.of('requestRollback')).toHaveLength(1);
    await send(body, nowS - 2);
    expect(services.of('requestRollback')).toHaveLength(1);
  });
});

describe('a server without forms or groups', () => {
  it('is said in a clear word, with what to do instead', async () => {
    slack.unknownMethods(['views.open']);
    await slack.command({ user: 'U0ASHA', channel: ROOM, text: '/dabba deploy' });
    await expect.poll(() => seenBy('U0ASHA')).toContain('This server has no forms');
  });
});

describe('the words of a mention', () => {
  it.each([
    ['<@U0BOT> rollback pg', 'U0BOT', 'rollback pg'],
    ['<@U0ASHA> look: <@U0BOT|dabbawala>  hold', 'U0BOT', 'hold'],
    ['<@U0BOT>', 'U0BOT', ''],
    ['<@UOTHER> status', null, 'status'],
    ['no name at all', 'U0BOT', 'no name at all'],
  ])('%j', (text, bot, words) => {
    expect(mentionText(text, bot)).toBe(words);
  });

  it('are none where a bot speaks, or an old message is corrected', () => {
    const event = { user: 'U0ASHA', channel: ROOM, ts: '1.2', text: '<@U0BOT> hold pg' };
    expect(readMention({ event }, 'U0BOT')).toMatchObject({ text: 'hold pg', threadTs: null });
    expect(readMention({ event: { ...event, bot_id: 'B0OTHER' } }, 'U0BOT')).toBeNull();
    expect(readMention({ event: { ...event, edited: { ts: '1.3' } } }, 'U0BOT')).toBeNull();
    expect(readMention({ event: { ...event, user: undefined } }, 'U0BOT')).toBeNull();
  });
});
