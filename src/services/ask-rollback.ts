/** A person's way back: at once while a rollout runs, by a fast lane later, by the route alone without the store. */
import { colourWorkload } from '../core/colour.ts';
import { lastGood } from '../core/rollout/last-good.ts';
import { event } from '../core/rollout/moves.ts';
import { type Ask, hasEnded, type Phase, type Rollout } from '../core/rollout/rollout.ts';
import type { Target } from '../core/target.ts';
import { DabbawalaError, isDabbawalaError } from '../lib/errors.ts';
import type { Stored } from '../ports/rollout-store.ts';
import { type Change, changeRollout, loadRunning, runningOf } from './change-rollout.ts';
import type { LateOrders } from './late-orders.ts';
import { assertMay } from './permissions.ts';
import { planSettings } from './plan-settings.ts';
import { begin } from './request-deploy.ts';
import { findOnRoute, findRollout, rollBackByRoute } from './rollback-by-route.ts';
import type { Actor, Services } from './services.ts';
import type { UseCasePorts } from './use-case-ports.ts';

export const BEFORE_APPROVAL: readonly Phase[] = ['planning', 'awaiting-approval'];

/** An ask takes the place of an older one of its kind. */
export const asked = (rollout: Rollout, ask: Ask, text: string): Change => ({
  next: { ...rollout, asks: [...rollout.asks.filter((entry) => entry.kind !== ask.kind), ask] },
  events: [event('ask', ask.at, text, { by: ask.by, inThread: false, data: { ask: ask.kind } })],
});

export async function requestRollback(
  ports: UseCasePorts,
  late: LateOrders,
  actor: Actor,
  target: Target,
  reason: string | null,
): ReturnType<Services['requestRollback']> {
  await assertMay(ports, actor, 'rollback', target);
  try {
    const running = await runningOf(ports, target);
    if (running) return await askRollback(ports, actor, running.rollout.id, reason);
    // A record that was just lost and is not yet restored: a fast lane would find no history either.
    const lost = await findOnRoute(ports, target).catch(() => null);
    if (lost && !(await isOnRecord(ports, lost.marks.rolloutId)))
      return await rollBackByRoute(ports, late, actor, lost, reason);
    return await fastLane(ports, actor, target, reason);
  } catch (error) {
    if (!isDabbawalaError(error, 'store_unavailable')) throw error;
    const found = await findOnRoute(ports, target);
    if (!found) throw noRolloutOnRoute(error, target);
    return rollBackByRoute(ports, late, actor, found, reason);
  }
}

const isOnRecord = async ({ store }: UseCasePorts, id: string): Promise<boolean> =>
  (await store.load(id)) !== null;

const noRolloutOnRoute = (error: DabbawalaError, { service }: Target): DabbawalaError =>
  new DabbawalaError('store_unavailable', error.message, {
    cause: error,
    hint: `No rollout has traffic on the route of ${service} now, and the way back to an older version needs the state store. Try again when it is back.`,
  });

export async function rollBackRollout(
  ports: UseCasePorts,
  late: LateOrders,
  actor: Actor,
  rolloutId: string,
  reason: string | null,
): ReturnType<Services['rollBackRollout']> {
  try {
    const { rollout } = await loadRunning(ports, rolloutId);
    await assertMay(ports, actor, 'rollback', rollout.target);
    return await askRollback(ports, actor, rolloutId, reason);
  } catch (error) {
    const isAway = isDabbawalaError(error, 'store_unavailable');
    if (!isAway && !isDabbawalaError(error, 'no_rollout')) throw error;
    const found = await findRollout(ports, rolloutId);
    // One that has ended has given its route back, and the record that says so is there.
    if (!found || (!isAway && (await isOnRecord(ports, rolloutId)))) throw error;
    await assertMay(ports, actor, 'rollback', found.target);
    return rollBackByRoute(ports, late, actor, found, reason);
  }
}

