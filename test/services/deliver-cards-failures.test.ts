import { beforeEach, describe, expect, it } from 'vitest';
import { T0 } from '../support/rollout-fixtures.ts';
import {
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
