import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { AuditDraft, AuditRecord } from '../../src/core/audit.ts';
import { canonicalBody, chainDrafts, GENESIS, verifyChain } from '../../src/core/audit-chain.ts';

const draft = (action: string, overrides: Partial<AuditDraft> = {}): AuditDraft => ({
  at: 1_700_000_000_000,
  actor: { id: 'U1', name: 'asha', email: null },
  origin: { via: 'command', team: 'T1', channel: 'C1' },
  action,
  object: 'r-000000000001',
  outcome: 'done',
  planDigest: null,
  data: { weight: 25, from: 'v1' },
  ...overrides,
});

const chain = chainDrafts(
  GENESIS,
  ['a', 'b', 'c', 'd', 'e'].map((action) => draft(action)),
);
const at = (index: number): AuditRecord => {
  const record = chain[index];
  if (!record) throw new Error(`no record ${index}`);
  return record;
};
const replaced = (index: number, change: Partial<AuditRecord>): readonly AuditRecord[] =>
  chain.with(index, { ...at(index), ...change });

describe('chainDrafts', () => {
  it('numbers from 1 and names the hash before', () => {
    expect(chain.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5]);
    expect(chain.map(({ prevHash }) => prevHash)).toEqual([
      GENESIS.hash,
      ...chain.slice(0, 4).map(({ hash }) => hash),
    ]);
  });

  it('hashes prevHash and the canonical JSON of the record without hash', () => {
    const body =
      '{"action":"a","actor":{"email":null,"id":"U1","name":"asha"},"at":1700000000000,"data":{"from":"v1","weight":25},' +
      '"object":"r-000000000001","origin":{"channel":"C1","team":"T1","via":"command"},"outcome":"done","planDigest":null,' +
      `"prevHash":"${GENESIS.hash}","seq":1}`;
    expect(canonicalBody(at(0))).toBe(body);
    expect(at(0).hash).toBe(createHash('sha256').update(`${GENESIS.hash}${body}`).digest('hex'));
  });

  it('goes on where a chain ended', () => {
    const more = chainDrafts(at(4), [draft('f')]);
    expect(verifyChain([...chain, ...more])).toBeNull();
  });

  it('the order in which fields were written does not matter', () => {
    const shuffled = { ...Object.fromEntries(Object.entries(at(1)).reverse()) } as unknown as AuditRecord;
    expect(verifyChain(chain.with(1, shuffled))).toBeNull();
  });
});

describe('verifyChain', () => {
  it('finds nothing in a whole chain, an empty one, and a part with its start', () => {
    expect(verifyChain(chain)).toBeNull();
    expect(verifyChain([])).toBeNull();
    expect(verifyChain(chain.slice(2), at(1))).toBeNull();
    expect(verifyChain(chain, GENESIS, at(4))).toBeNull();
  });

  const forged = { ...chainDrafts(at(1), [draft('forged')])[0] } as AuditRecord;
  it.each<[string, readonly AuditRecord[], number, string]>([
    ['a flipped outcome', replaced(2, { outcome: 'denied' }), 2, 'altered'],
    ['a changed number', replaced(2, { data: { weight: 26, from: 'v1' } }), 2, 'altered'],
    ['another actor', replaced(0, { actor: null }), 0, 'altered'],
    ['a flipped character of the hash', replaced(4, { hash: `0${at(4).hash.slice(1)}x` }), 4, 'altered'],
    ['a field that was added', chain.with(3, { ...at(3), note: 'x' } as AuditRecord), 3, 'altered'],
    ['a deleted first record', chain.slice(1), 0, 'broken_link'],
    ['a deleted middle record', chain.toSpliced(2, 1), 2, 'broken_link'],
    ['an inserted copy', chain.toSpliced(2, 0, at(1)), 2, 'broken_link'],
    ['an inserted record with a right hash', chain.toSpliced(2, 0, forged), 3, 'broken_link'],
    ['two records in wrong order', chain.with(1, at(2)).with(2, at(1)), 1, 'broken_link'],
    ['a record whose numbers are not JSON', replaced(1, { data: { weight: Number.NaN } }), 1, 'altered'],
  ])('finds %s', (_, records, index, kind) => {
    expect(verifyChain(records)).toMatchObject({ index, kind });
  });

  it('finds a gap in the numbers though the links hold', () => {
    const [skipped] = chainDrafts({ seq: 6, hash: at(4).hash }, [draft('f')]);
    expect(verifyChain([...chain, ...(skipped ? [skipped] : [])])).toMatchObject({
      kind: 'sequence',
      seq: 7,
    });
  });

  it('finds a cut tail by the head that was recorded elsewhere', () => {
    expect(verifyChain(chain.slice(0, 3))).toBeNull();
    expect(verifyChain(chain.slice(0, 3), GENESIS, at(4))).toMatchObject({ kind: 'truncated', seq: 3 });
  });
});
