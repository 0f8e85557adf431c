import type { AuditDraft, AuditRecord } from '../../core/audit.ts';
import type { RestRecord } from '../../core/rest/record.ts';
import type { Target } from '../../core/target.ts';
import type { TargetLock, TargetStore } from '../../ports/rollout-store.ts';
import { type ChainWriter, readChain } from './chain-writer.ts';
import { claimMember, keys, parseClaimMember } from './keys.ts';
import { decodeRest } from './rest-codec.ts';
import { decodeLock } from './state-codec.ts';
import type { StoreClient } from './store-client.ts';

/** A place in the queue that nobody looks after any more goes to others after this time. */
const TURN_VALID_MS = 60_000;

/** `<rolloutId> <takenAt>`, as claim.lua writes it. */
export const parseClaim = (stored: string): { readonly rolloutId: string; readonly takenAt: number } => {
  const [rolloutId = '', takenAt = '0'] = stored.split(' ');
  return { rolloutId, takenAt: Number(takenAt) };
};

export class RedisTargetStore implements TargetStore {
  readonly #client: StoreClient;
  readonly #chains: ChainWriter;

  constructor(client: StoreClient, chains: ChainWriter) {
    this.#client = client;
    this.#chains = chains;
  }

  takeClaim(
    target: Target,
    rolloutId: string,
  ): Promise<{ readonly kind: 'taken' } | { readonly kind: 'held'; readonly rolloutId: string }> {
    return this.#client.call('claim a target', async () => {
      const { redis, keepsOrder } = this.#client;
      const own = claimMember(target, rolloutId);
      const claimed = this.#client.run('claim', [keys.claim(target), keys.turn(target)], [rolloutId]);
      // Nearly always the claim is free: its index entry goes right behind it, so that the person who waits pays for one
      // way to Redis. The score is for people who look; the sweeper reads the time in the claim.
      const noted = keepsOrder ? redis.zadd(keys.claims, Date.now(), own) : null;
      const [reply] = await Promise.all([claimed, noted]);
      const holder = parseClaim(reply[1] ?? '');
      if (reply[0] === 'waiting') {
        await redis.zrem(keys.claims, own);
        return { kind: 'held', rolloutId: holder.rolloutId };
      }
      const isOurs = holder.rolloutId === rolloutId;
      if (isOurs && keepsOrder) return { kind: 'taken' };
      if (!isOurs && keepsOrder) await redis.zrem(keys.claims, own);
      // Written whoever holds it: a claim whose taker died before this line comes to light when it stands in the way.
      await redis.zadd(keys.claims, holder.takenAt, claimMember(target, holder.rolloutId));
      return isOurs ? { kind: 'taken' } : { kind: 'held', rolloutId: holder.rolloutId };
    });
  }

  readClaim(target: Target): Promise<string | null> {
    return this.#client.call('read a claim', async () => {
      const stored = await this.#client.redis.get(keys.claim(target));
      return stored === null ? null : parseClaim(stored).rolloutId;
    });
  }

  takeTurn(
    target: Target,
    rolloutId: string,
  ): Promise<{ readonly kind: 'taken' } | { readonly kind: 'held'; readonly rolloutId: string }> {
    return this.#client.call('wait for a claim', async () => {
      const [kind, holder] = await this.#client.run(
        'turn',
        [keys.turn(target)],
        [rolloutId, String(TURN_VALID_MS)],
      );
      return kind === 'done' ? { kind: 'taken' } : { kind: 'held', rolloutId: holder ?? '' };
    });
  }

  readTurn(target: Target): Promise<string | null> {
    return this.#client.call('read who waits for a claim', () => this.#client.redis.get(keys.turn(target)));
  }

  releaseClaim(target: Target, rolloutId: string): Promise<void> {
    return this.#client.call('release a claim', async () => {
      await this.#client.run('release', [keys.claim(target), keys.turn(target)], [rolloutId]);
      await this.#client.redis.zrem(keys.claims, claimMember(target, rolloutId));
    });
  }

  claims(): Promise<
    readonly { readonly target: Target; readonly rolloutId: string; readonly takenAt: number }[]
  > {
    return this.#client.call('list claims', async () => {
      const members = await this.#client.redis.zrange(keys.claims, '0', '-1');
      const looked = await Promise.all(members.map((member) => this.#lookAtClaim(member)));
      return looked.filter((claim) => claim !== null);
    });
  }

  lock(
    target: Target,
    lock: TargetLock,
    audit: AuditDraft,
  ): Promise<{ readonly kind: 'locked' } | { readonly kind: 'held'; readonly lock: TargetLock }> {
    return this.#client.call('lock a target', async (signal) => {
      const stream = keys.targetAudit(target);
      const reply = await this.#chains.append(stream, [audit], signal, (args) =>
        this.#client.run(
          'lock',
          [keys.lock(target), stream],
          [lock.owner.id, lock.owner.email ?? '', JSON.stringify(lock), ...args],
        ),
      );
      return reply[0] === 'held'
        ? { kind: 'held', lock: decodeLock('', reply[1] ?? '') }
        : { kind: 'locked' };
    });
  }

  unlock(target: Target, audit: AuditDraft): Promise<TargetLock | null> {
    return this.#client.call('unlock a target', async (signal) => {
      const stream = keys.targetAudit(target);
      const reply = await this.#chains.append(stream, [audit], signal, (args) =>
        this.#client.run('unlock', [keys.lock(target), stream], args),
      );
      return reply[0] === 'done' ? decodeLock('', reply[1] ?? '') : null;
    });
  }

  readLock(target: Target): Promise<TargetLock | null> {
    return this.#client.call('read a lock', async () => {
      const [owner, doc] = await this.#client.redis.hmget(keys.lock(target), 'owner', 'doc');
      return owner === null || owner === undefined ? null : decodeLock(owner, doc ?? '');
    });
  }

  history(target: Target, limit: number): Promise<readonly string[]> {
    return this.#client.call('read history', async () =>
      limit <= 0 ? [] : this.#client.redis.zrevrange(keys.history(target), 0, limit - 1),
    );
  }

  appendHistory(target: Target, rolloutId: string, createdAt: number): Promise<void> {
    return this.#client.call('write history', async () => {
      await this.#client.redis.zadd(keys.history(target), createdAt, rolloutId);
    });
  }

  appendAudit(target: Target, drafts: readonly AuditDraft[]): Promise<void> {
    return this.#client.call('write the audit trail', async (signal) => {
      const stream = keys.targetAudit(target);
      await this.#chains.append(stream, drafts, signal, (args) =>
        this.#client.run('append-audit', [stream], args),
      );
    });
  }

  readAudit(target: Target): Promise<readonly AuditRecord[]> {
    return this.#client.call('read the audit trail', () => readChain(this.#client, keys.targetAudit(target)));
  }

  readRest(target: Target): Promise<RestRecord | null> {
    return this.#client.call('read what was said at rest', async () => {
      const [rev, doc] = await this.#client.redis.hmget(keys.rest(target), 'rev', 'doc');
      return rev === null || rev === undefined ? null : decodeRest(Number(rev), doc ?? '');
    });
  }

  saveRest(target: Target, record: RestRecord, audit: readonly AuditDraft[]): Promise<boolean> {
    return this.#client.call('write what is said at rest', async (signal) => {
      const stream = keys.targetAudit(target);
      const reply = await this.#chains.append(stream, audit, signal, (args) =>
        this.#client.run(
          'save-rest',
          [keys.rest(target), stream],
          [record.rev - 1, record.rev, JSON.stringify(record), ...args],
        ),
      );
      return reply[0] === 'done';
    });
  }

  /** The claim behind an index entry; an entry whose claim is gone or another's is removed. */
  async #lookAtClaim(
    member: string,
  ): Promise<{ readonly target: Target; readonly rolloutId: string; readonly takenAt: number } | null> {
    const entry = parseClaimMember(member);
    const stored = entry && (await this.#client.redis.get(keys.claim(entry.target)));
    const claim = stored ? parseClaim(stored) : null;
    if (entry && claim && claim.rolloutId === entry.rolloutId) return { target: entry.target, ...claim };
    await this.#client.redis.zrem(keys.claims, member);
    return null;
  }
}
