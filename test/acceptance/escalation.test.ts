/** From an alert that nobody acknowledges to the last level. The whole bot, two replicas, a real Redis, the local Slack. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EscalationWorld } from './support/escalation.ts';
import { ASHA, DEV, Lane, ROOM, until, wordsOf } from './support/lane.ts';

let its: EscalationWorld;
beforeAll(async () => {
  its = await EscalationWorld.start();
}, 60_000);
afterAll(async () => its?.close());

describe('an alert that nobody acknowledges', { timeout: 120_000 }, () => {
  it('is reminded in its thread, then the next level is called, each once by two replicas', async () => {
    await its.post('NobodyLooks');
    expect((await its.shows('NobodyLooks', /1 firing/)).text).toContain('<!subteam^S0ONCALL>');
    await its.tells('NobodyLooks', /Nobody looks at it: level 1 was called .*<!subteam\^S0ONCALL>/);
    await its.tells('NobodyLooks', /Level 2 is called: nobody has looked at it.*<@U0BHARAT>/);
    await its.shows('NobodyLooks', /Level 2 since[\s\S]*<@U0BHARAT>/);
    await its.tells('NobodyLooks', /level 2 was called/);
    expect(its.times('NobodyLooks', /Level 2 is called/)).toBe(1);
  });

  it('calls who stands in, whom everybody can see, until that is cleared', async () => {
    const lane = new Lane(its.world, 'ledger');
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
    await its.post('StandIn');
    const card = await its.shows('StandIn', /Escalate/);
    await its.world.slack.click({ user: ASHA, channel: ROOM, ts: card.ts, actionId: 'escalate' });
    await its.tells('StandIn', /Asha calls level 2\..*<@U0CHITRA>/);
    await lane.ask(ASHA, '/dabba oncall clear level=2', /stands in on level 2 no longer/);
    await lane.ask(DEV, '/dabba oncall', /Level 2\* <@U0BHARAT>/);
  });

  it('goes on to the next level by a tap of whom we call, and of nobody else', async () => {
    await its.post('TapIt');
    const card = await its.shows('TapIt', /Escalate/);
    const tap = (user: string) =>
      its.world.slack.click({ user, channel: ROOM, ts: card.ts, actionId: 'escalate' });
    await tap(DEV);
    await until(
      'the outsider is told',
      () =>
        its.world.slack
          .messages(ROOM, undefined, DEV)
          .some(
            (message) => message.ephemeral === true && /You may not escalate TapIt/.test(wordsOf(message)),
          ) || null,
    );
    await its.shows('TapIt', /Escalate/);
    await tap(ASHA);
    await its.tells('TapIt', /Asha calls level 2\..*<@U0BHARAT>/);
  });

  it('in a maintenance is shown and calls nobody, and calls when it is over', async () => {
    const lane = new Lane(its.world, 'ledger');
    const words = 'mute match="alertname=Maintained" for=2h reason="db upgrade"';
    await lane.ask(DEV, `/dabba ${words}`, /You may not silence/);
    await lane.ask(ASHA, `/dabba ${words}`, /alertname=Maintained call nobody until/);
    await its.post('Maintained');
    const card = await its.shows('Maintained', /Muted by _db upgrade_ until .*nobody is called/);
    expect(card.text).not.toContain('S0ONCALL');
    await lane.ask(DEV, '/dabba mute', /\*db upgrade\* alertname=Maintained until .*by Asha/);
    // Longer than a reminder and the next level would take, shown by an alert that is not muted.
    await its.post('NotMaintained');
    await its.tells('NotMaintained', /Level 2 is called/);
    const calls = its.threadOf('Maintained').filter((line) => /<!subteam|<@U|is called/.test(line));
    expect(calls.slice(1)).toEqual([]);
    await lane.ask(ASHA, '/dabba mute end "db upgrade"', /mutes no longer/);
    await its.tells(
      'Maintained',
      /"db upgrade" is over, and it still fires: level 1 is called.*<!subteam\^S0ONCALL>/,
    );
  });

  it('calls nobody else once somebody looks at it; who looks is reminded', async () => {
    await its.post('SomebodyLooks');
    const card = await its.shows('SomebodyLooks', /1 firing/);
    await its.world.slack.click({ user: ASHA, channel: ROOM, ts: card.ts, actionId: 'acknowledge' });
    await its.tells('SomebodyLooks', /Asha looks at it/);
    await its.tells('SomebodyLooks', /Still not over, .* after it was acknowledged.*<@U0ASHA>/);
    await until('a second time', () => its.times('SomebodyLooks', /Still not over/) >= 2 || null, 30_000);
    expect(its.times('SomebodyLooks', /Level 2/)).toBe(0);
  });
});
