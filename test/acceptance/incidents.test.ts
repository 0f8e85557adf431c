/** From an alert to an incident and its end. The whole bot, two replicas, a real Redis, the local Slack. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SeenMessage } from '../../sandbox/slack/types.ts';
import { startWorld, type World } from '../../sandbox/world/world.ts';
import { edited, NO_LIMITS } from './support/config.ts';
import { ASHA, BHARAT, CHITRA, DEV, Lane, ROOM, until, wordsOf } from './support/lane.ts';
import { sendAlert } from './support/one-alert.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld({
    ...{ pace: 'test', rps: 10, replicas: 2, slackLimits: NO_LIMITS },
    editConfig: edited(),
  });
}, 60_000);
afterAll(async () => world?.close());

const post = async (name: string): Promise<void> =>
  expect(await sendAlert(world, name, { labels: { service: 'ledger' } })).toBe(200);
const cardsOf = (words: string): readonly SeenMessage[] =>
  world.slack.messages(ROOM).filter(({ text }) => text.split('\n')[0]?.includes(words));
const shows = (words: string, pattern: RegExp): Promise<SeenMessage> =>
  until(
    `the card of ${words} shows ${pattern}`,
    () => cardsOf(words).find((card) => pattern.test(wordsOf(card))) ?? null,
    15_000,
    () => cardsOf(words).map(wordsOf).join('\n---\n'),
  );
const tells = (card: SeenMessage, pattern: RegExp): Promise<string> =>
  until(
    `the thread tells ${pattern}`,
    () =>
      world.slack
        .messages(ROOM, card.ts)
        .map(({ text }) => text)
        .find((line) => pattern.test(line)) ?? null,
    15_000,
  );

describe('an incident', { timeout: 90_000 }, () => {
  it('is declared from an alert, updated by a form, led by a tap and resolved by a command: one card, edited in place', async () => {
    const lane = new Lane(world, 'ledger');
    await post('LedgerDown');
    const alert = await shows('LedgerDown', /Declare incident/);
    await world.slack.click({ user: ASHA, channel: ROOM, ts: alert.ts, actionId: 'declare_incident' });
    const form = await lane.view(ASHA, 'declare_incident_modal');
    await lane.told(ASHA, /The incident is declared\./, () => lane.submit(ASHA, form, { severity: '1' }));
    const card = await shows('INC-1 ', /🔴 INC-1 · SEV1 · LedgerDown[\s\S]*Services: ledger[\s\S]*kept away/);
    expect(card.text).toContain('<!subteam^S0ONCALL>');
    await shows('LedgerDown ·', /INC-1 is about it/);
    await tells(alert, /INC-1 \(SEV1\) is declared about it/);

    const click = (user: string, actionId: string) =>
      world.slack.click({ user, channel: ROOM, ts: card.ts, actionId });
    await click(ASHA, 'incident_update');
    const update = await lane.view(ASHA, 'incident_update_modal');
    await lane.submit(ASHA, update, { text: 'the pool is full', state: 'identified' });
    await shows('INC-1 ', /identified[\s\S]*the pool is full/);
    await tells(card, /Asha: identified, was investigating · the pool is full/);

    await lane.told(DEV, /You may not incident ledger/, () => click(DEV, 'incident_command'));
    await lane.ask(DEV, '/incident', /INC-1 · SEV1[\s\S]*Asha leads/);
    await lane.ask(DEV, '/dabba incident resolve INC-1 "rolled back"', /You may not incident ledger/);
    await lane.ask(ASHA, '/incident note INC-1 "the pool had 10 connections"', /It is in the timeline/);
    await lane.ask(DEV, '/incident timeline INC-1', /incident\.declare[\s\S]*the pool had 10 connections/);
    await lane.ask(ASHA, '/incident resolve "rolled back to the last good version"', /It is resolved/);
    const over = await shows('INC-1 ', /🟢[\s\S]*RESOLVED[\s\S]*keeps no deploy away any more/);
    expect(over.ts).toBe(card.ts);
    expect(over.text).not.toContain('S0ONCALL');
    await lane.ask(ASHA, '/incident postmortem INC-1', /The draft is in the thread of the card/);
    await until('the thread has the file', () => {
      const thread = world.slack.messages(ROOM, card.ts) as unknown as readonly {
        files?: { name: string }[];
      }[];
      return thread.some(({ files }) => files?.[0]?.name === 'INC-1-post-mortem.md') ? true : null;
    });
  });

  it('keeps deploys of its service away and never a rollback; its fix goes with the yes of whoever leads it', async () => {
    const lane = new Lane(world, 'ledger');
    await lane.ask(ASHA, '/incident declare "Ledger is wrong" sev=1 services=ledger', /is declared/);
    const [, id = ''] = /(INC-\d+)/.exec((await shows('Ledger is wrong', /kept away/)).text) ?? [];
    await lane.ask(CHITRA, '/deploy ledger v5.1.0 reason="new"', /is accepted/);
    await lane.shows(new RegExp(`${id} is open \\(SEV1, Ledger is wrong\\) and keeps deploys away`));
    await lane.shows(/fixes=INC-/);
    await lane.ask(ASHA, `/deploy ledger v5.1.0 reason="the fix" fixes=${id}`, /You lead INC-\d+/);

    const before = lane.cards().length;
    await lane.ask(CHITRA, `/deploy ledger v5.1.0 reason="the fix" fixes=${id}`, /is accepted/);
    await lane.newCard(before, 'approve');
    await lane.shows(new RegExp(`0 of 1 approval[\\s\\S]*waits for <@U0ASHA> too: Asha leads ${id}`));
    await lane.approve(BHARAT);
    await lane.shows(/1 of 1 approval[\s\S]*waits for <@U0ASHA> too/);
    await lane.told(DEV, /not an approver/, () => lane.approve(DEV));
    await lane.approve(ASHA);
    await lane.weighs('green', (weight) => weight > 0, 40_000);
    await lane.ask(ASHA, '/rollback ledger', /Rollback of .* is accepted/);
    await lane.weighs('green', 0);
    await lane.ask(ASHA, `/incident resolve ${id} "rolled back"`, /It is resolved/);
  });
});
