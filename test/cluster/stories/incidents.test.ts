/** What goes wrong in mid-rollout, on a real cluster: a bad version, blind minutes, and hands on the weights. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { breach } from '../../../sandbox/stories/breach.ts';
import { outage } from '../../../sandbox/stories/outage.ts';
import { edited, paths, serviceOf } from '../../acceptance/support/config.ts';
import { ASHA, BHARAT, Lane, lostRequests } from '../../acceptance/support/lane.ts';
import { expectGivenBack, ownRoute } from './owned-route.ts';
import { isGivenBack, play } from './play.ts';
import { type RealWorld, refusals, startRealWorld } from './real-world.ts';

let world: RealWorld;

beforeAll(async () => {
  const editConfig = edited((config) => {
    // Longer than a hand needs.
    serviceOf(config, 'upi-switch').times['step'] = '60s';
  });
  world = await startRealWorld({ editConfig });
}, 180_000);
afterAll(() => world?.close(), 60_000);

/** Nothing lost, nothing refused, and no field of the route is ours. */
async function leavesNothing(service: string): Promise<void> {
  expect(await lostRequests(world)).toEqual([]);
  expect(refusals(world)).toEqual([]);
  await isGivenBack(world, paths(service).route);
}

it('breach: a candidate that fails 3 % of requests is rolled back by itself, and no request is lost', async () => {
  const route = await ownRoute(world, paths('payment-gateway').route);
  await play(world, breach);
  await leavesNothing('payment-gateway');
  await expectGivenBack(world, route, 'rolled-back');
}, 180_000);

it('outage: a minute without Prometheus is held at 25 %, then promoted, and no request is lost', async () => {
  await world.reset();
  await play(world, outage);
  await leavesNothing('payment-gateway');
}, 240_000);

describe('hands on the weights in mid-shift', () => {
  const edit = (percent: number) => world.faults.apply({ kind: 'editRoute', service: 'upi-switch', percent });
  let upi: Lane;

  it('raised: set back twice and said, then it pauses, names who it was, and asks', async () => {
    upi = new Lane(world, 'upi-switch');
    await upi.plan(ASHA, 'v1.9.0');
    await upi.approve(BHARAT);
    await upi.shows(/25 % reached; watching/, 60_000);
    for (const percent of [60, 70]) {
      await edit(percent);
      await upi.threadSays(new RegExp(`kubectl-edit set ${percent} %; set back to 25 %`));
      await upi.weighs('green', 25, 5000);
    }
    await edit(80);
    await upi.shows(/PAUSED[\s\S]*Another controller owns this field: kubectl-edit keeps setting 80 %/);
    expect(upi.weights()).toEqual({ blue: 20, green: 80 });
  }, 120_000);

  it('lowered: an order to go back, written once, never undone', async () => {
    await upi.ask(ASHA, '/dabba go upi-switch', /goes on with its plan/);
    await upi.shows(/80 % [\s\S]*ANALYSING|ANALYSING[\s\S]*80 %/);
    const editedAt = Date.now();
    await edit(5);
    await upi.shows(
      /ROLLED BACK[\s\S]*kubectl-edit lowered the candidate from 80 % to 5 %: taken as a rollback order/,
      60_000,
    );
    expect(upi.weights()).toEqual({ blue: 100, green: 0 });
    expect(upi.weightWrites(editedAt).map(({ weights }) => weights.toSorted((a, b) => a - b))).toEqual([
      [0, 100],
    ]);
    await leavesNothing('upi-switch');
  }, 120_000);
});
