import { beforeEach, describe, expect, it } from 'vitest';
import type { Rollout } from '../../src/core/rollout/rollout.ts';
import { CardDelivery, type DeliveryHooks } from '../../src/services/deliver-cards.ts';
import { FakeChat } from '../fakes/fake-chat.ts';
import { createMemoryStores, type MemoryStores } from '../fakes/memory-store.ts';
import { makeApproval, makeRollout, T0 } from '../support/rollout-fixtures.ts';

const CHANNEL = 'C0WARROOM';
const ID = 'r-aaaaaaaaaaaa';

/** Time that passes only while the loop sleeps; what a test schedules happens on the way. */
class LoopTime {
  nowMs = 0;
  readonly #later: { at: number; work: () => Promise<void> | void }[] = [];

  readonly now = (): number => this.nowMs;
  readonly sleep = async (ms: number): Promise<void> => {
    const until = this.nowMs + ms;
    for (const due of this.#later.filter((one) => one.at <= until).sort((a, b) => a.at - b.at)) {
      this.#later.splice(this.#later.indexOf(due), 1);
      this.nowMs = Math.max(this.nowMs, due.at);
      await due.work();
    }
    this.nowMs = until;
    if (until > 3_600_000) throw new Error('the loop slept for an hour');
  };

  at(ms: number, work: () => Promise<void> | void): void {
    this.#later.push({ at: ms, work });
  }
}

let time: LoopTime;
let chat: FakeChat;
let stores: MemoryStores;
let budget: Map<string, number>;

beforeEach(() => {
  time = new LoopTime();
  chat = new FakeChat(time.now);
  stores = createMemoryStores();
  budget = new Map();
});

const delivery = (hooks: DeliveryHooks = {}, live = 1): CardDelivery =>
  new CardDelivery({
    outbox: stores.outbox,
    chat,
    renderCard: ({ rollout }) => ({ text: rollout.cause.text, blocks: [], classic: [] }),
    renderLine: ({ text, mentions }) => ({ text: [text, ...mentions].join(' '), blocks: [], classic: [] }),
    limits: {
      take: async (method) => {
        const left = budget.get(method);
        if (left === undefined) return 0;
        if (left <= 0) return 100;
        budget.set(method, left - 1);
        return 0;
      },
    },
    createBackoff: () => {
      let ms = 500;
      return {
        next: () => {
          ms = Math.min(ms * 2, 30_000);
          return ms;
        },
        reset: () => {
          ms = 500;
        },
      };
    },
    countLive: async () => live,
    pace: { postIntervalMs: 1050, editIntervalMs: 3000 },
    time,
    log: { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined },
    hooks,
  });

const create = (id: string, overrides: Partial<Rollout> = {}): Promise<unknown> =>
  stores.rollouts.create(makeRollout({ id, cause: cause(`${id} first`), ...overrides }), []);

const cause = (text: string): Rollout['cause'] => ({ code: 'waiting', text, at: T0, by: null });

const change = async (
  id: string,
  overrides: Partial<Rollout>,
  lines: readonly { text: string; mentions?: readonly string[] }[] = [],
): Promise<void> => {
  const stored = await stores.rollouts.load(id);
  if (!stored) throw new Error(`no ${id}`);
  await stores.rollouts.save(id, {
    next: { ...stored.rollout, ...overrides },
    expectedRev: stored.rev,
    token: null,
    lines: lines.map(({ text, mentions = [] }) => ({ text, at: T0, mentions })),
    audit: [],
    isDirty: true,
  });
};

const run = (target: CardDelivery): Promise<void> =>
  target.deliverChannel(CHANNEL, new AbortController().signal);
const kinds = (): readonly string[] => chat.calls.map((call) => call.kind);

