/** A deploy while another rollout runs: refused with the way past it, and what that way does, against the whole bot. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SeenMessage } from '../../sandbox/slack/types.ts';
import { startWorld, type World } from '../../sandbox/world/world.ts';
import { APPROVERS, edited, NO_LIMITS, serviceOf } from './support/config.ts';
import { ASHA, BHARAT, CHITRA, DEV, Lane, lostRequests, ROOM, until, wordsOf } from './support/lane.ts';
import { Memory } from './support/memory.ts';

let world: World;
let memory: Memory;

beforeAll(async () => {
  world = await startWorld({
    pace: 'test',
    rps: 120,
    slackLimits: NO_LIMITS,
    editConfig: edited((config) => {
      const pg = serviceOf(config, 'payment-gateway');
      // Longer than this file may take: it stays at 25 % until it is told otherwise.
      pg.times['step'] = '10m';
      // Asha may deploy and may not roll back.
      pg['rights'] = { prod: { rollback: APPROVERS } };
    }),
  });
  memory = new Memory(world);
}, 60_000);
afterAll(async () => {
  memory?.close();
  await world?.close();
});

const inOrder = { concurrent: false, timeout: 60_000 } as const;

const buttonsOf = (message: SeenMessage): readonly string[] =>
  (message.blocks ?? []).flatMap((block) =>
    ((block as { elements?: { action_id?: string }[] }).elements ?? []).flatMap(({ action_id }) =>
      action_id === undefined ? [] : [action_id],
    ),
  );

describe.concurrent('payment-gateway: a rollout at 25 % and a deploy that takes its place', () => {
  const pg = (): Lane => new Lane(world, 'payment-gateway');
  const refusal = (lane: Lane, user: string): SeenMessage => {
    const found = lane.whispers(user).findLast((message) => /is being rolled out/.test(wordsOf(message)));
    if (!found) throw new Error(`${user} was not refused`);
    return found;
  };

  it(
    'a second deploy is told who, why and since when; the way past it is a button for who may roll back',
    inOrder,
    async () => {
      const lane = pg();
      await lane.plan(ASHA, 'v2.3.1', 'Refund fix');
      await lane.approve(BHARAT);
      await lane.weighs('green', 25);
      const words =
        /v2\.3\.1 is being rolled out to payment-gateway \(\w+\), asked for by Asha \d+ min ago: Refund fix[\s\S]*add `supersede`/;
      await lane.ask(ASHA, '/deploy pg v2.4.0 reason="Faster"', words);
      expect(buttonsOf(refusal(lane, ASHA))).toEqual([]);
      await lane.ask(CHITRA, '/deploy pg v2.4.0 reason="Faster"', words);
      expect(buttonsOf(refusal(lane, CHITRA))).toEqual(['supersede']);
      await lane.ask(
        ASHA,
        '/deploy pg v2.4.0 reason="Faster" supersede',
        /You may not rollback payment-gateway in prod/,
      );
      await lane.ask(DEV, '/deploy pg v2.4.0 supersede', /You may not deploy payment-gateway in prod/);
      expect(lane.cards()).toHaveLength(1);
      expect(lane.weights().green).toBe(25);
    },
  );

  it(
    'the running one goes back to the last good version first, and the next waits for it on a card of its own',
    inOrder,
    async () => {
      const lane = pg();
      const { ts } = refusal(lane, CHITRA);
      await lane.told(
        CHITRA,
        /is accepted and takes the place of v2\.3\.1, which goes back first/,
        async () => {
          await world.slack.click({ user: CHITRA, channel: ROOM, ts, actionId: 'supersede' });
        },
      );
      await lane.weighs('green', 0);
      const successor = await until('the card of the next one waits', () => {
        const card = lane.cards().at(-1);
        return card && /Waiting for payment-gateway v2\.3\.1 to be rolled back/.test(wordsOf(card))
          ? card
          : null;
      });
      expect(wordsOf(successor)).toMatch(/Next: the plan, when v2\.3\.1 has gone back\. Given up at/);
      await lane.ask(
        BHARAT,
        '/deploy pg v2.2.1 reason="Third" supersede',
        /v2\.4\.0 waits already to take the place of v2\.3\.1, asked for by Chitra/,
      );
      await lane.ask(
        DEV,
        '/dabba status pg',
        /v2\.4\.0 takes its place when it has gone back, asked by .*Chitra/,
      );
      const [first] = lane.cards();
      await until(
        'the first one has gone back',
        () => {
          const shown = lane.cards().find((card) => card.ts === first?.ts);
          return shown &&
            /ROLLED BACK[\s\S]*Chitra rolled back: superseded by v2\.4\.0 of Chitra/.test(wordsOf(shown))
            ? true
            : null;
        },
        30_000,
      );
      expect(lane.weights()).toEqual({ blue: 100, green: 0 });
    },
  );

  it('then it is planned from that version and asks for its own approval', inOrder, async () => {
    const lane = pg();
    await lane.hasButton('approve', 20_000);
    expect(lane.cards()).toHaveLength(2);
    expect(lane.words()).toMatch(/WAITING FOR APPROVAL[\s\S]*v2\.3\.0 → v2\.4\.0/);
    await lane.told(CHITRA, /somebody else must decide/, () => lane.click(CHITRA, 'approve'));
    await lane.ask(BHARAT, '/rollback pg', /The request to deploy v2\.4\.0 to .* is withdrawn/);
    await lane.shows(/WITHDRAWN[\s\S]*Withdrawn by Bharat before approval/);
    await lane.threadSays(/Withdrawn by Bharat[\s\S]*U0CHITRA|U0CHITRA[\s\S]*Withdrawn by Bharat/);
    await memory.isFree('payment-gateway');
    expect(await memory.brokenChains()).toEqual([]);
    expect(await lostRequests(world)).toEqual([]);
  });
});

describe.concurrent('ledger: a request that nobody has approved yet', () => {
  it('is withdrawn for the next one, and who asked for it hears so', inOrder, async () => {
    const lane = new Lane(world, 'ledger');
    const first = await lane.plan(ASHA, 'v5.1.0');
    await lane.ask(BHARAT, '/deploy ledger v5.0.3 reason="Older" supersede', /takes the place of v5\.1\.0/);
    await lane.newCard(1, 'approve', 10_000);
    const shown = lane.cards().find((card) => card.ts === first.ts);
    expect(shown && wordsOf(shown)).toMatch(
      /WITHDRAWN[\s\S]*Withdrawn by Bharat before approval: superseded by v5\.0\.3 of Bharat/,
    );
    await lane.threadSays(/Withdrawn by Bharat[\s\S]*U0ASHA|U0ASHA[\s\S]*Withdrawn by Bharat/, 10_000, first);
    expect(lane.weightWrites()).toEqual([]);
    await lane.ask(BHARAT, '/rollback ledger', /is withdrawn/);
  });
});
