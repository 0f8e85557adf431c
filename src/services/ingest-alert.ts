/** From a sender's message to a durable entry: only then is the sender told that we have it. */
import type { Incoming } from '../core/alert/alert-group.ts';
import { groupIdOf, shardOf } from '../core/alert/fingerprint.ts';
import { type Heartbeat, splitBeats } from '../core/watch/heartbeat.ts';
import type { AlertStore } from '../ports/alert-store.ts';

export interface IngestPorts {
  readonly alerts: Pick<AlertStore, 'accept'>;
  readonly heartbeats: readonly Heartbeat[];
  /** A heartbeat was heard. Durable when it resolves. */
  readonly beat: (name: string) => Promise<void>;
  /** Makes sure that somebody folds it soon. Losing it costs a sweep. */
  readonly wake: (shard: number) => void;
}

/** @throws `store_unavailable`: nothing is stored, the sender must try again */
export type IngestAlert = (incoming: Incoming) => Promise<void>;

export const createIngest =
  ({ alerts, heartbeats, beat, wake }: IngestPorts): IngestAlert =>
  async (incoming) => {
    const { beats, rest } = splitBeats(heartbeats, incoming);
    await Promise.all(beats.map(beat));
    if (rest === null) return;
    await alerts.accept(rest);
    wake(shardOf(groupIdOf(rest)));
  };
