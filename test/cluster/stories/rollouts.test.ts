/** Whole rollouts on a real cluster: the whole bot, real pods' addresses, a real Prometheus. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { adopt } from '../../../sandbox/stories/adopt.ts';
import { alerts } from '../../../sandbox/stories/alerts.ts';
import { happy } from '../../../sandbox/stories/happy.ts';
import { edited, paths } from '../../acceptance/support/config.ts';
import { lostRequests } from '../../acceptance/support/lane.ts';
import { expectGivenBack, type OwnedRoute, ownRoute } from './owned-route.ts';
import { play } from './play.ts';
import { type RealWorld, refusals, startRealWorld } from './real-world.ts';

const ROUTE = paths('payment-gateway').route;

let world: RealWorld;
let route: OwnedRoute;

beforeAll(async () => {
  world = await startRealWorld({ editConfig: edited() });
  route = await ownRoute(world, ROUTE);
}, 180_000);
afterAll(() => world?.close(), 60_000);

describe('on a real cluster', () => {
  it('happy: a deploy is promoted, a second one is rolled back by hand, and no request is lost', async () => {
    const began = performance.now();
    await play(world, happy);
    expect(await lostRequests(world)).toEqual([]);
    // What was not sent cannot be lost: 200 a second, less what a busy machine is late with.
    const sent = Object.values(await world.mesh.counters()).reduce((sum, counter) => sum + counter.sent, 0);
    expect(sent).toBeGreaterThan(((performance.now() - began) / 1000) * 200 * 0.9);
    expect(refusals(world)).toEqual([]);
  }, 180_000);

  it('of what the route was, two weights and our annotations alone are other, and no field is ours', () =>
    expectGivenBack(world, route, 'promoted'));

  it('adopt: a plain Deployment becomes blue and green, deploys, and goes back, and no request is lost', async () => {
    await play(world, adopt);
    expect(await lostRequests(world)).toEqual([]);
    expect(refusals(world)).toEqual([]);
  }, 180_000);

  it('alerts: an alert names the deploy before it, tells the pods, and takes it back', async () => {
    await world.reset();
    await play(world, alerts);
    expect(await lostRequests(world)).toEqual([]);
    expect(refusals(world)).toEqual([]);
  }, 180_000);
});