describe('delivering cards', () => {
  it('posts a new card once and then has nothing to do', async () => {
    await create(ID);
    await run(delivery());
    await run(delivery());
    expect(kinds()).toEqual(['post']);
    expect(chat.messages).toMatchObject([{ dedupId: `card-${ID}`, text: `${ID} first`, thread: null }]);
  });

  it('edits the card in place and shows the newest state only', async () => {
    const target = delivery();
    await create(ID);
    await run(target);
    for (const text of ['one', 'two', 'three']) await change(ID, { cause: cause(text) });
    await run(target);
    expect(kinds()).toEqual(['post', 'update']);
    expect(chat.messages[0]).toMatchObject({ text: 'three', edits: 1 });
  });

  it('coalesces metric changes into one edit per interval', async () => {
    const target = delivery();
    await create(ID);
    await run(target);
    await change(ID, { cause: cause('tick 0') });
    for (let tick = 1; tick <= 20; tick += 1)
      time.at(tick * 300, () => change(ID, { cause: cause(`tick ${tick}`) }));
    while (time.nowMs < 10_000) {
      await run(target);
      await time.sleep(100);
    }
    const edits = chat.calls.filter((call) => call.kind === 'update');
    expect(chat.messages[0]?.text).toBe('tick 20');
    expect(edits.length).toBeLessThanOrEqual(4);
    for (const [index, edit] of edits.entries())
      if (index > 0) expect(edit.at - (edits[index - 1]?.at ?? 0)).toBeGreaterThanOrEqual(3000);
  });

  it('stretches the interval when many rollouts are live', async () => {
    const target = delivery({}, 8);
    await create(ID);
    await run(target);
    await change(ID, { cause: cause('tick') });
    await run(target);
    expect(chat.calls[1]?.at).toBeGreaterThanOrEqual(12_000);
  });

  it('shows a phase change at once', async () => {
    const target = delivery();
    await create(ID);
    await run(target);
    await change(ID, { phase: 'baking' });
    await run(target);
    expect(chat.calls[1]).toMatchObject({ kind: 'update', at: 0 });
  });

  it('draws at once what is dirty without a change: a click took its buttons away', async () => {
    const target = delivery({}, 8);
    await create(ID);
    await run(target);
    await change(ID, {});
    await run(target);
    expect(chat.calls[1]).toMatchObject({ kind: 'update', at: 0 });
  });

  it('draws at once what it was urged to', async () => {
    const target = delivery({}, 8);
    await create(ID);
    await run(target);
    await change(ID, { observedShare: 3 });
    target.urge(ID);
    await run(target);
    expect(chat.calls[1]).toMatchObject({ kind: 'update', at: 0 });
  });

  it('takes what ended badly first, then who needs a person, then approvals, then the rest', async () => {
    await create('r-dddddddddddd');
    await create('r-cccccccccccc', { phase: 'awaiting-approval', approvals: [makeApproval()] });
    await create('r-bbbbbbbbbbbb', { phase: 'paused' });
    await create('r-eeeeeeeeeeee', { phase: 'rolled-back', endedAt: T0 });
    await run(delivery());
    expect(chat.calls.map((call) => call.dedupId)).toEqual([
      'card-r-eeeeeeeeeeee',
      'card-r-bbbbbbbbbbbb',
      'card-r-cccccccccccc',
      'card-r-dddddddddddd',
    ]);
  });

  it('keeps the slot of the channel between posts', async () => {
    await create('r-aaaaaaaaaaaa');
    await create('r-bbbbbbbbbbbb');
    await run(delivery());
    expect(chat.calls[1]?.at).toBeGreaterThanOrEqual(1050);
    expect(chat.calls[1]?.at).toBeLessThan(1200);
  });

  it('waits for the method budget and then renders what is newest', async () => {
    const target = delivery();
    await create(ID);
    await run(target);
    budget.set('chat.update', 0);
    await change(ID, { phase: 'baking', cause: cause('old') });
    time.at(1000, () => change(ID, { cause: cause('newest') }));
    time.at(2000, () => {
      budget.set('chat.update', 1);
    });
    await run(target);
    expect(chat.messages[0]).toMatchObject({ text: 'newest', edits: 1 });
  });

  it('tells an ended and delivered rollout as settled, once', async () => {
    const settled: string[] = [];
    const target = delivery({
      onSettled: async (id) => {
        settled.push(id);
      },
    });
    await create(ID);
    await run(target);
    await change(ID, { phase: 'promoted', endedAt: T0 }, [{ text: 'promoted' }]);
    await run(target);
    await run(target);
    expect(settled).toEqual([ID]);
  });
});

describe('thread lines', () => {
  it('follow the card, in order, each with its own dedup id and its mentions', async () => {
    await create(ID);
    await change(ID, {}, [{ text: 'first' }, { text: 'second' }]);
    await change(ID, {}, [{ text: 'third', mentions: ['U0ASHA'] }]);
    await run(delivery());
    const [card, ...lines] = chat.messages;
    expect(card?.thread).toBeNull();
    expect(lines.map((line) => line.text)).toEqual(['first', 'second', 'third U0ASHA']);
    expect(lines.every((line) => line.thread === card?.ts)).toBe(true);
    expect(new Set(chat.messages.map((message) => message.dedupId)).size).toBe(4);
  });

  it('are not sent twice when the answer to a sent one was lost', async () => {
    await create(ID);
    await change(ID, {}, [{ text: 'first' }, { text: 'second' }]);
    const target = delivery();
    time.at(200, () => chat.failNext('post', { kind: 'lost', isDone: true }));
    await run(target);
    expect(chat.messages.map((message) => message.text)).toEqual([`${ID} first`, 'first', 'second']);
    expect(kinds()).toContain('find');
  });

  it('are looked for by a process that did not begin the thread', async () => {
    await create(ID);
    await run(delivery());
    await change(ID, {}, [{ text: 'line' }]);
    const [line] = (await stores.outbox.dirty(CHANNEL))[0]?.lines ?? [];
    await chat.post(CHANNEL, { text: 'line', blocks: [], classic: [] }, line?.id ?? '', chat.messages[0]?.ts);
    await run(delivery());
    expect(chat.messages.filter((message) => message.text === 'line')).toHaveLength(1);
    expect(await stores.outbox.dirty(CHANNEL)).toEqual([]);
  });

  it('wait behind the cards of others unless they mention somebody', async () => {
    const target = delivery();
    await create('r-aaaaaaaaaaaa');
    await run(target);
    await change('r-aaaaaaaaaaaa', { phase: 'baking' }, [{ text: 'plain' }]);
    await create('r-bbbbbbbbbbbb');
    await run(target);
    expect(chat.messages.map((message) => message.text)).toEqual([
      'r-aaaaaaaaaaaa first',
      'r-bbbbbbbbbbbb first',
      'plain',
    ]);
  });
});

