/** More alert groups than a channel takes: named in digests at once, on cards of their own when it is calm. On a real Redis. */
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Outbox } from '../../src/ports/rollout-store.ts';
import { ALERT_T0 } from '../support/alert-fixtures.ts';
import { PACE_MS, ROOM, StormGround } from './storm-harness.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const sorted = (names: readonly string[]): readonly string[] => [...names].sort();
const alerts = (count: number): readonly string[] =>
  Array.from({ length: count }, (_, index) => `Alert${index}`);

describe.each([
  ['a single server', false],
  ['a Cluster of one node', true],
])('a storm, on %s', (_, cluster) => {
  let ground: StormGround;
  beforeAll(async () => {
    ground = await StormGround.start(cluster);
  });
  afterAll(async () => ground?.stop());
  beforeEach(() => ground.reset());

  it('of fewer groups than the channel takes is a card each', async () => {
    await ground.putMany(5);
    await ground.run();
    expect(sorted(ground.cards())).toEqual(alerts(5).map((name) => `${name} firing`));
    expect(ground.named()).toEqual([]);
  });

  it('of 200 groups names each of them once within three posts, not faster than the channel takes', async () => {
    await ground.putMany(200);
    await ground.run();
    expect(sorted(ground.named())).toEqual(sorted(alerts(200)));
    const posts = ground.chat.calls.filter(({ kind }) => kind === 'post');
    expect(posts.length).toBeLessThanOrEqual(3);
    for (const [index, { at }] of posts.entries())
      expect(at - (posts[index - 1]?.at ?? -PACE_MS)).toBeGreaterThanOrEqual(PACE_MS);
    expect(posts.at(-1)?.at).toBeLessThan(10_000);
  });

  it('names the worst first, and of the same severity the newest', async () => {
    await ground.putMany(150, (index) => ({
      severity: index % 50 === 7 ? 'critical' : 'warning',
      since: ALERT_T0 + index * 1000,
    }));
    await ground.run();
    const [first = ''] = ground.chat.messages.map(({ text }) => text);
    expect(first.split('\n').slice(0, 5)).toEqual(['Alert107', 'Alert57', 'Alert7', 'Alert149', 'Alert148']);
  });

  it('is over: each open group gets its own card, worst and newest first; what ended meanwhile is told where it was named', async () => {
    await ground.putMany(20, (index) => ({
      severity: index === 3 ? 'critical' : 'warning',
      since: ALERT_T0 + index * 1000,
    }));
    const target = ground.delivery();
    await ground.run(target);
    expect(ground.cards()).toEqual([]);
    for (const name of ['Alert5', 'Alert6'])
      await ground.put(name, { state: 'resolved', firing: 0, resolvedAt: ALERT_T0 + 60_000 });
    await ground.runCalm(target);
    const own = alerts(20).filter((name) => name !== 'Alert5' && name !== 'Alert6');
    expect(sorted(ground.cards())).toEqual(sorted(own.map((name) => `${name} firing`)));
    expect(ground.cards().slice(0, 3)).toEqual(['Alert3 firing', 'Alert19 firing', 'Alert18 firing']);
    expect(sorted(ground.named())).toEqual(
      sorted([...own.map((name) => `${name} card`), 'Alert5 ended', 'Alert6 ended']),
    );
    expect(await ground.outbox().dirty(ROOM)).toEqual([]);
  });

  it('that drips goes into the digest that is there, and one alone gets a card at once', async () => {
    await ground.putMany(12);
    const target = ground.delivery();
    await ground.run(target);
    await Promise.all(['More1', 'More2', 'More3'].map((name) => ground.put(name)));
    await ground.run(target);
    expect(sorted(ground.named())).toEqual(sorted([...alerts(12), 'More1', 'More2', 'More3']));
    expect(ground.chat.messages).toHaveLength(1);
    await ground.put('Lone');
    await ground.run(target);
    expect(ground.cards()).toEqual(['Lone firing']);
  });

  it('with something worse than all that was posted tells it in a message of its own: an edit pushes nothing', async () => {
    await ground.putMany(12, () => ({ severity: 'warning' }));
    const target = ground.delivery();
    await ground.run(target);
    for (const name of ['Worse1', 'Worse2']) await ground.put(name, { severity: 'critical' });
    await ground.run(target);
    expect(ground.chat.messages.map(({ text }) => text.split('\n').length)).toEqual([12, 2]);
    await ground.put('Alert4', { severity: 'critical' });
    await ground.run(target);
    expect(ground.cards()).toEqual(['Alert4 firing']);
  });

  it('in which a group ends and begins anew says so where it was named, and tells the new one', async () => {
    await ground.putMany(12);
    const target = ground.delivery();
    await ground.run(target);
    await ground.put('Alert2', { state: 'resolved', firing: 0, resolvedAt: ALERT_T0 + 1 });
    await ground.put('Alert2', { state: 'firing', firing: 1, resolvedAt: null, episode: 2 });
    await ground.run(target);
    expect(ground.named()).toContain('Alert2 ended');
    expect(ground.cards()).toEqual(['Alert2 firing']);
  });

  it('puts the list of each digest into its thread when it is complete, once', async () => {
    await ground.putMany(120);
    const target = ground.delivery();
    await ground.runCalm(target);
    expect(sorted(ground.lists)).toEqual(['d-000000000001', 'd-000000000002']);
  });

  it('told by two replicas at once names each group in one digest', async () => {
    await ground.putMany(230);
    await Promise.all([ground.run(ground.delivery()), ground.run(ground.delivery())]);
    // Who posts is the queue's to decide, one replica a channel; here both do, so a digest may be there twice.
    const digests = new Map(ground.chat.messages.map(({ dedupId, text }) => [dedupId, text]));
    expect(sorted([...digests.values()].flatMap((text) => text.split('\n')))).toEqual(sorted(alerts(230)));
  });

  it('survives the end of its process at any of its steps: nothing lost, nothing named twice, no message twice', async () => {
    for (let step = 1; step <= 12; step += 1) {
      await ground.reset();
      await ground.putMany(24, (index) => ({ since: ALERT_T0 + index }));
      const killed = new AbortController();
      const dying = ground.delivery(ground.outbox(dieAt(step, killed)));
      await dying.deliverChannel(ROOM, killed.signal);
      await ground.runCalm();
      expect(sorted(ground.named().map((name) => name.replace(/ .*/, '')))).toEqual(sorted(alerts(24)));
      expect(sorted(ground.cards())).toEqual(sorted(alerts(24).map((name) => `${name} firing`)));
    }
  });
});

