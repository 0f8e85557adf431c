/** A story of the demo on a real cluster, and what must be so after every story. */
import { expect } from 'vitest';
import { Player } from '../../../sandbox/stories/player.ts';
import type { Story } from '../../../sandbox/stories/story.ts';
import { until } from '../../acceptance/support/lane.ts';
import type { Body } from '../lab/api.ts';
import type { RealWorld } from './real-world.ts';

/** With what was said until then, and the bot's last words, when it goes wrong. */
export async function play(world: RealWorld, story: Story): Promise<void> {
  const told: string[] = [];
  await story.play(new Player(world, (line) => told.push(line))).catch(async (error: unknown) => {
    throw new Error(`${String(error)}\n${told.join('\n')}\n${await world.bots[0]?.recentLog(20)}`);
  });
}

/** No field of the route is ours any more. Said at the end of a rollout, written a moment later. */
export async function isGivenBack(world: RealWorld, route: string): Promise<void> {
  const managers = async (): Promise<readonly string[]> =>
    (await world.cluster.api.must('GET', route)).metadata.managedFields.map(({ manager }: Body) => manager);
  await until('the route is given back', async () =>
    (await managers()).includes('dabbawala') ? null : true,
  );
  expect(await managers()).not.toContain('dabbawala');
}
