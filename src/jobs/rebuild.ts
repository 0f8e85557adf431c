/** What the store has lost is restored from the cluster: at the start, and when the store has another epoch. */
import { isDabbawalaError } from '../lib/errors.ts';
import type { Log } from '../lib/log.ts';

/** One GET on every replica; routes are read only when it tells of a loss. */
export const REBUILD = { name: 'rebuild', pattern: '*/5 * * * * *' } as const;

/** Never throws. */
export async function rebuild(look: () => Promise<void>, log: Log): Promise<void> {
  try {
    await look();
  } catch (error) {
    if (isDabbawalaError(error, 'store_unavailable'))
      log.debug({}, 'no lost rollouts looked for: the state store is away');
    else log.error({ err: error }, 'lost rollouts could not be restored');
  }
}
