/** Whom an alert calls while PagerDuty, Slack or the bot itself is away. The whole bot, two replicas. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectRedis } from '../../src/adapters/redis/connect.ts';
import { createRedisStores } from '../../src/adapters/redis/stores.ts';
import { configSchema } from '../../src/config/schema.ts';
import { EscalationWorld } from './support/escalation.ts';
import { ASHA, ROOM, until } from './support/lane.ts';

let its: EscalationWorld;
beforeAll(async () => {
  its = await EscalationWorld.start();
}, 60_000);
afterAll(async () => its?.close());

describe('an alert that nobody acknowledges', { timeout: 120_000 }, () => {
  it('on the last level is in PagerDuty too, which follows the card and hears of it after an outage', async () => {
    its.pagerDuty.fail({ status: 503 });
    await its.post('Paged');
    const card = await its.shows('Paged', /Escalate/);
    await its.world.slack.click({ user: ASHA, channel: ROOM, ts: card.ts, actionId: 'escalate' });
    await its.tells('Paged', /PagerDuty calls nobody yet: PagerDuty answered 503/);
    its.pagerDuty.fail(null);
    const heard = (): readonly string[] => {
      const events = its.pagerDuty.events.filter(({ payload }) => payload?.summary.startsWith('Paged:'));
      const key = events[0]?.dedup_key;
      return its.pagerDuty.events
        .filter(({ dedup_key }) => dedup_key === key)
        .map((event) => event.event_action);
    };
    const hears = (...words: readonly string[]) =>
      until(
        `PagerDuty hears ${words}`,
        () => JSON.stringify(heard()) === JSON.stringify(words) || null,
        40_000,
        heard,
      );
    await hears('trigger');
    expect(
      its.pagerDuty.events.find(({ payload }) => payload?.summary.startsWith('Paged:'))?.client_url,
    ).toContain('/archives/');
    await its.tells('Paged', /PagerDuty was told/);
    await its.world.slack.click({ user: ASHA, channel: ROOM, ts: card.ts, actionId: 'acknowledge' });
    await hears('trigger', 'acknowledge');
    await its.post('Paged', 'resolved');
    await hears('trigger', 'acknowledge', 'resolve');
  });

  it('with Slack away and every process killed is escalated all the same, delivered late, and once', async () => {
    await its.post('Killed');
    await its.shows('Killed', /1 firing/);
    its.world.slack.setDown('500');
    const connections = connectRedis(configSchema.shape.redis.parse({ url: its.world.redis.url }));
    try {
      expect(await connections.ready(5000)).toBe(true);
      const { alerts } = createRedisStores(connections);
      const isOnLevel2 = async (): Promise<true | null> => {
        const groups = await Promise.all((await alerts.open()).map((id) => alerts.load(id)));
        const killed = groups.find((stored) => stored?.group.title === 'Killed');
        return killed?.group.escalation?.level === 2 || null;
      };
      await until('level 2 is called in the store', isOnLevel2, 30_000);
      expect(its.times('Killed', /Level 2 is called/)).toBe(0);
      await Promise.all(its.world.bots.map((bot) => bot.kill()));
      await Promise.all(its.world.bots.map((bot) => bot.start()));
    } finally {
      connections.close();
      its.world.slack.setDown(null);
    }
    await its.tells('Killed', /Level 2 is called/, 60_000);
    await its.tells('Killed', /level 2 was called/, 60_000);
    expect(its.times('Killed', /Level 2 is called/)).toBe(1);
  });
});
