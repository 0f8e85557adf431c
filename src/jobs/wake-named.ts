/** Groups that a digest told of are undelivered to nobody, but they wait for their own cards: somebody must look at the calm. */
import { isDabbawalaError } from '../lib/errors.ts';
import type { Log } from '../lib/log.ts';
import type { AlertOutbox } from '../ports/digest-store.ts';
import type { DriveQueue } from '../ports/drive-queue.ts';

export const WAKE_NAMED = { name: 'wake-named-alerts', pattern: '*/5 * * * * *' } as const;

/** Never throws: with the store away there is nobody to wake for. */
export async function wakeNamed(
  alerts: Pick<AlertOutbox, 'namedChannels'>,
  queue: Pick<DriveQueue, 'wakeChannel'>,
  log: Log,
): Promise<void> {
  try {
    for (const channel of await alerts.namedChannels()) await queue.wakeChannel(channel);
  } catch (error) {
    const level = isDabbawalaError(error, 'store_unavailable') ? 'debug' : 'error';
    log[level]({ err: error }, 'no look at alerts that wait for their own card');
  }
}
