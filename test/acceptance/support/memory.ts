/** What the bot keeps in Redis, read behind its back. */
import type { Redis } from 'ioredis';
import type { AnyWorld } from '../../../sandbox/world/world.ts';
import type { AuditRecord } from '../../../src/core/audit.ts';
import { verifyChain } from '../../../src/core/audit-chain.ts';
import { rawClient } from '../../support/redis.ts';
import { until } from './lane.ts';

interface StoredRollout {
  readonly id: string;
  readonly kind: string;
  readonly version: string;
  readonly phase: string;
  readonly outcome: string | null;
  readonly target: { readonly service: string };
  readonly cause: { readonly code: string; readonly text: string };
  readonly probes: readonly { readonly name: string; readonly status: string }[];
  readonly approvals: readonly { readonly state: string; readonly votes: readonly unknown[] }[];
}

export class Memory {
  readonly #redis: Redis;

  constructor(world: AnyWorld) {
    this.#redis = rawClient(world.redis.port);
  }

  close(): void {
    this.#redis.disconnect();
  }

  async rollouts(service: string): Promise<readonly StoredRollout[]> {
    const keys = await this.#redis.keys('db:{r:*}:s');
    const docs = await Promise.all(keys.map((key) => this.#redis.hget(key, 'doc')));
    return docs
      .filter((doc) => doc !== null)
      .map((doc) => JSON.parse(doc) as StoredRollout)
      .filter((rollout) => rollout.target.service === service);
  }

  /** The one that runs; fails when there is none. */
  async running(service: string): Promise<StoredRollout> {
    const id = await this.claim(service);
    const found = (await this.rollouts(service)).find((rollout) => rollout.id === id);
    if (!found) throw new Error(`no rollout of ${service} holds a claim`);
    return found;
  }

  /** Rollout id that holds the claim of the service in prod. */
  async claim(service: string): Promise<string | null> {
    return (await this.#redis.get(`db:{svc:${service}/prod/-}:claim`))?.split(' ')[0] ?? null;
  }

  async isFree(service: string): Promise<void> {
    await until(`the claim of ${service} is free`, async () =>
      (await this.claim(service)) === null ? true : null,
    );
  }

  /** Every audit record there is; of one service when named. */
  async audit(service?: string): Promise<readonly AuditRecord[]> {
    const streams = await this.#streams();
    return [...streams.values()]
      .flat()
      .filter(({ object }) => service === undefined || object.startsWith(`${service}/`));
  }

  /** Resolves with the first record that fits. */
  recorded(what: string, fits: (record: AuditRecord) => boolean): Promise<AuditRecord> {
    return until(`an audit record of ${what}`, async () => (await this.audit()).find(fits) ?? null, 5000);
  }

  /** Faults of the hash chains; must be empty. */
  async brokenChains(): Promise<readonly string[]> {
    return [...(await this.#streams())].flatMap(([stream, records]) => {
      const fault = verifyChain(records);
      return fault ? [`${stream}: ${fault.message}`] : [];
    });
  }

  async #streams(): Promise<ReadonlyMap<string, readonly AuditRecord[]>> {
    const names = (await this.#redis.keys('db:{*}:a')).filter((name) => name !== 'db:{act}');
    const entries = await Promise.all(
      names.map(async (name) => {
        const rows = await this.#redis.xrange(name, '-', '+');
        const records = rows.map(([, fields]): AuditRecord => {
          const field = (key: string): string => fields[fields.indexOf(key) + 1] ?? '';
          return { ...JSON.parse(field('rec')), hash: field('hash') } as AuditRecord;
        });
        return [name, records] as const;
      }),
    );
    return new Map(entries);
  }
}
