/** The whole main job on a cluster-enabled Redis: a key that leaves its hash tag would show as CROSSSLOT. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Player } from '../../sandbox/stories/player.ts';
import { startWorld, type World } from '../../sandbox/world/world.ts';
import { edited, NO_LIMITS } from './support/config.ts';

const SERVICE = 'payment-gateway';
let world: World;

beforeAll(async () => {
  world = await startWorld({
    pace: 'test',
    redisCluster: true,
    editConfig: edited(),
    slackLimits: NO_LIMITS,
  });
}, 60_000);
afterAll(async () => {
  await world?.close();
});

describe('on a cluster-enabled Redis', () => {
  it('a deploy is approved, shifted and promoted', async () => {
    const player = new Player(world, () => undefined);
    await player.type('U0ASHA', `/deploy ${SERVICE} v2.3.1 reason="slots"`);
    await player.cardShows('the plan', /WAITING FOR APPROVAL/, 15_000);
    await player.click('U0BHARAT', 'approve');
    await player.cardShows('the end', /PROMOTED/, 120_000);
    expect(player.colour(SERVICE, 'green').weight).toBe(100);
    expect(await world.bots[0]?.recentLog(500)).not.toContain('CROSSSLOT');
  }, 150_000);
});
