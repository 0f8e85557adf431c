/** The whole bot on the real cluster, under the policies that its own configuration renders. */
import { join } from 'node:path';
import { startWorldOn, type World, type WorldOptions } from '../../../sandbox/world/world.ts';
import { guardedServices } from '../../../scripts/docs/cluster-manifests.ts';
import { loadConfig } from '../../../src/config/load.ts';
import { NO_LIMITS } from '../../acceptance/support/config.ts';
import { isBeyondTheRole } from '../lab/asked.ts';
import { applyGuard, removeGuard } from '../lab/guard.ts';
import type { RealCluster } from '../lab/real-cluster.ts';
import { startRealGround } from '../lab/real-ground.ts';

export interface RealWorld extends World<RealCluster> {
  readonly startedAt: number;
}

/** As `startWorld`, with Slack's limits off: they are shown elsewhere. */
export const startRealWorld = (
  options: Pick<WorldOptions, 'editConfig' | 'replicas' | 'services'>,
): Promise<RealWorld> => startGuardedWorld({ pace: 'test', rps: 200, slackLimits: NO_LIMITS, ...options });

export async function startGuardedWorld(options: WorldOptions): Promise<RealWorld> {
  const startedAt = Date.now();
  const world = await startWorldOn(startRealGround, options);
  try {
    const services = guardedServices(loadConfig(join(world.dir, 'bot-0.yml')), null);
    const warnings = await applyGuard(world.cluster.api, services);
    if (warnings.length > 0) throw new Error(`the policies do not compile: ${warnings.join('\n')}`);
  } catch (error) {
    await world.close();
    throw error;
  }
  return {
    ...world,
    startedAt,
    close: async () => {
      await removeGuard(world.cluster.api);
      await world.close();
    },
  };
}

/**
 * What the bot was refused by the server since, by Role or policy; a story in which that is no part has none. The log is
 * the whole tier's, so it counts from this world's start.
 */
export const refusals = (world: RealWorld, since = world.startedAt): readonly string[] =>
  world.cluster
    .requests()
    .filter(({ at, status, userAgent }) => at >= since && status === 403 && userAgent === 'dabbawala')
    .filter((request) => !isBeyondTheRole(request))
    .map(({ method, path, response }) => `${method} ${path}: ${response?.message}`);
