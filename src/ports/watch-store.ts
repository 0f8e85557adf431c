import type { BeatRecord } from '../core/watch/heartbeat.ts';
import type { LateRecord } from '../core/watch/late.ts';

/**
 * What the bot remembers of its own watch. Compare-and-set on `rev`: false where the stored one is not the one before. A
 * record that cannot be read is begun anew. All throw `store_unavailable`.
 */
export interface WatchStore {
  /** A heartbeat was heard now. Durable when it resolves. @param at ms since the epoch */
  beat(name: string, at: number): Promise<void>;
  /** ms since the epoch, by name. */
  lastBeats(): Promise<Readonly<Record<string, number>>>;
  readBeats(): Promise<BeatRecord | null>;
  saveBeats(record: BeatRecord): Promise<boolean>;
  readLate(): Promise<LateRecord | null>;
  saveLate(record: LateRecord): Promise<boolean>;
}
