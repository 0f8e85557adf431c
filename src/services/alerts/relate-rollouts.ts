/** Which rollouts of an alert's service ran or ended around its beginning, kept true while it is open. */
import type { About } from '../../core/alert/about.ts';
import { relatedRollouts } from '../../core/alert/correlation.ts';
import type { Rollout } from '../../core/rollout/rollout.ts';
import type { Target } from '../../core/target.ts';
import { isDabbawalaError } from '../../lib/errors.ts';
import { listTargets } from '../show-target.ts';
import type { AlertPorts } from './alert-ports.ts';
import type { Look } from './look-around.ts';

/** Rollouts of one target that are looked at: more in an hour nobody deploys. */
const HISTORY = 10;
const SHOWN_AT_MOST = 3;

export const targetsOf = (
  ports: Pick<AlertPorts, 'config'>,
  { service, environment }: About,
): readonly Target[] =>
  listTargets(ports).filter(
    (target) => target.service === service && (environment === null || target.environment === environment),
  );

export const relateRollouts =
  (ports: AlertPorts): Look =>
  async (group, about) => {
    const found = await Promise.all(
      targetsOf(ports, about).map(async (target) =>
        relatedRollouts(await rolloutsOf(ports, target, HISTORY), group.since),
      ),
    );
    const changes = found
      .flat()
      .sort((a, b) => b.startedAt - a.startedAt)
      .slice(0, SHOWN_AT_MOST);
    if (JSON.stringify(changes) === JSON.stringify(group.changes ?? [])) return null;
    return { patch: { changes }, lines: [] };
  };

/** Newest first. */
export async function rolloutsOf(
  { targets, store }: Pick<AlertPorts, 'targets' | 'store'>,
  target: Target,
  atMost: number,
): Promise<readonly Rollout[]> {
  const ids = await targets.history(target, atMost);
  const loaded = await Promise.all(
    ids.map((id) =>
      store.load(id).catch((error: unknown) => {
        if (isDabbawalaError(error, 'store_unavailable')) throw error;
        // One that cannot be read hides no other.
        return null;
      }),
    ),
  );
  return loaded.flatMap((stored) => (stored ? [stored.rollout] : []));
}
