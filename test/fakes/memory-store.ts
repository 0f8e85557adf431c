import { decodeRollout, encodeRollout } from '../../src/adapters/redis/state-codec.ts';
import type { AuditDraft, AuditRecord } from '../../src/core/audit.ts';
import { chainDrafts, GENESIS } from '../../src/core/audit-chain.ts';
import type { RestRecord } from '../../src/core/rest/record.ts';
import { hasEnded, type Rollout } from '../../src/core/rollout/rollout.ts';
import { type Target, targetKey } from '../../src/core/target.ts';
import { DabbawalaError } from '../../src/lib/errors.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type {
  AuditLog,
  CardState,
  Deliveries,
  Outbox,
  RolloutStore,
  StoreEpoch,
  TargetLock,
  TargetStore,
  ThreadLine,
} from '../../src/ports/rollout-store.ts';

interface Row {
  doc: string;
  rev: number;
  token: number;
  cardRev: number;
  postedRev: number;
  channel: string;
  ts: string | null;
  isPosting: boolean;
  lines: ThreadLine[];
}

/** A clock that moves when the test says so. */
export class MemoryClock implements Clock {
  #nowMs: number;

  constructor(nowMs = 1_700_000_000_000) {
    this.#nowMs = nowMs;
  }

  async now(): Promise<number> {
    return this.#nowMs;
  }

  get nowMs(): number {
    return this.#nowMs;
  }

  set(nowMs: number): void {
    this.#nowMs = nowMs;
  }

  advance(ms: number): void {
    this.#nowMs += ms;
  }
}

export interface MemoryStores {
  readonly rollouts: RolloutStore;
  readonly targets: TargetStore;
  readonly outbox: Outbox;
  readonly deliveries: Deliveries;
  readonly audit: AuditLog;
  readonly epoch: StoreEpoch;
  readonly clock: MemoryClock;
  /** While true every method (but the clock's) throws `store_unavailable`, as with Redis down. */
  setDown(isDown: boolean): void;
  /** Makes a stored rollout unreadable. */
  corrupt(id: string): void;
  /** FLUSHALL. */
  wipe(): void;
}

/**
 * The state store in memory, held to the same contract suite as the real one. Rollouts are kept as the
 * JSON that Redis would hold, through the same codec, so that no test can pass by sharing an object with the store or
 * by storing what the real one refuses.
 */
