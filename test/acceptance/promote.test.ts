/** Approvals inside a running rollout against the whole bot: waits that are skipped, and steps without evidence. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startWorld, type World } from '../../sandbox/world/world.ts';
import { edited, NO_LIMITS, serviceOf } from './support/config.ts';
import { ASHA, BHARAT, CHITRA, DEV, Lane, lostRequests } from './support/lane.ts';
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
      pg.steps = [10, 25, 50, 100];
      // Longer than this file may take: only an approval skips it.
      pg.times['step'] = '10m';
      const ledger = serviceOf(config, 'ledger');
      ledger.steps = [50, 100];
      ledger.analysis = { ...ledger.analysis, minRequests: 1_000_000, lowTraffic: 'approve' };
    }),
  });
  memory = new Memory(world);
}, 60_000);
afterAll(async () => {
  memory?.close();
  await world?.close();
});

const inOrder = { concurrent: false, timeout: 40_000 } as const;

describe.concurrent('payment-gateway: the waits are skipped', () => {
  const pg = (): Lane => new Lane(world, 'payment-gateway');

  it('help says what each may do, and the plan who may approve and who may roll back', inOrder, async () => {
    const lane = pg();
    await lane.ask(
      DEV,
      '/dabba help pg',
      /\/dabba deploy[^\n]*` ⛔[\s\S]*In \*payment-gateway · prod\*: ⛔ you may not; the rest/,
    );
    await lane.ask(BHARAT, '/dabba help pg', /In \*payment-gateway · prod\* you may use every verb/);
    await lane.ask(
      DEV,
      '/dabba help promote pg',
      /May use it in \*payment-gateway · prod\*: .*; you may not\./,
    );
    await lane.plan(ASHA, 'v2.3.1');
    expect(lane.words()).toMatch(/May approve: .*S0APPROVE.*; never Asha, who asked/);
    expect(lane.words()).toMatch(/May roll back, alone and at once: .*S0ONCALL/);
  });

  it('promote is asked on the same card and never granted by who asks', inOrder, async () => {
    const lane = pg();
    await lane.approve(BHARAT);
    await lane.shows(/ANALYSING/);
    await lane.ask(DEV, '/dabba promote pg', /You may not promote payment-gateway in prod[\s\S]*Allowed: /);
    await lane.ask(CHITRA, '/dabba promote pg', /An approval to promote .* is asked on the card/);
    await lane.shows(/Approval wanted: promote v2\.3\.1: 100 % in one move/);
    await lane.threadSays(/Chitra asks to promote/);
    expect((await lane.hasButton('approve')).text?.text).toBe('Approve promote');
    expect(lane.button('promote')).toBeNull();
    await lane.ask(ASHA, '/dabba promote pg', /Chitra asked for this already/);
    await lane.told(CHITRA, /somebody else must decide/, () => lane.click(CHITRA, 'approve'));
    expect(lane.weights().green).toBe(10);
    expect(lane.cards()).toHaveLength(1);
  });

  it('a yes moves all traffic in one write, then the bake is run in full', inOrder, async () => {
    const lane = pg();
    await lane.hasButton('approve');
    const since = Date.now();
    await lane.approve(BHARAT);
    await lane.weighs('green', 100);
    expect(lane.weightWrites(since)).toHaveLength(1);
    await lane.shows(/BAKING/);
    await lane.ask(ASHA, '/dabba promote pg', /the bake is never skipped/);
    await lane.shows(/PROMOTED/, 30_000);
    expect(lane.thread().filter((line) => /Bharat approved promoting/.test(line))).toHaveLength(1);
    expect(lane.cards()).toHaveLength(1);
    const vote = await memory.recorded(
      'the yes to promote',
      ({ action, actor, data }) =>
        action === 'rollout.vote' && actor?.id === BHARAT && data['approval'] === 'a2',
    );
    expect(vote.planDigest).toMatch(/^[0-9a-f]{64}$/);
  });
});

describe.concurrent('ledger: too few requests to judge', () => {
  const ledger = (): Lane => new Lane(world, 'ledger');

  it('the plan says that an approver will be needed; the step holds', inOrder, async () => {
    const lane = ledger();
    await lane.plan(ASHA, 'v5.1.0');
    expect(lane.words()).toMatch(
      /holds until an approver lets it go on without evidence, at partial weight back to stable after/,
    );
    await lane.approve(CHITRA);
    await lane.shows(/ANALYSING, HELD[\s\S]*too few requests to judge/);
    expect(lane.words()).toMatch(/or when an approver lets it go on without evidence/);
    await lane.weighs('green', 50);
  });

  it('the button asks, another person decides, the next step is taken', inOrder, async () => {
    const lane = ledger();
    expect((await lane.hasButton('go')).text?.text).toBe('Go on without evidence');
    await lane.click(ASHA, 'go');
    await lane.shows(/Approval wanted: 100 % to .* without evidence/);
    expect(lane.weights().green).toBe(50);
    await lane.told(ASHA, /somebody else must decide/, () => lane.click(ASHA, 'approve'));
    await lane.hasButton('approve');
    await lane.approve(BHARAT);
    await lane.weighs('green', 100);
    await lane.threadSays(/Bharat approved going on to 100 % without evidence/);
  });

  it('the bake needs a yes of its own, after its whole time', inOrder, async () => {
    const lane = ledger();
    await lane.shows(/BAKING, HELD[\s\S]*or when an approver lets it go on/);
    await lane.ask(ASHA, '/dabba go ledger', /an approval to go on without evidence is asked/);
    await lane.shows(/Approval wanted: end the bake of .* without evidence/);
    await lane.approve(BHARAT);
    await lane.shows(/PROMOTED/, 20_000);
    expect(await lostRequests(world)).toEqual([]);
  });
});
