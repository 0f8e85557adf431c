/** A plain Deployment under load: blue and green, a deploy with a change of the template, and back. The story, at test pace. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { adopt } from '../../sandbox/stories/adopt.ts';
import { Player } from '../../sandbox/stories/player.ts';
import { startWorld, type World } from '../../sandbox/world/world.ts';
import { uncoveredOfBot } from '../conformance/coverage.ts';
import { edited, NO_LIMITS, paths } from './support/config.ts';
import { ASHA, BHARAT, Lane, lostRequests, until } from './support/lane.ts';

let world: World;

beforeAll(async () => {
  world = await startWorld({ pace: 'test', rps: 120, slackLimits: NO_LIMITS, editConfig: edited() });
}, 60_000);
afterAll(() => world?.close());

it('a plain Deployment becomes blue and green, deploys, and goes back without a lost request', async () => {
  const told: string[] = [];
  await adopt.play(new Player(world, (line) => told.push(line))).catch(async (error: unknown) => {
    throw new Error(`${String(error)}\n${told.join('\n')}\n${await world.bots[0]?.recentLog(20)}`);
  });
  expect(await lostRequests(world)).toEqual([]);
}, 60_000);

it('an adoption is rolled back in mid-way without a lost request: the route is what it was, the colour keeps no pod', async () => {
  const lane = new Lane(world, 'refunds');
  const spec = () =>
    JSON.stringify((world.cluster.read(paths('refunds').route) as unknown as { spec: object }).spec);
  const before = spec();
  const cards = lane.cards().length;
  await lane.ask(ASHA, '/dabba adopt refunds reason="again"', /is accepted/);
  await lane.newCard(cards, 'approve');
  await lane.approve(BHARAT);
  await lane.weighs('blue', 100);
  await lane.type(ASHA, '/rollback refunds reason="not today"');
  await lane.shows(/ROLLED BACK/);
  expect(spec()).toBe(before);
  await until('blue has no pod', () => (lane.deployment('blue')?.ready === 0 ? true : null));
  expect(await lostRequests(world)).toEqual([]);
}, 40_000);

it('asks of the cluster nothing whose answer was not compared with that of a real server', () => {
  expect(world.cluster.requests().some(({ userAgent }) => userAgent === 'dabbawala')).toBe(true);
  expect(uncoveredOfBot(world.cluster.requests())).toEqual([]);
});
