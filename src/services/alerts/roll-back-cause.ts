/** From an alert's card back to the version before: bound to the rollout that the card named, and to no later one. */
import { relatedRollouts } from '../../core/alert/correlation.ts';
import { hasEnded } from '../../core/rollout/rollout.ts';
import { DabbawalaError, isDabbawalaError } from '../../lib/errors.ts';
import type { Actor, RolloutActs } from '../services.ts';
import type { AlertActs, SeenGroup } from './alert-acts.ts';
import type { AlertPorts } from './alert-ports.ts';
import { changeGroup, loadGroup } from './change-group.ts';
import { rolloutsOf } from './relate-rollouts.ts';

/** How a rollout goes back: the same use cases as everywhere. */
export type WayBack = Pick<RolloutActs, 'rollBackRollout' | 'requestRollback'>;

const HISTORY = 10;

export async function rollBackCause(
  ports: AlertPorts,
  way: WayBack,
  actor: Actor,
  seen: SeenGroup,
  rolloutId: string,
): ReturnType<AlertActs['rollBackCause']> {
  // An older card of the alert may order it as well: it only takes traffic back.
  const stored = await loadGroup(ports, seen.id).catch((error: unknown) => {
    if (isDabbawalaError(error, 'store_unavailable')) return null;
    throw error;
  });
  // Without the store only the route can say whether the rollout still runs.
  if (stored === null) return way.rollBackRollout(actor, rolloutId, 'from an alert');
  const { group } = stored;
  if (!group.changes?.some((change) => change.rolloutId === rolloutId))
    throw new DabbawalaError('stale_button', `"${group.title}" does not name this rollout any more.`);
  const done = await goBack(ports, way, actor, rolloutId, `alert ${group.title}`);
  const name = done.kind === 'by-route' ? done.candidate : done.stored.rollout.target.service;
  // The order is given: that its line cannot be written changes nothing.
  await changeGroup(ports, actor, { id: seen.id, shown: String(group.episode) }, 'alert.rollback', (now) => ({
    next: now,
    line: `${actor.person.name ?? actor.person.id} rolls back ${name}`,
    data: { rollout: rolloutId },
  })).catch((error: unknown) =>
    ports.log.warn({ alertGroup: seen.id, why: String(error) }, 'a rollback is not in the thread'),
  );
  return done;
}

async function goBack(
  ports: AlertPorts,
  way: WayBack,
  actor: Actor,
  rolloutId: string,
  reason: string,
): ReturnType<AlertActs['rollBackCause']> {
  const stored = await ports.store.load(rolloutId);
  if (!stored) throw new DabbawalaError('no_rollout', `There is no rollout ${rolloutId}.`);
  const { rollout } = stored;
  if (!hasEnded(rollout)) return way.rollBackRollout(actor, rolloutId, reason);
  const known = await rolloutsOf(ports, rollout.target, HISTORY);
  const related = relatedRollouts(known, 0).find((one) => one.rolloutId === rolloutId);
  if (!related?.mayGoBack)
    throw new DabbawalaError(
      'stale_button',
      `${rollout.target.service} was changed again after this rollout, or went back already.`,
      { hint: 'Read the card as it is now, or type `rollback` for the service.' },
    );
  return way.requestRollback(actor, rollout.target, reason);
}
