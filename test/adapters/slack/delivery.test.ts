import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startSlack } from '../../../sandbox/slack/index.ts';
import type { Slack } from '../../../sandbox/slack/types.ts';
import { boltLogger } from '../../../src/adapters/slack/bolt-logger.ts';
import { createSlackClients } from '../../../src/adapters/slack/clients.ts';
import { createSendLimits } from '../../../src/adapters/slack/send-limits.ts';
import { SlackChat } from '../../../src/adapters/slack/slack-chat.ts';
import type { Rollout } from '../../../src/core/rollout/rollout.ts';
import { CardDelivery } from '../../../src/services/deliver-cards.ts';
import { rolloutCard } from '../../../src/views/rollout-card.ts';
import { threadLine } from '../../../src/views/thread.ts';
import { createFakeLog } from '../../fakes/fake-log.ts';
import { createMemoryStores, type MemoryStores } from '../../fakes/memory-store.ts';
import { makeRollout, T0 } from '../../support/rollout-fixtures.ts';

const ROOM = 'C0WARROOM';
const ID = 'r-7k2m9qx4c1ab';

let slack: Slack;
let stores: MemoryStores;
let delivery: CardDelivery;

beforeEach(async () => {
  slack = await startSlack({
    signingSecret: 'secret',
    botToken: 'xoxb-local',
    bot: () => null,
    limits: { postIntervalMs: 100, postBurst: 1 },
  });
  stores = createMemoryStores();
  const logger = boltLogger(createFakeLog());
  const clients = createSlackClients({ apiUrl: slack.apiUrl, token: 'xoxb-local', logger });
  delivery = new CardDelivery({
    outbox: stores.outbox,
    chat: new SlackChat(clients),
    renderCard: (card) => {
      if (card.kind !== 'rollout') throw new Error('no alerts here');
      return rolloutCard(card);
    },
    renderLine: threadLine,
    limits: createSendLimits(50),
    createBackoff: () => ({ next: () => 50, reset: () => undefined }),
    countLive: async () => 1,
    pace: { postIntervalMs: 110, editIntervalMs: 50 },
    time: {
      now: () => performance.now(),
      sleep: (ms, signal) => delay(ms, undefined, { signal }).catch(() => undefined),
    },
    log: createFakeLog(),
  });
  await stores.rollouts.create(makeRollout(), []);
});
afterEach(() => slack.close());

const deliver = (): Promise<void> => delivery.deliverChannel(ROOM, AbortSignal.timeout(15_000));

const change = async (overrides: Partial<Rollout>, ...texts: string[]): Promise<void> => {
  const stored = await stores.rollouts.load(ID);
  if (!stored) throw new Error('no rollout');
  await stores.rollouts.save(ID, {
    next: { ...stored.rollout, ...overrides },
    expectedRev: stored.rev,
    token: null,
    lines: texts.map((text) => ({ text, at: T0, mentions: [] })),
    audit: [],
    isDirty: true,
  });
};
const card = () => slack.messages(ROOM)[0];
const thread = (): readonly string[] =>
  slack
    .messages(ROOM, card()?.ts)
    .slice(1)
    .map((message) => message.text);
const refused = () => slack.log().filter((call) => call.result !== 'ok');

describe('delivery against a strict Slack', () => {
  it('posts once, edits in place and sends the lines in order, within every limit', async () => {
    await change({}, 'one', 'two', 'three');
    await deliver();
    await change({ phase: 'promoted', endedAt: T0 }, 'four');
    await deliver();
    expect(slack.messages(ROOM)).toHaveLength(1);
    expect(card()).toMatchObject({ revision: 1, text: expect.stringContaining('PROMOTED') });
    expect(thread()).toEqual(['one', 'two', 'three', 'four']);
    expect(refused()).toEqual([]);
    expect(await stores.outbox.dirty(ROOM)).toEqual([]);
  });

  it('leaves one message of each when connections are dropped after the post', async () => {
    await change({}, 'one', 'two');
    slack.resetAfterPost(2);
    await deliver();
    expect(slack.messages(ROOM)).toHaveLength(1);
    expect(thread()).toEqual(['one', 'two']);
  });

  it('waits as long as a 429 says', async () => {
    slack.set429({ seconds: 1 });
    await deliver();
    expect(slack.messages(ROOM)).toHaveLength(1);
    const posts = slack.log().filter((call) => call.method === 'chat.postMessage');
    expect(posts.map((call) => call.result)).toEqual(['error', 'ok']);
  });

  it('falls back to classic blocks where newer ones are refused', async () => {
    slack.rejectBlocks(['table', 'data_visualization']);
    await deliver();
    const types = card()?.blocks?.map((block) => block.type);
    expect(types).not.toContain('table');
    expect(types?.[0]).toBe('header');
  });

  it('goes on when Slack comes back', async () => {
    slack.setDown('refuse');
    const done = deliver();
    await expect.poll(() => slack.log().length).toBeGreaterThan(1);
    await change({ phase: 'rolled-back', endedAt: T0 });
    slack.setDown(null);
    await done;
    expect(slack.messages(ROOM)).toHaveLength(1);
    expect(card()?.text).toContain('ROLLED BACK');
  });
});
