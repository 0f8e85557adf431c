import { beforeEach, describe, expect, it } from 'vitest';
import type { Waiting } from '../../../src/core/watch/late.ts';
import type { CardState } from '../../../src/ports/rollout-store.ts';
import { type DeliveryWatchPorts, lookAtDelivery } from '../../../src/services/watch/watch-delivery.ts';
import { lateNotice } from '../../../src/views/late-notice.ts';
import { FakeChat } from '../../fakes/fake-chat.ts';
import { createFakeLog } from '../../fakes/fake-log.ts';
import { createMemoryStores, MemoryClock } from '../../fakes/memory-store.ts';
import { MemoryWatch } from '../../fakes/memory-watch.ts';
import { makeGroup } from '../../support/alert-fixtures.ts';

let clock: MemoryClock;
let chat: FakeChat;
let cards: CardState[];
let seen: readonly Waiting[];
/** Two replicas. */
let replicas: readonly DeliveryWatchPorts[];

const waiting = (channel: string): CardState => ({
  ...{ kind: 'alerts', id: `a-${channel}`, group: makeGroup(), rev: 1, cardRev: 1, postedRev: 0 },
  ...{ channel, ts: null, isPosting: false, lines: [] },
});
const prepare = (channels: readonly string[]): void => {
  clock = new MemoryClock(1_000_000);
  chat = new FakeChat();
  cards = [];
  seen = [];
  const watch = new MemoryWatch();
  const { deliveries } = createMemoryStores(clock);
  replicas = [1, 2].map(() => ({
    ...{ outbox: { dirty: async () => cards }, watch, deliveries, clock, chat, channels, limitMs: 120_000 },
    render: (notice) => lateNotice(notice, ['S0ONCALL']),
    onWaiting: (all) => {
      seen = all;
    },
    onFailed: () => undefined,
    log: createFakeLog(),
  }));
};
const lookFor = async (seconds: number): Promise<void> => {
  for (let second = 0; second < seconds; second += 5) {
    clock.advance(5000);
    await Promise.all(replicas.map(lookAtDelivery));
  }
};
const posts = () =>
  chat.calls.filter(({ kind }) => kind === 'post').map(({ channel, text }) => `${channel} ${text}`);
beforeEach(() => prepare(['C0SECOND', 'C0ROOM']));

describe('what waits too long for one channel', () => {
  it('is said in another one, once by two replicas, with a mention, and again when it is over', async () => {
    cards = [waiting('C0ROOM')];
    await lookFor(120);
    expect(posts()).toEqual([]);
    await lookFor(120);
    expect(posts()).toEqual([
      expect.stringMatching(
        /^C0SECOND ⏳ \*Late:\* 1 card for <#C0ROOM> waits, the oldest for 2 min\..*<!subteam\^S0ONCALL>$/,
      ),
    ]);
    expect(seen).toMatchObject([{ channel: 'C0ROOM', cards: 1 }]);
    cards = [];
    await lookFor(30);
    expect(posts().slice(1)).toEqual([expect.stringMatching(/^C0SECOND 🟢 \*No longer late:\* <#C0ROOM>/)]);
    expect(posts()[1]).not.toContain('S0ONCALL');
    expect(seen).toEqual([]);
  });

  it('is said in the war room when the second channel is the late one', async () => {
    cards = [waiting('C0SECOND')];
    await lookFor(140);
    expect(posts()).toEqual([expect.stringMatching(/^C0ROOM ⏳/)]);
  });

  it('is said when Slack answers again, once', async () => {
    cards = [waiting('C0ROOM')];
    for (let index = 0; index < 3; index += 1) chat.failNext('post', { kind: 'unreachable' });
    chat.failNext('post', { kind: 'lost', isDone: true });
    await lookFor(300);
    expect(chat.messages.map(({ text }) => text.slice(0, 8))).toEqual(['⏳ *Late:']);
  });

  it('is told by the metrics alone where no channel is configured', async () => {
    prepare([]);
    cards = [waiting('C0ROOM')];
    await lookFor(300);
    expect(chat.calls).toEqual([]);
    expect(seen).toMatchObject([{ channel: 'C0ROOM' }]);
  });
});
