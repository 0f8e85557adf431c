import type { Errands } from '../../src/ports/alertmanager.ts';

export class MemoryErrands implements Errands {
  readonly rows = new Map<string, number>();

  async all(): Promise<ReadonlyMap<string, number>> {
    return new Map(this.rows);
  }

  async add(groupId: string, now: number): Promise<void> {
    this.rows.set(groupId, now);
  }

  async remove(groupId: string): Promise<void> {
    this.rows.delete(groupId);
  }
}
