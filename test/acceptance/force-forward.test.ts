/** A stable version that is broken does not block its mend: `force-forward` against the whole bot. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startWorld, type World } from '../../sandbox/world/world.ts';
import { edited, NO_LIMITS, serviceOf } from './support/config.ts';
import { ASHA, BHARAT, CHITRA, DEV, Lane, until } from './support/lane.ts';
import { Memory } from './support/memory.ts';

let world: World;
let memory: Memory;

beforeAll(async () => {
  world = await startWorld({
    pace: 'test',
    rps: 120,
    slackLimits: NO_LIMITS,
    editConfig: edited((config) => {
      // Long enough to ask for a rollback in it.
      serviceOf(config, 'payment-gateway').times['bake'] = '10s';
    }),
  });
  memory = new Memory(world);
}, 60_000);
afterAll(async () => {
  memory?.close();
  await world?.close();
});

const inOrder = { concurrent: false, timeout: 60_000 } as const;

describe.concurrent('payment-gateway: stable has no ready pod', () => {
  const pg = (): Lane => new Lane(world, 'payment-gateway');

  it('a deploy is refused, and its card offers to go forward without a way back', inOrder, async () => {
    const lane = pg();
    await world.mesh.setBehaviour('tiffin/payment-gateway', 'v2.3.0', { crashes: true });
    await until(
      'no pod of stable is ready',
      () => (lane.deployment('blue')?.ready === 0 ? true : null),
      20_000,
      () => JSON.stringify(lane.deployment('blue')),
    );
    await lane.ask(ASHA, '/deploy pg v2.3.1 reason="Mend it"', /is accepted/);
    await lane.shows(/REFUSED[\s\S]*payment-gateway-blue has no ready pod, so there would be no way back/);
    await lane.told(DEV, /You may not deploy payment-gateway in prod/, () =>
      lane.click(DEV, 'force_forward'),
    );
    await lane.hasButton('force_forward');
    await lane.click(ASHA, 'force_forward');
    await lane.newCard(1, 'approve');
    expect(lane.words()).toMatch(/\*force-forward\* payment-gateway-blue has no ready pod/);
    expect(lane.words()).toMatch(/\*A rollback is unsafe\*/);
    expect(lane.words()).toMatch(/\*Steps\* 100 %/);
    expect(lane.words()).toMatch(/Reason: Mend it/);
    await lane.told(ASHA, /somebody else must decide/, () => lane.click(ASHA, 'approve'));
    expect(lane.weights()).toEqual({ blue: 100, green: 0 });
  });

  it(
    'it goes to 100 % in one move, and a rollback to what has no endpoint is refused and pages',
    inOrder,
    async () => {
      const lane = pg();
      const since = Date.now();
      await lane.approve(CHITRA);
      await lane.weighs('green', 100, 30_000);
      expect(lane.weightWrites(since)).toHaveLength(1);
      await lane.shows(/BAKING[\s\S]*A rollback is unsafe/);
      await lane.ask(ASHA, '/rollback pg reason="Unsure"', /is accepted/);
      await lane.shows(/PAUSED[\s\S]*v2\.3\.0 has no ready endpoint, so the candidate keeps its traffic/);
      await lane.threadSays(/S0ONCALL[\s\S]*has no ready endpoint|has no ready endpoint[\s\S]*S0ONCALL/);
      expect(lane.weights()).toEqual({ blue: 0, green: 100 });
      await lane.ask(ASHA, '/dabba go pg', /goes on with its plan/);
      await lane.shows(/PROMOTED/, 40_000);
      expect(lane.deployment('green')?.image).toContain(lane.digestOf('v2.3.1'));
      await memory.isFree('payment-gateway');
    },
  );
});

describe.concurrent('upi-switch: stable is healthy', () => {
  it('there is nothing to force', inOrder, async () => {
    const lane = new Lane(world, 'upi-switch');
    await lane.ask(BHARAT, '/deploy upi v1.9.0 reason="Quick" --force-forward', /is accepted/);
    await lane.shows(
      /REFUSED[\s\S]*upi-switch-blue has \d+ ready pods and is not seen to break a rule, so there is nothing to force/,
    );
    expect(lane.words()).toMatch(/Deploy without .force-forward.:/);
    expect(lane.weightWrites()).toEqual([]);
    await memory.isFree('upi-switch');
  });
});

describe.concurrent('ledger: stable breaks its own rules', () => {
  const fail = (percent: number): Promise<unknown> =>
    world.mesh.setBehaviour('tiffin/ledger', 'v5.0.4', { errorPercent: percent });
  /** Of the last 10 s, more than a window, as Prometheus has them. */
  const failures = (isThere: (count: number) => boolean): Promise<true> =>
    until(
      'the failures of stable',
      async () => {
        const query =
          'sum(increase(istio_requests_total{destination_workload="ledger-blue",response_code=~"5.."}[10s])) or vector(0)';
        const answer = await fetch(`${world.prometheus.url}/api/v1/query?${new URLSearchParams({ query })}`);
        const { data } = (await answer.json()) as { data: { result: { value: [number, string] }[] } };
        return isThere(Number(data.result[0]?.value[1])) ? true : null;
      },
      30_000,
    );

  it(
    'a plain plan says so; a forced one is void when stable is well again before the yes',
    inOrder,
    async () => {
      const lane = new Lane(world, 'ledger');
      await fail(30);
      await failures((count) => count > 20);
      await lane.ask(
        BHARAT,
        '/deploy ledger v5.1.0 dry-run',
        /\*Stable is broken\* ledger-blue breaks its own rule: Error rate/,
      );
      await lane.ask(BHARAT, '/deploy ledger v5.1.0 reason="Mend" force-forward', /is accepted/);
      await lane.newCard(0, 'approve');
      expect(lane.words()).toMatch(/\*force-forward\* ledger-blue breaks its own rule: Error rate/);
      await fail(0);
      await failures((count) => count === 0);
      await lane.told(
        CHITRA,
        /Not approved: ledger-blue has .* nothing to force after the plan was shown/,
        () => lane.click(CHITRA, 'approve'),
      );
      await lane.shows(/VOID/);
      expect(lane.weightWrites()).toEqual([]);
    },
  );
});
