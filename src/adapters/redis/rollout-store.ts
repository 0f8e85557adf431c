import type { AuditDraft, AuditRecord } from '../../core/audit.ts';
import { END_PHASES, hasEnded, type Rollout } from '../../core/rollout/rollout.ts';
import { DabbawalaError } from '../../lib/errors.ts';
import type { RolloutChange, RolloutStore, SaveResult, Stored } from '../../ports/rollout-store.ts';
import { type ChainWriter, readChain } from './chain-writer.ts';
import { keys } from './keys.ts';
import type { ReadRollouts } from './read-rollouts.ts';
import { encodeLine } from './state-codec.ts';
import type { StoreClient } from './store-client.ts';

/** An id on the active list without a state is a creation under way, until it is this old. */
export const ORPHAN_AGE_MS = 60_000;

const encodeLines = (id: string, rev: number, lines: RolloutChange['lines']): readonly string[] =>
  lines.map((line, index) => encodeLine({ ...line, id: `${id}-${rev}-${index + 1}` }));

export class RedisRolloutStore implements RolloutStore {
  readonly #client: StoreClient;
  readonly #chains: ChainWriter;
  readonly #rollouts: ReadRollouts;

  constructor(client: StoreClient, chains: ChainWriter, rollouts: ReadRollouts) {
    this.#client = client;
    this.#chains = chains;
    this.#rollouts = rollouts;
  }

  async create(
    rollout: Rollout,
    audit: readonly AuditDraft[],
    lines: RolloutChange['lines'] = [],
  ): Promise<Stored> {
    const doc = this.#rollouts.encode(rollout);
    const encoded = encodeLines(rollout.id, 1, lines);
    return this.#client.call('create a rollout', async (signal) => {
      // Announced first, so that a crash in between leaves a name without a rollout (which is swept away) and never a
      // rollout that nobody drives; and again behind it, in case it was swept away meanwhile. One connection keeps the
      // order of what is sent, so that a person who waits pays for one way to Redis and not for three.
      const activate = (): Promise<void> => this.#activate(rollout.id, rollout.createdAt);
      const announced = activate();
      if (!this.#client.keepsOrder) await announced;
      const stream = keys.rolloutAudit(rollout.id);
      const created = this.#chains.append(stream, audit, signal, async (args) => {
        const reply = this.#client.run(
          'create',
          [keys.state(rollout.id), keys.lines(rollout.id), stream],
          [rollout.phase, doc, rollout.channel, encoded.length, ...encoded, ...args],
        );
        if (this.#client.keepsOrder) await Promise.all([reply, activate()]);
        return reply;
      });
      const [reply] = await Promise.all([created, announced]);
      if (reply[0] === 'exists')
        throw new DabbawalaError('state_conflict', `There is a rollout ${rollout.id} already.`);
      if (!this.#client.keepsOrder) await activate();
      return { rollout, rev: 1, token: 0 };
    });
  }

  load(id: string): Promise<Stored | null> {
    return this.#client.call('load a rollout', async () => {
      const [doc, rev, token] = await this.#client.redis.hmget(keys.state(id), 'doc', 'rev', 'token');
      if (doc === null && rev === null && token === null) return null;
      return {
        rollout: this.#rollouts.decode(id, doc ?? ''),
        rev: Number(rev ?? 0),
        token: Number(token ?? 0),
      };
    });
  }

  async save(id: string, change: RolloutChange): Promise<SaveResult> {
    const doc = this.#rollouts.encode(change.next);
    const lines = encodeLines(id, change.expectedRev + 1, change.lines);
    return this.#client.call('save a rollout', async (signal) => {
      const stream = keys.rolloutAudit(id);
      const reply = await this.#chains.append(stream, change.audit, signal, (args) =>
        this.#client.run(
          'save',
          [keys.state(id), keys.lines(id), stream],
          [
            change.expectedRev,
            change.token ?? '',
            change.next.phase,
            doc,
            change.isDirty ? 1 : 0,
            lines.length,
            ...lines,
            ...args,
          ],
        ),
      );
      if (reply[0] === 'fenced') return { kind: 'fenced', token: Number(reply[1]) };
      if (reply[0] !== 'done') return { kind: 'conflict' };
      // What happens after the end must still be delivered, though the rollout may have left the list.
      if (hasEnded(change.next) && (change.isDirty || lines.length > 0))
        await this.#activate(id, change.next.createdAt);
      return { kind: 'saved', rev: Number(reply[1]) };
    });
  }

  takeToken(id: string, floor: number): Promise<number> {
    return this.#client.call('take a rollout over', async () => {
      const reply = await this.#client.run('take-token', [keys.state(id)], [floor]);
      if (reply[0] === 'missing')
        throw new DabbawalaError('no_rollout', `There is no rollout ${id} to drive.`, {
          data: { rolloutId: id },
        });
      return Number(reply[1]);
    });
  }

  active(): Promise<readonly string[]> {
    return this.#client.call('list rollouts', () => this.#client.redis.zrange(keys.active, '0', '-1'));
  }

  forgetActive(id: string): Promise<void> {
    return this.#client.call('forget a rollout', async () => {
      if (!(await this.#isForgettable(id))) return;
      const createdAt = await this.#client.redis.zscore(keys.active, id);
      if (createdAt === null) return;
      await this.#client.redis.zrem(keys.active, id);
      // Somebody may have saved a last word between the look and the removal.
      const [answer] = await this.#settled(id);
      if (answer === 'live') await this.#activate(id, Number(createdAt));
    });
  }

  appendAudit(id: string, drafts: readonly AuditDraft[]): Promise<void> {
    return this.#client.call('write the audit trail', async (signal) => {
      const stream = keys.rolloutAudit(id);
      await this.#chains.append(stream, drafts, signal, (args) =>
        this.#client.run('append-audit', [stream], args),
      );
    });
  }

  readAudit(id: string): Promise<readonly AuditRecord[]> {
    return this.#client.call('read the audit trail', () => readChain(this.#client, keys.rolloutAudit(id)));
  }

  #settled(id: string): Promise<readonly string[]> {
    return this.#client.run('is-settled', [keys.state(id), keys.lines(id)], END_PHASES);
  }

  async #isForgettable(id: string): Promise<boolean> {
    const [answer] = await this.#settled(id);
    if (answer !== 'missing') return answer === 'settled';
    const [createdAt, [seconds]] = await Promise.all([
      this.#client.redis.zscore(keys.active, id),
      this.#client.redis.time(),
    ]);
    return createdAt !== null && Number(seconds) * 1000 - Number(createdAt) > ORPHAN_AGE_MS;
  }

  async #activate(id: string, createdAt: number): Promise<void> {
    await this.#client.redis.zadd(keys.active, createdAt, id);
  }
}
