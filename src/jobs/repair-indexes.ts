/** Index entries that a crash left out are written again: at the start and once an hour, since it reads every key. */
import { isDabbawalaError } from '../lib/errors.ts';
import type { Log } from '../lib/log.ts';

export const REPAIR_INDEXES = { name: 'repair-indexes', pattern: '0 17 * * * *' } as const;

/** Never throws. */
export async function repairIndexes(repair: () => Promise<number>, log: Log): Promise<void> {
  try {
    const written = await repair();
    if (written > 0) log.warn({ written }, 'index entries were missing and are back');
  } catch (error) {
    if (isDabbawalaError(error, 'store_unavailable'))
      log.info({}, 'indexes not looked at: the state store is away');
    else log.error({ err: error }, 'indexes could not be repaired');
  }
}
