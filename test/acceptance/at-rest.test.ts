/** A service that no rollout moves: a hand takes its pods away, and its traffic goes where somebody answers. The whole bot. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startWorld, type World } from '../../sandbox/world/world.ts';
import { edited, NO_LIMITS, paths } from './support/config.ts';
import { flip, scale } from './support/hands.ts';
import { ASHA, CHITRA, Lane, ROOM, until, wordsOf } from './support/lane.ts';
import { Memory } from './support/memory.ts';

let world: World;
let memory: Memory;

beforeAll(async () => {
  world = await startWorld({
    pace: 'test',
    rps: 120,
    slackLimits: NO_LIMITS,
    editConfig: edited((config) => {
      config['atRest'] = { every: '1s' };
    }),
  });
  memory = new Memory(world);
}, 60_000);
afterAll(async () => {
  memory?.close();
  await world?.close();
});

const inOrder = { concurrent: false, timeout: 90_000 } as const;

/** What the war room was told of the service beside its cards, oldest first. */
const notices = (on: Lane): readonly string[] =>
  world.slack
    .messages(ROOM)
    .map(wordsOf)
    .filter((words) => words.includes('Seen at rest') && words.includes(` ${on.service} ·`));

const told = (on: Lane, pattern: RegExp): Promise<string> =>
  until(
    `the war room hears of ${on.service}: ${pattern}`,
    () => notices(on).find((words) => pattern.test(words)) ?? null,
    20_000,
    () => notices(on).join('\n---\n'),
  );

describe('a service at rest', inOrder, () => {
  it('whose traffic a hand moved, and whose pods then went, gets it back on stable, and on-call is paged', async () => {
    const on = new Lane(world, 'payment-gateway');
    await on.plan(ASHA, 'v2.3.1');
    await on.approve(CHITRA);
    await on.shows(/PROMOTED/, 60_000);
    await memory.isFree(on.service);
    expect(on.weights()).toEqual({ blue: 0, green: 100 });
    await scale(on, 'blue', 3);
    await until('blue is up', () => (on.deployment('blue')?.ready === 3 ? true : null));
    await flip(on, { blue: 100, green: 0 });
    await told(
      on,
      /MOVED BY HAND[\s\S]*kubectl-edit left 100 % of the traffic on blue[\s\S]*green \(v2\.3\.1\) is recorded as stable/,
    );
    expect(on.weights()).toEqual({ blue: 100, green: 0 });
    await scale(on, 'blue', 0);
    await on.weighs('green', 100, 10_000);
    const page = await told(on, /PUT BACK TO GREEN[\s\S]*no ready pod/);
    expect(page).toContain('<!subteam^S0ONCALL>');
    await memory.recorded(
      'the put-back',
      ({ action, object }) => action === 'rest.put_back' && object === on.target,
    );
    await memory.isFree(on.service);
    expect(await memory.brokenChains()).toEqual([]);
    const route = world.cluster.read(paths(on.service).route);
    expect(JSON.stringify(route?.metadata.managedFields)).not.toMatch(/dabbawala/);
  });

  it('whose stable colour goes is paged once and moved nowhere, and its recovery is said', async () => {
    const on = new Lane(world, 'payment-gateway');
    await scale(on, 'green', 0);
    const page = await told(on, /NO READY POD[\s\S]*recorded as stable/);
    expect(page).toContain('<!subteam^S0ONCALL>');
    const since = notices(on).length;
    await scale(on, 'green', 3);
    await told(on, /AS IT SHOULD BE/);
    expect(notices(on)).toHaveLength(since + 1);
    expect(on.weights()).toEqual({ blue: 0, green: 100 });
  });

  it('that deploys again afterwards does so as ever', async () => {
    const on = new Lane(world, 'payment-gateway');
    await on.plan(ASHA, 'v2.3.0');
    await on.approve(CHITRA);
    await on.shows(/PROMOTED/, 60_000);
  });
});
