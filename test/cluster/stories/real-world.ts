/** The whole bot on the real cluster, under the policies that its own configuration renders. */
import { join } from 'node:path';
import { startWorldOn, type World, type WorldOptions } from '../../../sandbox/world/world.ts';
import { guardedServices } from '../../../scripts/docs/cluster-manifests.ts';
import { loadConfig } from '../../../src/config/load.ts';
import { NO_LIMITS } from '../../acceptance/support/config.ts';
import { applyGuard, removeGuard } from '../lab/guard.ts';
import type { RealCluster } from '../lab/real-cluster.ts';
import { startRealGround } from '../lab/real-ground.ts';

export type RealWorld = World<RealCluster>;

/** As `startWorld`, with Slack's limits off: they are shown elsewhere. */
export async function startRealWorld(
  options: Pick<WorldOptions, 'editConfig' | 'replicas'>,
): Promise<RealWorld> {
  const world = await startWorldOn(startRealGround, {
    pace: 'test',
    rps: 200,
    slackLimits: NO_LIMITS,
    ...options,
  });
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
    close: async () => {
      await removeGuard(world.cluster.api);
      await world.close();
    },
  };
}

/** Optional rights that the shipped Role does not give: asked for all the same, and said on the plan when refused. */
const BEYOND_THE_ROLE: readonly RegExp[] = [
  // Routes of other namespaces that send to the host.
  /^GET \/apis\/networking\.istio\.io\/v1\/virtualservices: /,
  // The mesh's own policy.
  /^GET \/apis\/security\.istio\.io\/v1\/namespaces\/istio-system\/peerauthentications: /,
];

/** What the bot was refused by the server since, by Role or policy; a story in which that is no part has none. */
export const refusals = (world: RealWorld, since = 0): readonly string[] =>
  world.cluster
    .requests()
    .filter(({ at, status, userAgent }) => at >= since && status === 403 && userAgent === 'dabbawala')
    .map(({ method, path, response }) => `${method} ${path}: ${response?.message}`)
    .filter((line) => !BEYOND_THE_ROLE.some((pattern) => pattern.test(line)));
