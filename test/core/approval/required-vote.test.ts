import { describe, expect, it } from 'vitest';
import type { Approval } from '../../../src/core/approval/approval.ts';
import { decideVote, mayDecide } from '../../../src/core/approval/decide-vote.ts';
import type { Person } from '../../../src/core/target.ts';
import {
  BHARAT,
  CHITRA,
  DIGEST,
  MINUTE,
  makeApproval,
  POLICY,
  T0,
  vote,
} from '../../support/rollout-fixtures.ts';

const LEADER: Person = { id: 'U0LEAD', name: 'Lalita', email: null };
const MEMBERS = new Map([['S0APPROVE', [BHARAT.id, CHITRA.id]]]);
const NOW = T0 + MINUTE;
const decide = (approval: Approval, person: Person, decision: 'approve' | 'reject' = 'approve') =>
  decideVote(approval, { ...vote(person), decision }, MEMBERS, NOW, DIGEST.slice(0, 12));
const voted = (...people: readonly Person[]): Approval =>
  people.reduce<Approval>((approval, person) => {
    const outcome = decide(approval, person);
    if (outcome.kind !== 'counted') throw new Error(outcome.kind);
    return outcome.approval;
  }, asked(LEADER));
const asked = ({ id }: Person): Approval =>
  makeApproval({ policy: { ...POLICY, required: { id, why: 'leads INC-12' } } });

describe('an approval that needs one person among the others', () => {
  it('waits for both, in whichever order', () => {
    expect(voted(BHARAT).state).toBe('pending');
    expect(voted(LEADER).state).toBe('pending');
    expect(voted(BHARAT, LEADER).state).toBe('approved');
    expect(voted(LEADER, BHARAT).state).toBe('approved');
  });

  it('never counts the leader as an approver who is none', () => {
    expect(voted(LEADER).votes).toEqual([expect.objectContaining({ isRequiredOnly: true })]);
    expect(voted(BHARAT, CHITRA).state).toBe('pending');
  });

  it('is one yes where the leader is an approver', () => {
    expect(decide(asked(BHARAT), BHARAT)).toMatchObject({ approval: { state: 'approved' } });
  });

  it('ends with the no of the leader', () => {
    expect(decide(asked(LEADER), LEADER, 'reject')).toMatchObject({ approval: { state: 'rejected' } });
  });

  it('is shown to the leader until they said yes', () => {
    expect(mayDecide(asked(LEADER), LEADER, MEMBERS, NOW)).toBe(true);
    expect(mayDecide(voted(LEADER), LEADER, MEMBERS, NOW)).toBe(false);
  });
});
