import { type Colour, colourWorkload } from '../core/colour.ts';
import type { PlanSettings } from '../core/rollout/facts.ts';
import type { Rollout } from '../core/rollout/rollout.ts';
import type { Target } from '../core/target.ts';
import { DabbawalaError, toDabbawalaError } from '../lib/errors.ts';
import { runningOf } from './change-rollout.ts';
import { assertMay } from './permissions.ts';
import { planSettings, serviceOf } from './plan-settings.ts';
import type { Actor, Services, TargetStatus } from './services.ts';
import type { UseCasePorts } from './use-case-ports.ts';

const HISTORY_AT_MOST = 20;
const VERSIONS_AT_MOST = 100;

export async function showStatus(ports: UseCasePorts, actor: Actor, target: Target): Promise<TargetStatus> {
  await assertMay(ports, actor, 'status', target);
  const settings = planSettings(ports.config, target, 'deploy');
  const [running, waiting, lock, newest, blue, green, route] = await Promise.all([
    runningOf(ports, target),
    waitingOf(ports, target),
    ports.targets.readLock(target),
    ports.targets.history(target, 2),
    versionOf(ports, settings, 'blue'),
    versionOf(ports, settings, 'green'),
    ports.router.read(settings.route).then(
      (state) => ({ state, fault: null }),
      (error) => ({ state: null, fault: toDabbawalaError(error).message }),
    ),
  ]);
  const lastId = newest.find((id) => id !== running?.rollout.id);
  const last = lastId === undefined ? null : await ports.store.load(lastId).catch(() => null);
  return {
    target,
    running,
    waiting,
    last: last?.rollout ?? null,
    lock,
    route: route.state,
    routeFault: route.fault,
    versions: { blue, green },
  };
}

/** The rollout that takes the place of the running one. */
async function waitingOf(ports: UseCasePorts, target: Target): Promise<Rollout | null> {
  const id = await ports.targets.readTurn(target);
  const stored = id === null ? null : await ports.store.load(id).catch(() => null);
  return stored?.rollout ?? null;
}

/** The cluster's word, not the history's: the newest rollout may have been refused. */
async function versionOf(
  { workloads }: UseCasePorts,
  { cluster, namespace, container, target }: PlanSettings,
  colour: Colour,
): Promise<string | null> {
  const name = colourWorkload(target.service, colour);
  const state = await workloads.readDeployment({ cluster, namespace }, name, container).catch(() => null);
  return state && (state.version ?? state.image.tag ?? state.image.digest?.slice(7, 19) ?? null);
}

export async function showHistory(
  ports: UseCasePorts,
  actor: Actor,
  target: Target,
): Promise<readonly Rollout[]> {
  await assertMay(ports, actor, 'history', target);
  const ids = await ports.targets.history(target, HISTORY_AT_MOST);
  const loaded = await Promise.all(ids.map((id) => ports.store.load(id).catch(skipCorrupt)));
  return loaded.flatMap((stored) => (stored ? [stored.rollout] : []));
}

/** One record that cannot be read hides no other; the store being away hides them all and says so. */
const skipCorrupt = (error: unknown): null => {
  if (toDabbawalaError(error).code === 'store_unavailable') throw error;
  return null;
};

export async function listVersions(
  ports: UseCasePorts,
  service: string,
  prefix: string,
): ReturnType<Services['versions']> {
  const entry = ports.config.services[service];
  if (!entry) throw new DabbawalaError('unknown_service', `There is no service "${service}".`);
  const tags = (await ports.registry.tags(entry.image))
    .filter((tag) => tag.includes(prefix))
    .slice(0, VERSIONS_AT_MOST);
  const described = await ports.registry.describe(entry.image, tags.slice(0, 20)).catch(() => []);
  return tags.map((tag) => ({
    tag,
    createdAt: described.find((info) => info.tag === tag)?.createdAt ?? null,
  }));
}

export const listTargets = ({ config }: Pick<UseCasePorts, 'config'>): readonly Target[] =>
  Object.entries(config.services)
    .flatMap(([service, { environments }]) =>
      environments.flatMap((environment) => {
        const clusters = config.environments[environment]?.clusters ?? [];
        return clusters.map(
          (cluster): Target => ({ service, environment, region: config.clusters[cluster]?.region ?? null }),
        );
      }),
    )
    .sort((a, b) => a.service.localeCompare(b.service) || a.environment.localeCompare(b.environment));

export const assertKnown = (ports: UseCasePorts, target: Target): void => {
  serviceOf(ports.config, target);
};
