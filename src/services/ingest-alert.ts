/** From a sender's message to a durable entry: only then is the sender told that we have it. */
import type { Incoming } from '../core/alert/alert-group.ts';
import { groupIdOf, shardOf } from '../core/alert/fingerprint.ts';
import type { AlertStore } from '../ports/alert-store.ts';

export interface IngestPorts {
  readonly alerts: Pick<AlertStore, 'accept'>;
  /** Makes sure that somebody folds it soon. Losing it costs a sweep. */
  readonly wake: (shard: number) => void;
}

/** @throws `store_unavailable`: nothing is stored, the sender must try again */
export type IngestAlert = (incoming: Incoming) => Promise<void>;

export const createIngest =
  ({ alerts, wake }: IngestPorts): IngestAlert =>
  async (incoming) => {
    await alerts.accept(incoming);
    wake(shardOf(groupIdOf(incoming)));
  };
