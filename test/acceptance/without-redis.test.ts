/** People take traffic back while Redis is away: by a command, by the card's button, by a mention. The whole bot. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WORLD } from '../../sandbox/contract.ts';
import { startWorld, type World } from '../../sandbox/world/world.ts';
import { edited, NO_LIMITS, serviceOf } from './support/config.ts';
import { ASHA, BHARAT, CHITRA, DEV, Lane, lostRequests, ROOM, until, wordsOf } from './support/lane.ts';
import { Memory } from './support/memory.ts';

let world: World;
let memory: Memory;

const SERVICES = ['payment-gateway', 'upi-switch', 'ledger'] as const;
const VERSIONS = { 'payment-gateway': 'v2.3.1', 'upi-switch': 'v1.9.0', ledger: 'v5.1.0' } as const;

beforeAll(async () => {
  world = await startWorld({
    pace: 'test',
    rps: 60,
    slackLimits: NO_LIMITS,
    editConfig: edited((config) => {
      // They stay at 25 % until somebody takes them back.
      for (const name of SERVICES) serviceOf(config, name).times['step'] = '120s';
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
  await on.weighs('green', 25, 30_000);
  await on.shows(/25 %/);
}

interface KubeEvent {
  readonly involvedObject: { readonly kind: string; readonly name: string };
  readonly reason: string;
  readonly message: string;
}

const eventsOf = (service: string): readonly KubeEvent[] =>
  (world.cluster.list(`/api/v1/namespaces/${WORLD.namespace}/events`) as unknown as KubeEvent[]).filter(
    ({ involvedObject }) => involvedObject.kind === 'VirtualService' && involvedObject.name === service,
  );

const SECONDS = 5000;
/** Each question to a Redis that hangs takes the 2 s that it is given. */
const SECONDS_OF_A_HANG = 9000;

describe('while Redis is away', { timeout: 90_000 }, () => {
  beforeAll(async () => {
    await Promise.all(SERVICES.map((service) => reach25(lane(service), VERSIONS[service])));
    await world.redis.stop();
  }, 60_000);

  it('a rollback by command writes weight 0 within seconds and says what is not yet on record', async () => {
    const on = lane('payment-gateway');
    const answer = on.ask(
      BHARAT,
      '/dabba rollback payment-gateway reason="errors seen"',
      /v2\.3\.0 has 100 % now, v2\.3\.1 had 25 %[\s\S]*not on record yet/,
    );
    await on.weighs('green', 0, SECONDS);
    await answer;
    expect(on.weights()).toEqual({ blue: 100, green: 0 });
    expect(eventsOf('payment-gateway').map(({ reason, message }) => `${reason}: ${message}`)).toEqual([
      expect.stringMatching(
        /^RolledBack: .*Bharat.* rolled back while the state store was away: errors seen/i,
      ),
    ]);
  });

  it('so does the button of the card', async () => {
    const on = lane('upi-switch');
    await on.told(CHITRA, /not on record yet/, () => on.click(CHITRA, 'rollback'), 8000);
    await on.weighs('green', 0, SECONDS);
  });

  it('so does a mention below the card, which need not name the service', async () => {
    const on = lane('ledger');
    const { ts } = on.card();
    const heard = (): string =>
      world.slack
        .messages(ROOM, ts, BHARAT)
        .filter((message) => message.ephemeral === true)
        .map(wordsOf)
        .join('\n');
    await world.slack.command({ user: BHARAT, channel: ROOM, thread: ts, text: '@dabbawala rollback' });
    await on.weighs('green', 0, SECONDS);
    await until('the answer', () => (/not on record yet/.test(heard()) ? true : null), SECONDS, heard);
  });

  it('said again it is harmless, and one who may not is refused', async () => {
    const on = lane('payment-gateway');
    await on.ask(BHARAT, '/dabba rollback payment-gateway', /no traffic on the route/);
    await on.ask(DEV, '/dabba rollback payment-gateway', /may not rollback/);
    expect(on.weights()).toEqual({ blue: 100, green: 0 });
  });

  it.each([
    '/deploy payment-gateway v2.4.0 reason="x"',
    '/dabba go payment-gateway',
    '/dabba traffic upi-switch 50',
    '/dabba rollback refunds',
  ])('%s is not accepted, in clear words within 3 s', async (text) => {
    const askedAt = performance.now();
    await lane('payment-gateway').ask(ASHA, text, /State store unavailable/);
    expect(performance.now() - askedAt).toBeLessThan(3000);
  });

  it('all of it is on record when Redis is back, in the name of whoever said it', async () => {
    await world.redis.restart();
    for (const service of SERVICES) {
      await lane(service).shows(/ROLLED BACK/, 30_000);
      await memory.isFree(service);
    }
    const record = await memory.recorded(
      'the rollback by command',
      ({ action, actor, object, data }) =>
        actor?.id === BHARAT &&
        object.startsWith('payment-gateway/') &&
        data['late'] === true &&
        ['rollout.ask', 'rollback.request'].includes(action),
    );
    expect(record.data['text']).toMatch(/rolled back while the state store was away: errors seen/);
    await memory.recorded(
      'the rollback by button',
      ({ actor, object, data }) =>
        actor?.id === CHITRA && object.startsWith('upi-switch/') && data['late'] === true,
    );
    expect(await memory.brokenChains()).toEqual([]);
    expect(await lostRequests(world)).toEqual([]);
  });
});

describe('while Redis hangs', { timeout: 90_000 }, () => {
  it('a rollback by command works as well, and nothing of it is lost', async () => {
    const on = lane('upi-switch');
    await reach25(on, 'v1.8.1');
    process.kill(world.redis.pid, 'SIGSTOP');
    try {
      const answer = on.ask(BHARAT, '/dabba rollback upi-switch', /not on record yet/, SECONDS_OF_A_HANG);
      await on.weighs('green', 0, SECONDS_OF_A_HANG);
      await answer;
    } finally {
      process.kill(world.redis.pid, 'SIGCONT');
    }
    await on.shows(/ROLLED BACK/, 30_000);
    await memory.recorded(
      'the rollback',
      ({ actor, object, data }) =>
        actor?.id === BHARAT && object.startsWith('upi-switch/') && data['late'] === true,
    );
    expect(await memory.brokenChains()).toEqual([]);
  });
});