/** At its nth call the process ends: nothing of it reaches the store any more. */
const dieAt =
  (step: number, killed: AbortController) =>
  (outbox: Outbox): Outbox => {
    let calls = 0;
    const limited = <A extends readonly unknown[], R>(action: (...args: A) => Promise<R>) => {
      return async (...args: A): Promise<R> => {
        calls += 1;
        if (calls < step) return action(...args);
        killed.abort();
        throw new Error('killed');
      };
    };
    return {
      dirty: limited((channel) => outbox.dirty(channel)),
      markPosting: limited((id) => outbox.markPosting(id)),
      markPosted: limited((id, rev, ts) => outbox.markPosted(id, rev, ts)),
      markLineSent: limited((id, line) => outbox.markLineSent(id, line)),
      cardTs: (id) => outbox.cardTs(id),
    };
  };

describe('alerts while Slack fails', () => {
  let ground: StormGround;
  beforeAll(async () => {
    ground = await StormGround.start(false);
  });
  afterAll(async () => ground?.stop());
  beforeEach(() => ground.reset());

  it('in one channel hold up no other: Retry-After is kept to the millisecond, then all is told', async () => {
    const target = ground.delivery();
    await ground.putMany(2);
    for (const name of ['Web1', 'Web2', 'Web3']) await ground.put(name, { channel: 'C0WEB' });
    ground.chat.failNext('post', { kind: 'ratelimited', retryAfterMs: 7000 });
    await Promise.all([ground.run(target, ROOM), ground.run(target, 'C0WEB')]);
    const posts = (channel: string): readonly number[] =>
      ground.chat.calls
        .filter((call) => call.kind === 'post' && call.channel === channel)
        .map(({ at }) => at);
    const [limited, other] = [posts(ROOM), posts('C0WEB')].sort((a, b) => (b.at(-1) ?? 0) - (a.at(-1) ?? 0));
    expect((limited?.[1] ?? 0) - (limited?.[0] ?? 0)).toBeGreaterThanOrEqual(7000);
    expect(other?.at(-1)).toBeLessThan(7000);
    expect(sorted(ground.cards())).toEqual(
      sorted([...alerts(2), 'Web1', 'Web2', 'Web3'].map((name) => `${name} firing`)),
    );
  });

  const outage = async (count: number): Promise<readonly string[]> => {
    ground.chat.isDown = true;
    ground.time.at(1_800_000, () => {
      ground.chat.isDown = false;
    });
    const names = alerts(count);
    for (const [index, name] of names.entries()) {
      ground.time.at(index * 20_000, () => ground.put(name));
      ground.time.at(index * 20_000 + 5000, () => ground.put(name, { events: 7, severity: 'error' }));
      if (index % 2 === 0)
        ground.time.at(1_700_000 + index, () =>
          ground.put(name, { state: 'resolved', firing: 0, resolvedAt: ALERT_T0 + 1_700_000 + index }),
        );
    }
    await ground.put('Before', { severity: 'critical' });
    await ground.run();
    return ['Before', ...names];
  };

  it('for half an hour, of few groups each is told once, as it is now', async () => {
    const names = await outage(6);
    const told = names.map((name, index) => `${name} ${index % 2 === 1 ? 'resolved' : 'firing'}`);
    expect(sorted(ground.cards())).toEqual(sorted(told));
    expect(ground.chat.messages.every(({ edits }) => edits === 0)).toBe(true);
    expect(ground.time.nowMs).toBeLessThan(1_800_000 + 60_000);
  });

  it('for half an hour, many groups are named in one message, and what ended has no message of its own', async () => {
    const names = await outage(60);
    const [digest, ...others] = ground.chat.messages.filter(({ dedupId }) => dedupId.startsWith('card-d-'));
    expect(others).toEqual([]);
    const named = digest?.text.split('\n').map((line) => line.replace(/ .*/, '')) ?? [];
    const cards = ground.cards().map((text) => text.replace(/ .*/, ''));
    expect(new Set(named).size).toBe(named.length);
    expect(new Set(cards).size).toBe(cards.length);
    expect(sorted([...new Set([...named, ...cards])])).toEqual(sorted(names));
    // One whose post was begun when Slack went away is looked for and told by itself.
    expect(ground.cards().filter((text) => text.endsWith('resolved')).length).toBeLessThanOrEqual(1);
    const posts = ground.chat.calls.filter(({ kind, at }) => kind === 'post' && at >= 1_800_000);
    expect(posts.findIndex(({ dedupId }) => dedupId.startsWith('card-d-'))).toBeLessThanOrEqual(2);
  });
});
