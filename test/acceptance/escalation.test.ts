/** From an alert that nobody acknowledges to the last level. The whole bot, two replicas, a real Redis, the local Slack. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SeenMessage } from '../../sandbox/slack/types.ts';
import { startWorld, type World } from '../../sandbox/world/world.ts';
import { connectRedis } from '../../src/adapters/redis/connect.ts';
import { createRedisStores } from '../../src/adapters/redis/stores.ts';
import { configSchema } from '../../src/config/schema.ts';
import { type PagerDutyStub, startPagerDuty } from '../support/pagerduty-stub.ts';
import { edited, NO_LIMITS } from './support/config.ts';
import { ASHA, DEV, Lane, ROOM, until, wordsOf } from './support/lane.ts';
import { sendAlert } from './support/one-alert.ts';

const every = (time: string | null) => ({ critical: time, error: time, warning: time, info: null });

let world: World;
let pagerDuty: PagerDutyStub;
beforeAll(async () => {
  pagerDuty = await startPagerDuty();
  world = await startWorld({
    ...{ pace: 'test', rps: 10, replicas: 2, slackLimits: NO_LIMITS },
    botEnv: { PAGERDUTY_ROUTING_KEY: 'k'.repeat(32) },
    editConfig: edited((config) => {
      config['alerts'] = {
        ...(config['alerts'] as object),
        escalation: {
          levels: [
            { onCall: [{ groups: ['S0ONCALL'] }], after: every('9s') },
            { onCall: [{ users: ['U0BHARAT'] }], after: every('1h') },
          ],
          remind: every('4s'),
          unresolved: every('4s'),
          pagerDuty: { url: pagerDuty.url, timeout: '1s' },
        },
      };
    }),
  });
}, 60_000);
afterAll(async () => {
  await world?.close();
  await pagerDuty?.close();
});

const post = async (name: string, status: 'firing' | 'resolved' = 'firing'): Promise<void> =>
  expect(await sendAlert(world, name, { status })).toBe(200);
const cardOf = (name: string): SeenMessage | null =>
  world.slack.messages(ROOM).find(({ text }) => text.split('\n')[0]?.includes(` ${name} ·`)) ?? null;
const threadOf = (name: string): readonly string[] =>
  world.slack.messages(ROOM, cardOf(name)?.ts ?? 'none').map(({ text }) => text);
const shows = (name: string, pattern: RegExp): Promise<SeenMessage> =>
  until(
    `the card of ${name} shows ${pattern}`,
    () => {
      const card = cardOf(name);
      return card && pattern.test(wordsOf(card)) ? card : null;
    },
    20_000,
  );
const tells = (name: string, pattern: RegExp, withinMs = 40_000): Promise<string> =>
  until(
    `the thread of ${name} tells ${pattern}`,
    () => threadOf(name).find((line) => pattern.test(line)) ?? null,
    withinMs,
    () => threadOf(name).join('\n'),
  );
const times = (name: string, pattern: RegExp): number =>
  threadOf(name).filter((line) => pattern.test(line)).length;

describe('an alert that nobody acknowledges', { timeout: 120_000 }, () => {
  it('is reminded in its thread, then the next level is called, each once by two replicas', async () => {
    await post('NobodyLooks');
    expect((await shows('NobodyLooks', /1 firing/)).text).toContain('<!subteam^S0ONCALL>');
    await tells('NobodyLooks', /Nobody looks at it: level 1 was called .*<!subteam\^S0ONCALL>/);
    await tells('NobodyLooks', /Level 2 is called: nobody has looked at it.*<@U0BHARAT>/);
    await shows('NobodyLooks', /Level 2 since[\s\S]*<@U0BHARAT>/);
    await tells('NobodyLooks', /level 2 was called/);
    expect(times('NobodyLooks', /Level 2 is called/)).toBe(1);
  });

  it('calls who stands in, whom everybody can see, until that is cleared', async () => {
    const lane = new Lane(world, 'ledger');
    await lane.ask(DEV, '/dabba oncall override level=2 user=me for=4h', /You may not oncall level 2/);
    await lane.ask(
      ASHA,
      '/dabba oncall override @Chitra level=2 for=4h',
      /<@U0CHITRA> is called on level 2 until/,
    );
    await lane.ask(
      DEV,
      '/dabba oncall',
      /Level 1\* <!subteam\^S0ONCALL>[\s\S]*Level 2\* <@U0CHITRA> until .*stands in by Asha/,
    );
    await post('StandIn');
    const card = await shows('StandIn', /Escalate/);
    await world.slack.click({ user: ASHA, channel: ROOM, ts: card.ts, actionId: 'escalate' });
    await tells('StandIn', /Asha calls level 2\..*<@U0CHITRA>/);
    await lane.ask(ASHA, '/dabba oncall clear level=2', /stands in on level 2 no longer/);
    await lane.ask(DEV, '/dabba oncall', /Level 2\* <@U0BHARAT>/);
  });

  it('goes on to the next level by a tap of whom we call, and of nobody else', async () => {
    await post('TapIt');
    const card = await shows('TapIt', /Escalate/);
    const tap = (user: string) =>
      world.slack.click({ user, channel: ROOM, ts: card.ts, actionId: 'escalate' });
    await tap(DEV);
    await until(
      'the outsider is told',
      () =>
        world.slack
          .messages(ROOM, undefined, DEV)
          .some(
            (message) => message.ephemeral === true && /You may not escalate TapIt/.test(wordsOf(message)),
          ) || null,
    );
    await shows('TapIt', /Escalate/);
    await tap(ASHA);
    await tells('TapIt', /Asha calls level 2\..*<@U0BHARAT>/);
  });

  it('in a maintenance is shown and calls nobody, and calls when it is over', async () => {
    const lane = new Lane(world, 'ledger');
    const words = 'mute match="alertname=Maintained" for=2h reason="db upgrade"';
    await lane.ask(DEV, `/dabba ${words}`, /You may not silence/);
    await lane.ask(ASHA, `/dabba ${words}`, /alertname=Maintained call nobody until/);
    await post('Maintained');
    const card = await shows('Maintained', /Muted by _db upgrade_ until .*nobody is called/);
    expect(card.text).not.toContain('S0ONCALL');
    await lane.ask(DEV, '/dabba mute', /\*db upgrade\* alertname=Maintained until .*by Asha/);
    // Longer than a reminder and the next level would take, shown by an alert that is not muted.
    await post('NotMaintained');
    await tells('NotMaintained', /Level 2 is called/);
    const calls = threadOf('Maintained').filter((line) => /<!subteam|<@U|is called/.test(line));
    expect(calls.slice(1)).toEqual([]);
    await lane.ask(ASHA, '/dabba mute end "db upgrade"', /mutes no longer/);
    await tells(
      'Maintained',
      /"db upgrade" is over, and it still fires: level 1 is called.*<!subteam\^S0ONCALL>/,
    );
  });

  it('on the last level is in PagerDuty too, which follows the card and hears of it after an outage', async () => {
    pagerDuty.fail({ status: 503 });
    await post('Paged');
    const card = await shows('Paged', /Escalate/);
    await world.slack.click({ user: ASHA, channel: ROOM, ts: card.ts, actionId: 'escalate' });
    await tells('Paged', /PagerDuty calls nobody yet: PagerDuty answered 503/);
    pagerDuty.fail(null);
    const heard = (): readonly string[] => {
      const events = pagerDuty.events.filter(({ payload }) => payload?.summary.startsWith('Paged:'));
      const key = events[0]?.dedup_key;
      return pagerDuty.events.filter(({ dedup_key }) => dedup_key === key).map((event) => event.event_action);
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
      pagerDuty.events.find(({ payload }) => payload?.summary.startsWith('Paged:'))?.client_url,
    ).toContain('/archives/');
    await tells('Paged', /PagerDuty was told/);
    await world.slack.click({ user: ASHA, channel: ROOM, ts: card.ts, actionId: 'acknowledge' });
    await hears('trigger', 'acknowledge');
    await post('Paged', 'resolved');
    await hears('trigger', 'acknowledge', 'resolve');
  });

  it('calls nobody else once somebody looks at it; who looks is reminded', async () => {
    await post('SomebodyLooks');
    const card = await shows('SomebodyLooks', /1 firing/);
    await world.slack.click({ user: ASHA, channel: ROOM, ts: card.ts, actionId: 'acknowledge' });
    await tells('SomebodyLooks', /Asha looks at it/);
    await tells('SomebodyLooks', /Still not over, .* after it was acknowledged.*<@U0ASHA>/);
    await until('a second time', () => times('SomebodyLooks', /Still not over/) >= 2 || null, 30_000);
    expect(times('SomebodyLooks', /Level 2/)).toBe(0);
  });

  it('with Slack away and every process killed is escalated all the same, delivered late, and once', async () => {
    await post('Killed');
    await shows('Killed', /1 firing/);
    world.slack.setDown('500');
    const connections = connectRedis(configSchema.shape.redis.parse({ url: world.redis.url }));
    try {
      expect(await connections.ready(5000)).toBe(true);
      const { alerts } = createRedisStores(connections);
      const isOnLevel2 = async (): Promise<true | null> => {
        const groups = await Promise.all((await alerts.open()).map((id) => alerts.load(id)));
        const killed = groups.find((stored) => stored?.group.title === 'Killed');
        return killed?.group.escalation?.level === 2 || null;
      };
      await until('level 2 is called in the store', isOnLevel2, 30_000);
      expect(times('Killed', /Level 2 is called/)).toBe(0);
      await Promise.all(world.bots.map((bot) => bot.kill()));
      await Promise.all(world.bots.map((bot) => bot.start()));
    } finally {
      connections.close();
      world.slack.setDown(null);
    }
    await tells('Killed', /Level 2 is called/, 60_000);
    await tells('Killed', /level 2 was called/, 60_000);
    expect(times('Killed', /Level 2 is called/)).toBe(1);
  });
});
