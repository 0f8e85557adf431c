/**
 * A store that lost its memory is filled again from the cluster: each unfinished rollout stands on its route, is restored
 * paused or on its way back, and moves nothing. Several replicas may do it at once.
 */
import type { Config } from '../config/schema.ts';
import { otherColour } from '../core/colour.ts';
import { type Configured, type RouteMemory, restore } from '../core/rollout/route-memory.ts';
import { type Target, targetKey } from '../core/target.ts';
import { isDabbawalaError, toDabbawalaError } from '../lib/errors.ts';
import type { Log } from '../lib/log.ts';
import { percentOfUnits } from '../lib/whole-units.ts';
import type { Chat } from '../ports/chat.ts';
import type { Clock } from '../ports/clock.ts';
import type { DriveQueue } from '../ports/drive-queue.ts';
import type { Deliveries, RolloutStore, StoreEpoch, TargetStore } from '../ports/rollout-store.ts';
import type { RouteState, TrafficRouter } from '../ports/traffic-router.ts';
import { threadLine } from '../views/thread.ts';
import { planSettings } from './plan-settings.ts';
import { auditOf, withLines } from './record.ts';
import { listTargets } from './show-target.ts';

export interface RebuildPorts {
  readonly config: Config;
  readonly store: RolloutStore;
  readonly targets: TargetStore;
  readonly deliveries: Deliveries;
  readonly epoch: StoreEpoch;
  readonly router: TrafficRouter;
  readonly queue: DriveQueue;
  readonly clock: Clock;
  readonly chat: Pick<Chat, 'post' | 'find'>;
  readonly log: Log;
  /** Unguessable, for the name of an epoch. */
  readonly newId: () => string;
}

/** Routes asked for at once. */
const AT_ONCE = 8;
/** One replica pages; when it dies over it, another does after this time. */
const PAGE_LEASE_MS = 60_000;

/**
 * Looks at the routes at the first call, and whenever the store has another epoch than at the last look. Throws
 * `store_unavailable`.
 */
export function createRebuild(ports: RebuildPorts): () => Promise<void> {
  let seen: string | null = null;
  return async () => {
    const epoch = (await ports.epoch.read()) ?? (await ports.epoch.begin(ports.newId()));
    if (epoch === seen) return;
    // A store that is wiped meanwhile gets another name, which the next call sees.
    if (await lookAtRoutes(ports, epoch)) seen = epoch;
  };
}

