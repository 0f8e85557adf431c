import type { BeatRecord } from '../../src/core/watch/heartbeat.ts';
import type { LateRecord } from '../../src/core/watch/late.ts';
import type { WatchStore } from '../../src/ports/watch-store.ts';

/** What the bot remembers of its own watch, in memory. */
export class MemoryWatch implements WatchStore {
  readonly #last = new Map<string, number>();
  #beats: BeatRecord | null = null;
  #late: LateRecord | null = null;

  async beat(name: string, at: number): Promise<void> {
    this.#last.set(name, at);
  }

  async lastBeats(): Promise<Readonly<Record<string, number>>> {
    return Object.fromEntries(this.#last);
  }

  async readBeats(): Promise<BeatRecord | null> {
    return this.#beats;
  }

  async saveBeats(record: BeatRecord): Promise<boolean> {
    if (record.rev !== (this.#beats?.rev ?? 0) + 1) return false;
    this.#beats = record;
    return true;
  }

  async readLate(): Promise<LateRecord | null> {
    return this.#late;
  }

  async saveLate(record: LateRecord): Promise<boolean> {
    if (record.rev !== (this.#late?.rev ?? 0) + 1) return false;
    this.#late = record;
    return true;
  }
}
