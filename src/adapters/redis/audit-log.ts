import type { AuditDraft, AuditRecord } from '../../core/audit.ts';
import type { AuditLog } from '../../ports/rollout-store.ts';
import { type ChainWriter, readChain } from './chain-writer.ts';
import { keys } from './keys.ts';
import type { StoreClient } from './store-client.ts';

export class RedisAuditLog implements AuditLog {
  readonly #client: StoreClient;
  readonly #chains: ChainWriter;

  constructor(client: StoreClient, chains: ChainWriter) {
    this.#client = client;
    this.#chains = chains;
  }

  append(drafts: readonly AuditDraft[]): Promise<void> {
    return this.#client.call('write the audit trail', async (signal) => {
      await this.#chains.append(keys.generalAudit, drafts, signal, (args) =>
        this.#client.run('append-audit', [keys.generalAudit], args),
      );
    });
  }

  read(): Promise<readonly AuditRecord[]> {
    return this.#client.call('read the audit trail', () => readChain(this.#client, keys.generalAudit));
  }
}
