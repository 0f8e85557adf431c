import { describe, expect, it } from 'vitest';
import type { AuditDraft, AuditRecord } from '../../../src/core/audit.ts';
import { chainDrafts, GENESIS } from '../../../src/core/audit-chain.ts';
import { BEFORE_MS, timelineOf } from '../../../src/core/incident/timeline.ts';
import { ASHA, MINUTE, T0 } from '../../support/rollout-fixtures.ts';

const act = (at: number, action: string, more: Partial<AuditDraft> = {}): AuditDraft => ({
  ...{ at, action, actor: ASHA, object: 'ledger', outcome: 'done', planDigest: null, data: {} },
  origin: { via: 'command', team: null, channel: null },
  ...more,
});
const chain = (name: string, ...drafts: readonly AuditDraft[]) => ({
  name,
  records: chainDrafts(GENESIS, drafts),
});
const incident = { detectedAt: T0, resolvedAt: T0 + 20 * MINUTE };
const draw = (...chains: readonly { name: string; records: readonly AuditRecord[] }[]) =>
  timelineOf(incident, chains, T0 + 600 * MINUTE);

describe('the timeline of an incident', () => {
  it('is one list of all chains, oldest first, with who did what', () => {
    const { entries, broken } = draw(
      chain('INC-1', act(T0 + MINUTE, 'incident.declare'), act(T0 + 9 * MINUTE, 'incident.resolve')),
      chain(
        'ledger',
        act(T0 + 5 * MINUTE, 'lock.request', {
          actor: null,
          outcome: 'denied',
          data: { code: 'x', text: 'no' },
        }),
      ),
    );
    expect(
      entries.map(({ action, who, outcome, text, chain: of }) => [action, who, outcome, text, of]),
    ).toEqual([
      ['incident.declare', 'Asha', 'done', 'ledger', 'INC-1'],
      ['lock.request', null, 'denied', 'no, code x', 'ledger'],
      ['incident.resolve', 'Asha', 'done', 'ledger', 'INC-1'],
    ]);
    expect(broken).toEqual([]);
  });

  it('begins half an hour before it was seen and ends a little after it was resolved; who looked is not in it', () => {
    const { entries } = draw(
      chain(
        'ledger',
        act(T0 - BEFORE_MS - 1, 'too.early'),
        act(T0 - BEFORE_MS, 'deploy.request'),
        act(T0, 'status.show'),
        act(T0, 'deploy.plan'),
        act(T0 + 30 * MINUTE, 'just.after'),
        act(T0 + 31 * MINUTE, 'too.late'),
      ),
    );
    expect(entries.map(({ action }) => action)).toEqual(['deploy.request', 'just.after']);
  });

  it('says how many are left out in the middle', () => {
    const { entries, leftOut } = draw(
      chain('ledger', ...Array.from({ length: 450 }, (_, index) => act(T0 + index, `act.n${index}`))),
    );
    expect([entries.length, leftOut, entries[0]?.action, entries.at(-1)?.action]).toEqual([
      400,
      50,
      'act.n0',
      'act.n449',
    ]);
  });

  it('names a chain that somebody altered', () => {
    const { name, records } = chain('ledger', act(T0, 'deploy.request'));
    const altered = records.map((record) => ({ ...record, action: 'nothing.happened' }));
    expect(draw({ name, records: altered }).broken).toEqual(['ledger']);
  });
});