async function askRollback(
  ports: UseCasePorts,
  actor: Actor,
  rolloutId: string,
  reason: string | null,
): Promise<{ readonly kind: 'at-once' | 'withdrawn'; readonly stored: Stored }> {
  let kind: 'at-once' | 'withdrawn' = 'at-once';
  const stored = await changeRollout(ports, actor, rolloutId, (rollout, now) => {
    if (hasEnded(rollout))
      throw new DabbawalaError('no_rollout', `This rollout has ended: ${rollout.cause.text}.`, {
        hint: 'Type `rollback` for the service to go back to the last good version.',
      });
    if (rollout.phase === 'draining' && rollout.cause.code === 'drained')
      throw new DabbawalaError('not_now', 'This rollout is being promoted this very moment.', {
        hint: 'Ask again in a few seconds: it will go back by a fast lane.',
      });
    kind = BEFORE_APPROVAL.includes(rollout.phase) ? 'withdrawn' : 'at-once';
    return asked(
      rollout,
      { kind: 'rollback', by: actor.person, at: now, reason },
      `${actor.person.name ?? actor.person.id} asked for a rollback`,
    );
  });
  return { kind, stored };
}

/** No rollout runs: a rollout without approval to the last good digest alone, steps [100], probes and bake as ever. */
async function fastLane(
  ports: UseCasePorts,
  actor: Actor,
  target: Target,
  reason: string | null,
): ReturnType<Services['requestRollback']> {
  const rollouts = await knownHistory(ports, target);
  const live = await liveDigest(ports, target);
  const good = live === null ? null : lastGood(rollouts, live);
  if (!good && rollouts.length === 0) throw await nothingOnRecord(ports, target);
  if (!good)
    throw new DabbawalaError(
      'no_last_good',
      `No version of ${target.service} other than the live one ended well here, so there is nothing to go back to.`,
    );
  const stored = await begin(ports, actor, { target, version: good.digest, reason }, 'rollback', good.tag);
  return { kind: 'fast-lane', stored };
}

/**
 * A store that was wiped knows no version, and the colour that has no traffic still keeps one. Nobody knows any more
 * whether that one was left because it was bad, so it is named and not taken.
 */
async function nothingOnRecord(ports: UseCasePorts, target: Target): Promise<DabbawalaError> {
  const { service } = target;
  const kept = await idleVersion(ports, target).catch(() => null);
  return new DabbawalaError(
    'no_last_good',
    `No rollout of ${service} can be read here any more, so it is not known which version was good.`,
    {
      hint: kept
        ? `${kept.name} still keeps ${kept.version}, which was live before or was rolled back. If you know it as good: \`deploy ${service} ${kept.version}\`.`
        : 'If you know a version that works, deploy it.',
    },
  );
}

async function idleVersion(
  ports: UseCasePorts,
  target: Target,
): Promise<{ readonly name: string; readonly version: string } | null> {
  const { route, cluster, namespace, container } = planSettings(ports.config, target, 'rollback');
  const { percent } = await ports.router.read(route);
  const name = colourWorkload(target.service, percent.blue === 100 ? 'green' : 'blue');
  const idle = await ports.workloads.readDeployment({ cluster, namespace }, name, container);
  const version = idle?.version ?? idle?.image.tag ?? idle?.image.digest ?? null;
  return version === null ? null : { name, version };
}

/**
 * Newest first, up to the first record that cannot be read: with one missing in between, a version that was rolled back
 * could pass for good. A store that does not answer is no history at all.
 */
async function knownHistory(ports: UseCasePorts, target: Target): Promise<readonly Rollout[]> {
  const ids = await ports.targets.history(target, 50);
  const loaded = await Promise.all(
    ids.map((id) =>
      ports.store.load(id).catch((error: unknown) => {
        if (isDabbawalaError(error, 'store_unavailable')) throw error;
        return 'unreadable' as const;
      }),
    ),
  );
  const gap = loaded.indexOf('unreadable');
  return loaded
    .slice(0, gap < 0 ? undefined : gap)
    .flatMap((stored) => (stored && stored !== 'unreadable' ? [stored.rollout] : []));
}

/** Digest of the colour that the route serves now. */
async function liveDigest(ports: UseCasePorts, target: Target): Promise<string | null> {
  const { route, cluster, namespace, container } = planSettings(ports.config, target, 'rollback');
  const { percent } = await ports.router.read(route);
  const colour = percent.blue === 100 ? 'blue' : percent.green === 100 ? 'green' : null;
  if (!colour)
    throw new DabbawalaError(
      'route_unusable',
      `The route splits ${percent.blue} % to blue and ${percent.green} % to green though no rollout runs.`,
      {
        hint: 'Put all weight on the colour that works.',
      },
    );
  const live = await ports.workloads.readDeployment(
    { cluster, namespace },
    colourWorkload(target.service, colour),
    container,
  );
  return live?.image.digest ?? null;
}