export const createMemoryStores = (clock = new MemoryClock()): MemoryStores => {
  const rows = new Map<string, Row>();
  const active = new Map<string, number>();
  const claims = new Map<string, { target: Target; rolloutId: string; takenAt: number }>();
  const turns = new Map<string, { readonly rolloutId: string; readonly until: number }>();
  const locks = new Map<string, TargetLock>();
  const rests = new Map<string, RestRecord>();
  const history = new Map<string, Map<string, number>>();
  const chains = new Map<string, AuditRecord[]>();
  const seen = new Map<string, number>();
  let isDown = false;
  let epoch: string | null = null;

  /** Async like the real store: two callers never see each other's half-done work, but may come in any order. */
  const reach = async <T>(action: () => T): Promise<T> => {
    await Promise.resolve();
    if (isDown) throw new DabbawalaError('store_unavailable', 'State store unavailable, nothing done.');
    return action();
  };

  const append = (chain: string, drafts: readonly AuditDraft[]): void => {
    const records = chains.get(chain) ?? [];
    records.push(...chainDrafts(records.at(-1) ?? GENESIS, structuredClone(drafts)));
    chains.set(chain, records);
  };
  const readChain = (chain: string): readonly AuditRecord[] => structuredClone(chains.get(chain) ?? []);

  const decode = (id: string, row: Row): Rollout => decodeRollout(id, row.doc);
  const isDirty = (row: Row): boolean => row.cardRev > row.postedRev || row.lines.length > 0;
  const byScore = (entries: Iterable<[string, number]>): readonly string[] =>
    [...entries].sort((a, b) => a[1] - b[1] || (a[0] < b[0] ? -1 : 1)).map(([id]) => id);

  const rollouts: RolloutStore = {
    create: async (rollout, audit, lines = []) => {
      const doc = encodeRollout(rollout);
      return reach(() => {
        if (rows.has(rollout.id))
          throw new DabbawalaError('state_conflict', `There is a rollout ${rollout.id} already.`);
        rows.set(rollout.id, {
          doc,
          rev: 1,
          token: 0,
          cardRev: 1,
          postedRev: 0,
          channel: rollout.channel,
          ts: null,
          isPosting: false,
          lines: lines.map((line, index) => ({
            ...structuredClone(line),
            id: `${rollout.id}-1-${index + 1}`,
          })),
        });
        append(rollout.id, audit);
        active.set(rollout.id, rollout.createdAt);
        return { rollout, rev: 1, token: 0 };
      });
    },
    load: (id) =>
      reach(() => {
        const row = rows.get(id);
        return row ? { rollout: decode(id, row), rev: row.rev, token: row.token } : null;
      }),
    save: async (id, change) => {
      const doc = encodeRollout(change.next);
      return reach(() => {
        const row = rows.get(id);
        if (!row) return { kind: 'conflict' };
        if (change.token !== null && row.token > change.token) return { kind: 'fenced', token: row.token };
        if (row.rev !== change.expectedRev) return { kind: 'conflict' };
        row.rev += 1;
        row.doc = doc;
        if (change.isDirty) row.cardRev = row.rev;
        for (const [index, line] of change.lines.entries())
          row.lines.push({ ...structuredClone(line), id: `${id}-${row.rev}-${index + 1}` });
        append(id, change.audit);
        if (hasEnded(change.next) && isDirty(row)) active.set(id, change.next.createdAt);
        return { kind: 'saved', rev: row.rev };
      });
    },
    takeToken: (id, floor) =>
      reach(() => {
        const row = rows.get(id);
        if (!row) throw new DabbawalaError('no_rollout', `There is no rollout ${id} to drive.`);
        row.token = Math.max(row.token + 1, floor);
        return row.token;
      }),
    active: () => reach(() => byScore(active)),
    forgetActive: (id) =>
      reach(() => {
        const row = rows.get(id);
        if (row && (isDirty(row) || !hasEnded(decode(id, row)))) return;
        active.delete(id);
      }),
    appendAudit: (id, drafts) => reach(() => append(id, drafts)),
    readAudit: (id) => reach(() => readChain(id)),
  };

  const turnOf = (target: Target): string | null => {
    const turn = turns.get(targetKey(target));
    return turn && turn.until > clock.nowMs ? turn.rolloutId : null;
  };

  const targets: TargetStore = {
    takeClaim: (target, rolloutId) =>
      reach(() => {
        const held = claims.get(targetKey(target));
        if (held && held.rolloutId !== rolloutId) return { kind: 'held', rolloutId: held.rolloutId };
        const waiting = turnOf(target);
        if (!held && waiting !== null && waiting !== rolloutId) return { kind: 'held', rolloutId: waiting };
        if (!held) {
          claims.set(targetKey(target), { target, rolloutId, takenAt: clock.nowMs });
          turns.delete(targetKey(target));
        }
        return { kind: 'taken' };
      }),
    takeTurn: (target, rolloutId) =>
      reach(() => {
        const waiting = turnOf(target);
        if (waiting !== null && waiting !== rolloutId) return { kind: 'held', rolloutId: waiting };
        turns.set(targetKey(target), { rolloutId, until: clock.nowMs + 60_000 });
        return { kind: 'taken' };
      }),
    readTurn: (target) => reach(() => turnOf(target)),
    readClaim: (target) => reach(() => claims.get(targetKey(target))?.rolloutId ?? null),
    releaseClaim: (target, rolloutId) =>
      reach(() => {
        if (claims.get(targetKey(target))?.rolloutId === rolloutId) claims.delete(targetKey(target));
        if (turnOf(target) === rolloutId) turns.delete(targetKey(target));
      }),
    claims: () => reach(() => [...claims.values()].map((claim) => ({ ...claim }))),
    lock: (target, lock, audit) =>
      reach(() => {
        const held = locks.get(targetKey(target));
        const isOwn =
          held?.owner.id === lock.owner.id ||
          (held !== undefined && held.owner.email !== null && held.owner.email === lock.owner.email);
        if (held && !isOwn) return { kind: 'held', lock: held };
        locks.set(targetKey(target), structuredClone(lock));
        append(targetKey(target), [audit]);
        return { kind: 'locked' };
      }),
    unlock: (target, audit) =>
      reach(() => {
        const held = locks.get(targetKey(target)) ?? null;
        if (!held) return null;
        locks.delete(targetKey(target));
        append(targetKey(target), [audit]);
        return held;
      }),
    readLock: (target) => reach(() => locks.get(targetKey(target)) ?? null),
    history: (target, limit) =>
      reach(() => [...byScore(history.get(targetKey(target)) ?? [])].reverse().slice(0, Math.max(0, limit))),
    appendHistory: (target, rolloutId, createdAt) =>
      reach(() => {
        const entries = history.get(targetKey(target)) ?? new Map<string, number>();
        history.set(targetKey(target), entries.set(rolloutId, createdAt));
      }),
    appendAudit: (target, drafts) => reach(() => append(targetKey(target), drafts)),
    readAudit: (target) => reach(() => readChain(targetKey(target))),
    readRest: (target) => reach(() => structuredClone(rests.get(targetKey(target)) ?? null)),
    saveRest: (target, record, audit) =>
      reach(() => {
        if ((rests.get(targetKey(target))?.rev ?? 0) !== record.rev - 1) return false;
        rests.set(targetKey(target), structuredClone(record));
        append(targetKey(target), audit);
        return true;
      }),
  };

  const cardOf = (id: string): readonly CardState[] => {
    const row = rows.get(id);
    if (!row || !isDirty(row)) return [];
    try {
      const { doc: _, token: __, ...card } = row;
      return [{ kind: 'rollout', ...structuredClone(card), id, rollout: decode(id, row) }];
    } catch {
      return [];
    }
  };

  const outbox: Outbox = {
    dirty: (channel) =>
      reach(() =>
        [...active.keys()]
          .flatMap(cardOf)
          .filter((card) => channel === undefined || card.channel === channel),
      ),
    markPosting: (id) =>
      reach(() => {
        const row = rows.get(id);
        if (row) row.isPosting = true;
      }),
    markPosted: (id, cardRev, ts) =>
      reach(() => {
        const row = rows.get(id);
        if (!row) return;
        row.isPosting = false;
        row.ts = ts;
        row.postedRev = ts === null ? 0 : Math.max(row.postedRev, cardRev);
      }),
    cardTs: (id) => reach(() => rows.get(id)?.ts ?? null),
    markLineSent: (id, lineId) =>
      reach(() => {
        const row = rows.get(id);
        if (row) row.lines = row.lines.filter((line) => line.id !== lineId);
      }),
  };

  return {
    rollouts,
    targets,
    outbox,
    deliveries: {
      isFirst: (key, ttlMs) =>
        reach(() => {
          if ((seen.get(key) ?? 0) > clock.nowMs) return false;
          seen.set(key, clock.nowMs + ttlMs);
          return true;
        }),
    },
    audit: { append: (drafts) => reach(() => append('', drafts)), read: () => reach(() => readChain('')) },
    epoch: {
      read: () => reach(() => epoch),
      begin: (name) =>
        reach(() => {
          epoch ??= name;
          return epoch;
        }),
    },
    clock,
    setDown: (down) => {
      isDown = down;
    },
    corrupt: (id) => {
      const row = rows.get(id);
      if (row) row.doc = '{"schemaVersion":1,"id":';
    },
    wipe: () => {
      for (const map of [rows, active, claims, locks, turns, rests, history, chains, seen]) map.clear();
      epoch = null;
    },
  };
};
