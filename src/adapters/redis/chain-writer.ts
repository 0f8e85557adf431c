import type { AuditDraft, AuditRecord } from '../../core/audit.ts';
import { type ChainHead, canonicalBody, chainDrafts, GENESIS } from '../../core/audit-chain.ts';
import { DabbawalaError } from '../../lib/errors.ts';
import type { Reply, StoreClient } from './store-client.ts';

/** Other replicas append too: each lost race costs one round trip. */
const MAX_RACES = 30;
/** Remembered heads; a forgotten or stale one costs one round trip, the script tells the true head. */
const MAX_HEADS = 2000;

/** A script's arguments for `records`, as audit.lua reads them. */
const auditArgs = (head: ChainHead, records: readonly AuditRecord[]): readonly (string | number)[] => [
  head.hash,
  records.length,
  ...records.flatMap((record) => [record.seq, record.hash, canonicalBody(record)]),
];

/**
 * Chains audit records onto streams. SHA-256 cannot be computed in a script, so the hash is computed here for the head
 * we believe in, and the script refuses when the stream has another.
 */
export class ChainWriter {
  readonly #heads = new Map<string, ChainHead>();
  readonly #queues = new Map<string, Promise<unknown>>();

  /** Runs `attempt` with the audit arguments until its script accepts their head. Appends to one stream take turns. */
  append(
    stream: string,
    drafts: readonly AuditDraft[],
    signal: AbortSignal,
    attempt: (args: readonly (string | number)[]) => Promise<Reply>,
  ): Promise<Reply> {
    const turn = (this.#queues.get(stream) ?? Promise.resolve()).then(() =>
      this.#race(stream, drafts, signal, attempt),
    );
    const settled = turn.catch(() => undefined);
    this.#queues.set(stream, settled);
    void settled.then(() => {
      if (this.#queues.get(stream) === settled) this.#queues.delete(stream);
    });
    return turn;
  }

  async #race(
    stream: string,
    drafts: readonly AuditDraft[],
    signal: AbortSignal,
    attempt: (args: readonly (string | number)[]) => Promise<Reply>,
  ): Promise<Reply> {
    for (let race = 0; race < MAX_RACES; race += 1) {
      signal.throwIfAborted();
      const head = this.#heads.get(stream) ?? GENESIS;
      const records = chainDrafts(head, drafts);
      const reply = await attempt(auditArgs(head, records));
      if (reply[0] === 'head') {
        this.#remember(stream, { seq: Number(reply[1]), hash: reply[2] ?? '' });
        continue;
      }
      if (reply[0] === 'done') this.#remember(stream, records.at(-1) ?? head);
      return reply;
    }
    throw new DabbawalaError('state_conflict', 'Too many others write to the same audit trail at once.', {
      data: { stream },
    });
  }

  #remember(stream: string, { seq, hash }: ChainHead): void {
    this.#heads.delete(stream);
    this.#heads.set(stream, { seq, hash });
    if (this.#heads.size > MAX_HEADS) {
      const [oldest] = this.#heads.keys();
      if (oldest !== undefined) this.#heads.delete(oldest);
    }
  }
}

/** A record that does not parse stays visible as a fault: it gets a hash that cannot verify. */
const decodeRecord = (fields: readonly string[]): AuditRecord => {
  const field = (name: string): string => fields[fields.indexOf(name) + 1] ?? '';
  try {
    return { ...JSON.parse(field('rec')), hash: field('hash') } as AuditRecord;
  } catch {
    return {
      at: 0,
      actor: null,
      origin: { via: 'engine', team: null, channel: null },
      action: 'unreadable',
      object: '',
      outcome: 'failed',
      planDigest: null,
      data: {},
      seq: Number(field('seq')) || 0,
      prevHash: '',
      hash: field('hash'),
    };
  }
};

export const readChain = async (client: StoreClient, stream: string): Promise<readonly AuditRecord[]> =>
  (await client.redis.xrange(stream, '-', '+')).map(([, fields]) => decodeRecord(fields));