describe('when Slack fails', () => {
  it('honours Retry-After to the millisecond and lets the other method go on', async () => {
    const target = delivery();
    await create('r-aaaaaaaaaaaa');
    await run(target);
    chat.failNext('update', { kind: 'ratelimited', retryAfterMs: 7000 });
    const startedAt = time.nowMs;
    await change('r-aaaaaaaaaaaa', { phase: 'rolled-back', endedAt: T0 });
    await create('r-bbbbbbbbbbbb');
    await run(target);
    const updates = chat.calls.filter((call) => call.kind === 'update');
    expect(updates.map((call) => call.at - startedAt)).toEqual([0, 7000]);
    const second = chat.calls.find((call) => call.dedupId === 'card-r-bbbbbbbbbbbb');
    expect((second?.at ?? 0) - startedAt).toBeLessThan(2000);
  });

  it('looks for a post whose outcome is unknown before posting again', async () => {
    await create(ID);
    chat.failNext('post', { kind: 'lost', isDone: true });
    await run(delivery());
    expect(chat.messages).toHaveLength(1);
    expect(kinds()).toEqual(['post', 'find', 'update']);
  });

  it('posts again when the lost post did not happen', async () => {
    await create(ID);
    chat.failNext('post', { kind: 'lost', isDone: false });
    await run(delivery());
    expect(kinds()).toEqual(['post', 'find', 'post']);
    expect(chat.messages).toHaveLength(1);
  });

  it('looks after a crash between post and record, too', async () => {
    await create(ID);
    await stores.outbox.markPosting(ID);
    await chat.post(CHANNEL, { text: 'before the crash', blocks: [], classic: [] }, `card-${ID}`);
    await run(delivery());
    expect(chat.messages).toMatchObject([{ text: `${ID} first` }]);
  });

  it('does not look for a post that Slack refused outright', async () => {
    await create(ID);
    chat.failNext('post', { kind: 'ratelimited', retryAfterMs: 1000 });
    await run(delivery());
    expect(kinds()).toEqual(['post', 'post']);
  });

  it('posts a fresh card when somebody deleted it, and new lines go to its thread', async () => {
    const target = delivery();
    await create(ID);
    await run(target);
    chat.delete(`card-${ID}`);
    await change(ID, { phase: 'baking', cause: cause('again') }, [{ text: 'line' }]);
    await run(target);
    expect(chat.messages).toMatchObject([{ text: 'again' }, { text: 'line' }]);
    expect(chat.messages[1]?.thread).toBe(chat.messages[0]?.ts);
  });

  it('retries through an outage with growing pauses and delivers one message of the newest state', async () => {
    await create(ID);
    chat.isDown = true;
    time.at(30_000, () => change(ID, { cause: cause('later') }));
    time.at(600_000, () => {
      chat.isDown = false;
    });
    await run(delivery());
    expect(chat.messages).toMatchObject([{ text: 'later', edits: 0 }]);
    expect(chat.calls.length).toBeLessThan(40);
  });

  it('does not let one refused card stop the others', async () => {
    await create('r-aaaaaaaaaaaa', { phase: 'rolled-back', endedAt: T0 });
    await create('r-bbbbbbbbbbbb');
    chat.failNext('post', { kind: 'refused', slackError: 'msg_too_long' });
    await run(delivery());
    expect(chat.calls[1]?.dedupId).toBe('card-r-bbbbbbbbbbbb');
    expect(chat.messages).toHaveLength(2);
  });

  it('survives the store being down', async () => {
    await create(ID);
    stores.setDown(true);
    time.at(5000, () => stores.setDown(false));
    await run(delivery());
    expect(chat.messages).toHaveLength(1);
  });

  it('leaves when told to stop', async () => {
    await create(ID);
    chat.isDown = true;
    const stop = new AbortController();
    time.at(5000, () => stop.abort());
    await delivery().deliverChannel(CHANNEL, stop.signal);
    expect(chat.messages).toHaveLength(0);
  });
});
