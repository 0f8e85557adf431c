/** Whole rollouts on a real cluster: the whole bot, real pods' addresses, a real Prometheus. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { adopt } from '../../../sandbox/stories/adopt.ts';
import { happy } from '../../../sandbox/stories/happy.ts';
import { Player } from '../../../sandbox/stories/player.ts';
import type { Story } from '../../../sandbox/stories/story.ts';
import { edited } from '../../acceptance/support/config.ts';
import { lostRequests } from '../../acceptance/support/lane.ts';
import { type RealWorld, refusals, startRealWorld } from './real-world.ts';

let world: RealWorld;

beforeAll(async () => {
  world = await startRealWorld({ editConfig: edited() });
}, 180_000);
afterAll(() => world?.close(), 60_000);

/** With what was said until then, and the bot's last words, when it goes wrong. */
async function play(story: Story): Promise<void> {
  const told: string[] = [];
  await story.play(new Player(world, (line) => told.push(line))).catch(async (error: unknown) => {
    throw new Error(`${String(error)}\n${told.join('\n')}\n${await world.bots[0]?.recentLog(20)}`);
  });
}

describe('on a real cluster', () => {
  it('happy: a deploy is promoted, a second one is rolled back by hand, and no request is lost', async () => {
    await play(happy);
    expect(await lostRequests(world)).toEqual([]);
    expect(refusals(world)).toEqual([]);
  }, 180_000);

  it('adopt: a plain Deployment becomes blue and green, deploys, and goes back, and no request is lost', async () => {
    await play(adopt);
    expect(await lostRequests(world)).toEqual([]);
    expect(refusals(world)).toEqual([]);
  }, 180_000);
});
