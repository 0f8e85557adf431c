import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DabbawalaError } from '../../../src/lib/errors.ts';
import { rolloutCard } from '../../../src/views/rollout-card.ts';
import { makeApproval, makeRollout, TARGET } from '../../support/rollout-fixtures.ts';
import {
  app,
  botUrl,
  chat,
  ROOM,
  redrawn,
  seenBy,
  services,
  slack,
  startBot,
  startWorld,
  stopWorld,
} from './bot-harness.ts';

beforeEach(startWorld);
afterEach(stopWorld);

describe('a slash command over real HTTP', () => {
  it('reaches the use case and answers the person alone', async () => {
    const result = await slack.command({
      user: 'U0ASHA',
      channel: ROOM,
      text: '/deploy pg v2.3.1 reason=“two words”',
    });
    expect(result).toMatchObject({ delivered: true });
    expect(services.of('requestDeploy')[0]?.args).toMatchObject([
      { person: { id: 'U0ASHA', name: 'Asha', email: 'asha@tiffin.example' } },
      { target: TARGET, version: 'v2.3.1', reason: 'two words' },
    ]);
    expect(seenBy('U0ASHA')).toContain('accepted');
    expect(seenBy('U0DEV')).not.toContain('accepted');
  });

  it('is acked in time when the use case hangs, and answered later', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    services.answer('requestDeploy', async () => {
      await promise;
      return services.stored;
    });
    const result = await slack.command({ user: 'U0ASHA', channel: ROOM, text: '/deploy pg v2.3.1' });
    expect(result).toMatchObject({ delivered: true });
    expect(seenBy('U0ASHA')).toContain('Working…');
    resolve();
    await expect.poll(() => seenBy('U0ASHA')).toContain('accepted');
  });

  it('is refused in a channel that is not listed', async () => {
    await slack.command({ user: 'U0ASHA', channel: 'C0RANDOM', text: '/deploy pg v2.3.1' });
    const shown = slack.messages('C0RANDOM', undefined, 'U0ASHA').map((message) => message.text);
    expect(shown.join()).toContain('wrong_channel');
    expect(services.of('requestDeploy')).toEqual([]);
  });

  it('asks with a form whose versions come from the registry, and whose submit deploys', async () => {
    await slack.command({ user: 'U0ASHA', channel: ROOM, text: '/deploy' });
    const [view] = slack.views('U0ASHA');
    const viewId = view?.id ?? '';
    const service = 'payment-gateway';
    await slack.submit({ user: 'U0ASHA', viewId, values: { service } }).catch(() => undefined);
    const options = await slack.suggest({ user: 'U0ASHA', viewId, actionId: 'version', query: 'v2' });
    expect(options).toMatchObject([{ value: 'v2.3.1' }]);
    const result = await slack.submit({ user: 'U0ASHA', viewId, values: { service, version: 'v2.3.1' } });
    expect(result).toEqual({ closed: true });
    expect(services.of('requestDeploy')[0]?.args[1]).toMatchObject({ target: TARGET, version: 'v2.3.1' });
    await expect.poll(() => seenBy('U0ASHA')).toContain('accepted');
  });

  it('answers the same letters twice within one second, which have one signature', async () => {
    await slack.command({ user: 'U0ASHA', channel: ROOM, text: '/deploy' });
    const viewId = slack.views('U0ASHA')[0]?.id ?? '';
    const ask = () => slack.suggest({ user: 'U0ASHA', viewId, actionId: 'version', query: 'v2' });
    const [first, ...more] = await Promise.all([ask(), ask(), ask()]);
    expect(more).toEqual([first, first]);
  });
});

describe('a click over real HTTP', () => {
  const waiting = makeRollout({ phase: 'awaiting-approval', approvals: [makeApproval()] });
  const postCard = async (): Promise<string> => {
    services.stored = { rollout: waiting, rev: 1, token: 1 };
    return chat.post(ROOM, rolloutCard({ rollout: waiting, rev: 1 }), `card-${waiting.id}`);
  };

  it('takes the buttons away at once, votes, and has the card drawn again', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    services.answer('vote', async () => {
      await promise;
      return { kind: 'decided', decision: 'approved' };
    });
    const ts = await postCard();
    expect(await slack.click({ user: 'U0BHARAT', channel: ROOM, ts, actionId: 'approve' })).toMatchObject({
      delivered: true,
    });
    const card = () => JSON.stringify(slack.messages(ROOM).find((message) => message.ts === ts)?.blocks);
    await expect.poll(card).toContain('Processing… <@U0BHARAT>');
    expect(card()).not.toContain('"actions"');
    resolve();
    await expect.poll(() => redrawn).toEqual([waiting.id]);
    expect(await chat.find(ROOM, `card-${waiting.id}`)).toBe(ts);
  });

  it('tells a refused person alone', async () => {
    services.answer('vote', async () => {
      throw new DabbawalaError('not_allowed', 'Dev may not approve this.');
    });
    const ts = await postCard();
    await slack.click({ user: 'U0DEV', channel: ROOM, ts, actionId: 'approve' });
    await expect.poll(() => seenBy('U0DEV')).toContain('Dev may not approve this.');
    expect(seenBy('U0ASHA')).not.toContain('Dev may not');
    expect(redrawn).toEqual([waiting.id]);
  });

  it('rejects with a reason through its form', async () => {
    const ts = await postCard();
    await slack.click({ user: 'U0BHARAT', channel: ROOM, ts, actionId: 'reject' });
    await expect.poll(() => slack.views('U0BHARAT').length).toBe(1);
    const viewId = slack.views('U0BHARAT')[0]?.id ?? '';
    await slack.submit({ user: 'U0BHARAT', viewId, values: { reason: 'not before the audit' } });
    expect(services.of('vote')[0]?.args[1]).toMatchObject({
      decision: 'reject',
      reason: 'not before the audit',
    });
  });
});

describe('the life of the app', () => {
  it('learns who it is beside the way in', async () => {
    await expect.poll(() => app.identity()).toMatchObject({ teamId: 'T0DABBA', botUserId: 'U0BOT' });
  });

  it('takes commands although Slack is down, and learns who it is later', async () => {
    await app.stop();
    slack.setDown('500');
    await startBot();
    expect(await slack.command({ user: 'U0ASHA', channel: ROOM, text: '/rollback pg' })).toMatchObject({
      delivered: true,
    });
    expect(services.of('requestRollback')).toHaveLength(1);
    expect(app.identity()).toBeNull();
    slack.setDown(null);
    await expect.poll(() => app.identity(), { timeout: 10_000 }).not.toBeNull();
  });

  it('waits for handlers that were acked', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    services.answer('requestDeploy', async () => {
      await promise;
      return services.stored;
    });
    await slack.command({ user: 'U0ASHA', channel: ROOM, text: '/deploy pg v2.3.1' });
    let isStopped = false;
    const stopped = app.stop().then(() => {
      isStopped = true;
    });
    await expect
      .poll(() =>
        fetch(botUrl ?? '').then(
          () => 'open',
          () => 'closed',
        ),
      )
      .toBe('closed');
    expect(isStopped).toBe(false);
    resolve();
    await stopped;
    expect(seenBy('U0ASHA')).toContain('accepted');
  });
});
