import type { PageRecord, PageStore } from '../../src/ports/pager.ts';

/** What a paging service was told, in memory. */
export class MemoryPages implements PageStore {
  readonly rows = new Map<string, PageRecord>();

  async pages(): Promise<readonly PageRecord[]> {
    return [...this.rows.values()];
  }

  async add(record: PageRecord): Promise<boolean> {
    if (this.rows.has(record.key)) return false;
    this.rows.set(record.key, record);
    return true;
  }

  async put(record: PageRecord): Promise<void> {
    this.rows.set(record.key, record);
  }

  async remove(key: string): Promise<void> {
    this.rows.delete(key);
  }
}
