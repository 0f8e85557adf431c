import { beforeEach, describe, expect, it } from 'vitest';
import { makeApproval, T0 } from '../support/rollout-fixtures.ts';
import {
  asked,
  budget,
  CHANNEL,
  cause,
  change,
  chat,
  create,
  delivery,
  ID,
  kinds,
  reset,
  run,
  stores,
  time,
} from './delivery-harness.ts';

beforeEach(reset);

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

  it('takes what goes back or ended badly first, then who needs a person, then approvals, then the rest', async () => {
    await create('r-dddddddddddd');
    await create('r-cccccccccccc', { phase: 'awaiting-approval', approvals: [makeApproval()] });
    await create('r-bbbbbbbbbbbb', { phase: 'paused' });
    await create('r-eeeeeeeeeeee', { phase: 'rolled-back', endedAt: T0 });
    await create('r-ffffffffffff', { phase: 'draining', drainTowards: 'stable', createdAt: T0 + 1 });
    await run(delivery());
    expect(chat.calls.map((call) => call.dedupId)).toEqual([
      'card-r-eeeeeeeeeeee',
      'card-r-ffffffffffff',
      'card-r-bbbbbbbbbbbb',
      'card-r-cccccccccccc',
      'card-r-dddddddddddd',
    ]);
  });

  it('asks as an alarm for what no card says yet alone, so that clicks on it use up nothing that is kept', async () => {
    const target = delivery();
    await create(ID, { phase: 'analysing' });
    await run(target);
    await change(ID, { phase: 'rolled-back', endedAt: T0 });
    await run(target);
    await change(ID, {});
    target.urge(ID);
    await run(target);
    expect(asked.filter(([method]) => method === 'chat.update')).toEqual([
      ['chat.update', 'alarm'],
      ['chat.update', 'urgent'],
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
