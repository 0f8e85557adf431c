import type { OrderedMute } from '../../src/core/alert/mute.ts';
import type { Override } from '../../src/core/alert/on-call.ts';
import type { AuditDraft, AuditRecord } from '../../src/core/audit.ts';
import { chainDrafts, GENESIS } from '../../src/core/audit-chain.ts';
import type { OnCallStore } from '../../src/ports/on-call-store.ts';

/** Who stands in, in memory. */
export class MemoryOnCall implements OnCallStore {
  readonly #overrides = new Map<number, Override>();
  readonly #mutes = new Map<string, OrderedMute>();
  #audit: readonly AuditRecord[] = [];

  async overrides(): Promise<readonly Override[]> {
    return [...this.#overrides.values()];
  }

  async setOverride(override: Override, audit: AuditDraft): Promise<void> {
    this.#overrides.set(override.level, override);
    this.#append(audit);
  }

  async clearOverride(level: number, audit: AuditDraft): Promise<Override | null> {
    const before = this.#overrides.get(level) ?? null;
    this.#overrides.delete(level);
    this.#append(audit);
    return before;
  }

  async mutes(): Promise<readonly OrderedMute[]> {
    return [...this.#mutes.values()];
  }

  async setMute(mute: OrderedMute, audit: AuditDraft): Promise<void> {
    this.#mutes.set(mute.name, mute);
    this.#append(audit);
  }

  async endMute(name: string, audit: AuditDraft): Promise<OrderedMute | null> {
    const before = this.#mutes.get(name) ?? null;
    this.#mutes.delete(name);
    this.#append(audit);
    return before;
  }

  async readAudit(): Promise<readonly AuditRecord[]> {
    return this.#audit;
  }

  #append(draft: AuditDraft): void {
    this.#audit = [...this.#audit, ...chainDrafts(this.#audit.at(-1) ?? GENESIS, [draft])];
  }
}
