/** Redis forgets everything while rollouts are on their way: they come back from the cluster. The whole bot. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startWorld, type World } from '../../sandbox/world/world.ts';
import { rawClient } from '../support/redis.ts';
import { edited, NO_LIMITS, paths, serviceOf } from './support/config.ts';
import { ASHA, BHARAT, CHITRA, Lane, lostRequests, until } from './support/lane.ts';
import { Memory } from './support/memory.ts';

let world: World;
let memory: Memory;

beforeAll(async () => {
  world = await startWorld({
    pace: 'test',
    rps: 120,
    slackLimits: NO_LIMITS,
    editConfig: edited((config) => {
      serviceOf(config, 'payment-gateway').times['drain'] = '4s';
      // They stay at 25 % until something happens to them.
      for (const name of ['upi-switch', 'ledger']) serviceOf(config, name).times['step'] = '120s';
      serviceOf(config, 'refunds').times['bake'] = '120s';
    }),
  });
  memory = new Memory(world);
}, 60_000);
afterAll(async () => {
  memory?.close();
  await world?.close();
});

const lane = (service: string): Lane => new Lane(world, service);

async function reach25(on: Lane, version: string): Promise<void> {
  await on.plan(ASHA, version);
  await on.approve(BHARAT);
  await on.shows(/25 %/, 30_000);
  await on.weighs('green', 25, 30_000);
}

async function wipe(): Promise<void> {
  const redis = rawClient(world.redis.port);
  await redis.flushall();
  redis.disconnect();
}

const stateOnRoute = (service: string): string | undefined => {
  const { metadata } = world.cluster.read(paths(service).route) as unknown as {
    metadata: { annotations?: Record<string, string> };
  };
  return metadata.annotations?.[`dabbawala.dev/state.${service}`];
};

describe('Redis wiped', { timeout: 90_000 }, () => {
  beforeAll(async () => {
    await Promise.all([
      reach25(lane('payment-gateway'), 'v2.3.1'),
      reach25(lane('upi-switch'), 'v1.9.0'),
      reach25(lane('ledger'), 'v5.1.0'),
    ]);
    await wipe();
  }, 60_000);

  it('in the middle of a shift: paused with its state lost, on a new card, the weight unchanged', async () => {
    const on = lane('payment-gateway');
    await on.shows(/PAUSED[\s\S]*State lost: restored from the route at 25 %/, 20_000);
    expect(on.weights()).toEqual({ blue: 75, green: 25 });
    expect(on.cards()).toHaveLength(2);
    await on.threadSays(/State lost: restored from the route at 25 %[\s\S]*U0ASHA/);
    expect(await memory.running('payment-gateway')).toMatchObject({ phase: 'paused', version: 'v2.3.1' });
    await memory.recorded('the restoring', ({ action }) => action === 'rollout.restored');
    await lane('ledger').shows(/PAUSED[\s\S]*State lost/, 20_000);
  });

  it('a breach of what was restored still rolls back', async () => {
    const on = lane('upi-switch');
    await on.shows(/PAUSED[\s\S]*State lost/, 20_000);
    await world.faults.apply({ kind: 'errors', service: 'upi-switch', version: 'v1.9.0', percent: 30 });
    await on.weighs('green', 0, 5000);
    await on.shows(/ROLLED BACK[\s\S]*(Error rate|failed requests)/, 30_000);
    await memory.isFree('upi-switch');
  });

  it('go asks for a new approval, which who asked cannot give; then it goes on to the end', async () => {
    const on = lane('payment-gateway');
    await on.ask(CHITRA, '/dabba traffic payment-gateway 50', /approved anew/);
    await on.ask(ASHA, '/dabba go payment-gateway', /an approval to go on at 25 % is asked/);
    await on.shows(/Approval wanted: go on with the plan at 25 % to v2\.3\.1 \([0-9a-f]{7,12}\)/);
    await on.told(ASHA, /somebody else must decide/, () => on.approve(ASHA));
    expect(on.weights()).toEqual({ blue: 75, green: 25 });
    await on.hasButton('approve');
    await on.approve(BHARAT);
    await on.threadSays(/Goes on at 25 % by approval of/);
    await on.shows(/PROMOTED/, 45_000);
    expect(on.weights()).toEqual({ blue: 0, green: 100 });
    await memory.isFree('payment-gateway');
    expect(stateOnRoute('payment-gateway')).toBeUndefined();
  });

  it('a rollback asks nobody', async () => {
    const on = lane('ledger');
    expect(stateOnRoute('ledger')).toEqual(expect.any(String));
    await on.ask(BHARAT, '/dabba rollback ledger', /accepted/);
    await on.weighs('green', 0, 5000);
    await on.shows(/ROLLED BACK/, 30_000);
    await until('the memory is gone', () => (stateOnRoute('ledger') === undefined ? true : null));
    await memory.isFree('ledger');
  });

  it('what has ended is not restored again, what runs is', async () => {
    const ended = ['payment-gateway', 'upi-switch'];
    const on = lane('ledger');
    await reach25(on, 'v5.1.0');
    const cards = ended.map((service) => lane(service).cards().length);
    const running = on.cards().length;
    await wipe();
    await until('the running one is back', () => (on.cards().length > running ? true : null), 20_000);
    await on.shows(/PAUSED[\s\S]*State lost/);
    for (const service of ended) expect(await memory.rollouts(service)).toEqual([]);
    expect(ended.map((service) => lane(service).cards().length)).toEqual(cards);
  });

  it('an adoption in mid-way is restored as one: it goes back to the route that was there', async () => {
    const on = lane('refunds');
    const spec = (): string =>
      JSON.stringify((world.cluster.read(paths('refunds').route) as unknown as { spec: object }).spec);
    const before = spec();
    await on.ask(ASHA, '/dabba adopt refunds reason="as planned"', /is accepted/);
    await on.newCard(0, 'approve');
    await on.approve(BHARAT);
    await on.weighs('blue', 100);
    await wipe();
    await on.shows(/PAUSED[\s\S]*State lost: restored from the route at 100 %/, 20_000);
    expect(on.weights().blue).toBe(100);
    await on.ask(BHARAT, '/dabba rollback refunds', /accepted/);
    await on.shows(/ROLLED BACK/, 30_000);
    expect(spec()).toBe(before);
    expect(stateOnRoute('refunds')).toBeUndefined();
  });

  it('lost no request and left every audit chain that began since whole', async () => {
    expect(await lostRequests(world)).toEqual([]);
    expect(await memory.brokenChains()).toEqual([]);
  });
});