/** false: something could not be seen or done yet, so that the whole must be looked at again. */
async function lookAtRoutes(ports: RebuildPorts, epoch: string): Promise<boolean> {
  const targets = [...listTargets(ports)];
  let isWhole = true;
  const work = async (): Promise<void> => {
    for (let target = targets.shift(); target; target = targets.shift())
      isWhole = (await settled(ports, target, epoch)) && isWhole;
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return isWhole;
}

async function settled(ports: RebuildPorts, target: Target, epoch: string): Promise<boolean> {
  try {
    return await lookAt(ports, target, epoch);
  } catch (error) {
    const known = toDabbawalaError(error);
    if (known.code === 'store_unavailable') throw error;
    if (known.code === 'object_missing' || known.code === 'crd_missing') return true;
    ports.log.warn(
      { target: targetKey(target), code: known.code, err: known },
      'a route could not be looked at for a lost rollout',
    );
    return false;
  }
}

async function lookAt(ports: RebuildPorts, target: Target, epoch: string): Promise<boolean> {
  const settings = planSettings(ports.config, target, 'deploy');
  const { route } = settings;
  const { memory, marks } = await ports.router.recall(route);
  if (memory.kind === 'none') return true;
  const id = memory.kind === 'known' ? memory.value.id : (marks?.rolloutId ?? null);
  if (id !== null && (await isKnown(ports, id))) return true;
  const why =
    memory.kind === 'known'
      ? await restoreFrom(ports, memory.value, { ...settings, channel: ports.config.slack.warRoom })
      : memory.why;
  if (why === 'later') return false;
  if (why !== null) await page(ports, target, id, why, epoch);
  return true;
}

/** A record that cannot be read is one: it is quarantined, not lost. */
const isKnown = (ports: RebuildPorts, id: string): Promise<boolean> =>
  ports.store.load(id).then(
    (stored) => stored !== null,
    (error: unknown) => {
      if (isDabbawalaError(error, 'store_unavailable')) throw error;
      return true;
    },
  );

/** null: it is restored, by whomever. `later`: another rollout holds the target. Else why it cannot be. */
async function restoreFrom(
  ports: RebuildPorts,
  memory: RouteMemory,
  configured: Configured,
): Promise<string | null> {
  const { target } = configured;
  const state = memory.plan && (await readable(ports, { ...configured.route, ...plainAs(memory) }));
  const now = await ports.clock.now();
  const restored = restore(memory, state && percentOf(memory, state), configured, now);
  if (restored.kind === 'unusable') return restored.why;
  const { rollout, event } = restored;
  const claim = await ports.targets.takeClaim(target, rollout.id);
  if (claim.kind === 'held') {
    ports.log.warn(
      { rollout: rollout.id, target: targetKey(target), holder: claim.rolloutId },
      'a lost rollout waits to be restored: another one holds its target',
    );
    return 'later';
  }
  await ports.targets.appendHistory(target, rollout.id, rollout.createdAt);
  const { next, lines } = withLines(rollout, [event], ports.config.slack.onCall);
  try {
    await ports.store.create(next, [auditOf(next, event)], lines);
  } catch (error) {
    // Another replica was faster.
    if (!isDabbawalaError(error, 'state_conflict')) throw error;
    return null;
  }
  ports.log.warn(
    { rollout: rollout.id, target: targetKey(target), phase: rollout.phase },
    'a lost rollout is restored from its route',
  );
  await Promise.all([ports.queue.wake(rollout.id), ports.queue.wakeChannel(rollout.channel)]);
  return null;
}

const plainAs = ({ plan }: RouteMemory) => (plan?.route.plainAs ? { plainAs: plan.route.plainAs } : {});

/** null: what is there is no pair of colours any more; a cluster that does not answer is asked again. */
const readable = (ports: RebuildPorts, route: Configured['route']): Promise<RouteState | null> =>
  ports.router.read(route).catch((error: unknown) => {
    if (isDabbawalaError(error, 'route_unusable')) return null;
    throw error;
  });

const percentOf = ({ plan, percent }: RouteMemory, { weight }: RouteState): number | null =>
  plan && percentOfUnits(weight[plan.candidateColour], weight.blue + weight.green, [percent]);

/** Only where a candidate has traffic that nobody watches. Nothing is moved. */
async function page(
  ports: RebuildPorts,
  target: Target,
  id: string | null,
  why: string,
  epoch: string,
): Promise<void> {
  const { route } = planSettings(ports.config, target, 'deploy');
  const state = await readable(ports, route);
  const stable = state?.marks?.stableColour ?? null;
  const isSplit = state && (stable ? state.percent[stable] < 100 : state.percent.blue % 100 !== 0);
  const facts = { rollout: id, target: targetKey(target), why };
  if (!state || !isSplit)
    return ports.log.warn(facts, 'a lost rollout cannot be restored; its route splits no traffic');
  ports.log.error(facts, 'a lost rollout with traffic cannot be restored');
  const dedupId = `lost-${epoch}-${targetKey(target)}`;
  const { warRoom, onCall } = ports.config.slack;
  if (!(await ports.deliveries.isFirst(dedupId, PAGE_LEASE_MS))) return;
  if ((await ports.chat.find(warRoom, dedupId)) !== null) return;
  const text = wordsFor(target, id, why, state, route);
  await ports.chat.post(
    warRoom,
    threadLine({ text, mentions: [...onCall.groups, ...onCall.users] }),
    dedupId,
  );
}

function wordsFor(
  target: Target,
  id: string | null,
  why: string,
  { percent, marks }: RouteState,
  route: Configured['route'],
): string {
  const stable = marks?.stableColour;
  const where = `VirtualService ${route.namespace}/${route.name}`;
  const way = stable
    ? `Give ${stable}, which it names as stable, the weight 100 and ${otherColour(stable)} 0`
    : 'Give the colour that works the weight 100 and the other 0';
  return [
    `🚨 ${target.service} · ${target.environment} · STATE LOST. The record of rollout ${id ?? '(not known)'} is gone, and it cannot be restored from the route: ${why}.`,
    `Nobody watches it. Nothing was moved: blue has ${percent.blue} %, green ${percent.green} %.`,
    `To do: ${way}, in ${where}. Then deploy again.`,
  ].join('\n');
}
