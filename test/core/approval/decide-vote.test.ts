import { describe, expect, it } from 'vitest';
import { decideVote, isAmong, isSamePerson } from '../../../src/core/approval/decide-vote.ts';
import type { Person } from '../../../src/core/target.ts';
import {
  ASHA,
  BHARAT,
  CHITRA,
  DIGEST,
  MINUTE,
  makeApproval,
  POLICY,
  T0,
  vote,
} from '../../support/rollout-fixtures.ts';

const MEMBERS = new Map([['S0APPROVE', [BHARAT.id, CHITRA.id]]]);
const PREFIX = DIGEST.slice(0, 12);
const NOW = T0 + MINUTE;
const DEV: Person = { id: 'U0DEV', name: 'Dev', email: 'dev@tiffin.example' };
const decide = (
  approval = makeApproval(),
  by = vote(BHARAT),
  now = NOW,
  prefix = PREFIX,
  members = MEMBERS,
) => decideVote(approval, by, members, now, prefix);

describe('a vote', () => {
  it('approves when the needed people said yes', () => {
    expect(decide()).toMatchObject({ kind: 'counted', approval: { state: 'approved', decidedAt: NOW } });
  });

  it('counts distinct people towards a quorum', () => {
    const two = makeApproval({ policy: { ...POLICY, needed: 2 } });
    const first = decide(two);
    if (first.kind !== 'counted') throw new Error('not counted');
    expect(first.approval.state).toBe('pending');
    expect(decide(first.approval)).toEqual({ kind: 'repeated' });
    expect(decide(first.approval, vote(CHITRA))).toMatchObject({ approval: { state: 'approved' } });
  });

  it('ends with one reject', () => {
    expect(decide(makeApproval(), vote(BHARAT, { decision: 'reject', reason: 'Friday' }))).toMatchObject({
      approval: { state: 'rejected' },
    });
  });

  it.each([
    ['the requester', vote({ ...ASHA }), NOW, PREFIX, MEMBERS, 'self_approval'],
    [
      'the requester’s second account with the same address',
      vote({ id: 'U0OTHER', name: 'A', email: ASHA.email }),
      NOW,
      PREFIX,
      MEMBERS,
      'self_approval',
    ],
    ['an outsider', vote(DEV), NOW, PREFIX, MEMBERS, 'not_allowed'],
    [
      'somebody removed from the group since',
      vote(BHARAT),
      NOW,
      PREFIX,
      new Map([['S0APPROVE', [CHITRA.id]]]),
      'not_allowed',
    ],
    [
      'a group that Slack did not answer for',
      vote(BHARAT),
      NOW,
      PREFIX,
      new Map<string, string[]>(),
      'not_allowed',
    ],
    ['the last moment', vote(BHARAT), T0 + 15 * MINUTE, PREFIX, MEMBERS, 'expired'],
    ['another plan', vote(BHARAT), NOW, 'ffffffffffff', MEMBERS, 'ref_changed'],
    ['no plan at all', vote(BHARAT), NOW, '', MEMBERS, 'ref_changed'],
  ] as const)('of %s is refused', (_, by, now, prefix, members, code) => {
    expect(decideVote(makeApproval(), by, members, now, prefix)).toMatchObject({ kind: 'refused', code });
  });

  it('that comes late hears who decided', () => {
    const decided = makeApproval({ state: 'approved', votes: [vote(BHARAT)] });
    expect(decide(decided, vote(CHITRA))).toMatchObject({
      kind: 'refused',
      code: 'already_decided',
      text: 'Already approved by Bharat.',
    });
  });

  it('that is refused leaves the approval as it was', () => {
    const approval = makeApproval();
    decide(approval, vote(DEV));
    expect(approval).toEqual(makeApproval());
  });
});

describe('people', () => {
  it('are known by id, group or address, never by name', () => {
    const nobody = { users: [], groups: [], emails: [] };
    expect(isAmong({ ...nobody, users: ['U0DEV'] }, DEV, new Map())).toBe(true);
    expect(isAmong({ ...nobody, emails: ['dev@tiffin.example'] }, DEV, new Map())).toBe(true);
    expect(isAmong({ ...nobody, users: ['Dev'] }, DEV, new Map())).toBe(false);
    expect(isAmong(nobody, DEV, MEMBERS)).toBe(false);
  });

  it('without an address are one person only by id', () => {
    expect(isSamePerson({ ...ASHA, email: null }, { ...BHARAT, email: null })).toBe(false);
  });
});
