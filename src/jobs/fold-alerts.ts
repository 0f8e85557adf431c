/** The net under the alerts: what was accepted and not folded, and what is over without a word. On every replica. */
import { isDabbawalaError } from '../lib/errors.ts';
import type { Log } from '../lib/log.ts';
import type { AlertStore } from '../ports/alert-store.ts';
import type { Clock } from '../ports/clock.ts';

export interface FoldAlertsDeps {
  readonly alerts: Pick<AlertStore, 'waiting'>;
  readonly clock: Clock;
  readonly folder: { wake(shard: number): void; endQuiet(): Promise<void> };
  readonly onWaiting: (messages: number, oldestMs: number) => void;
  readonly log: Log;
}

export const FOLD_ALERTS = { name: 'fold-alerts', pattern: '*/5 * * * * *' } as const;
export const END_QUIET = { name: 'end-quiet-alerts', pattern: '20 * * * * *' } as const;

/** Never throws: with the store away nothing can be folded. */
export async function foldWaiting({ alerts, clock, folder, onWaiting, log }: FoldAlertsDeps): Promise<void> {
  try {
    const { shards, messages, oldestAt } = await alerts.waiting();
    onWaiting(messages, oldestAt === null ? 0 : Math.max(0, (await clock.now()) - oldestAt));
    for (const shard of shards) folder.wake(shard);
  } catch (error) {
    const level = isDabbawalaError(error, 'store_unavailable') ? 'debug' : 'error';
    log[level]({ err: error }, 'no look at waiting alerts');
  }
}
