import type { ErrorCode } from '../../lib/errors.ts';
import type { Person } from '../target.ts';
import type { Approval, ApprovalPolicy, ApprovalSubject, Vote } from './approval.ts';

/** Members per group id, as Slack answered for this click. */
export type GroupMembers = ReadonlyMap<string, readonly string[]>;

/** Whether a person is one of the people or groups named. Ids and e-mail addresses, never names. */
export function isAmong(
  people: {
    readonly users: readonly string[];
    readonly groups: readonly string[];
    readonly emails?: readonly string[];
  },
  person: Person,
  members: GroupMembers,
): boolean {
  if (people.users.includes(person.id)) return true;
  if (person.email !== null && (people.emails ?? []).some((email) => email.toLowerCase() === person.email))
    return true;
  return people.groups.some((group) => members.get(group)?.includes(person.id) ?? false);
}

/** Two accounts with one address are one person. */
export const isSamePerson = (a: Person, b: Person): boolean =>
  a.id === b.id || (a.email !== null && a.email === b.email);

export function openApproval<const Subject extends { readonly kind: string }>(
  id: string,
  subject: Subject,
  planDigest: string,
  requester: Person,
  policy: ApprovalPolicy,
  now: number,
): Approval<Subject> {
  return {
    id,
    subject,
    planDigest,
    requester,
    requestedAt: now,
    expiresAt: now + policy.expiryMs,
    remindAt: now + policy.remindMs,
    reminded: false,
    policy,
    votes: [],
    state: 'pending',
    decidedAt: null,
  };
}

export type VoteOutcome<Subject = ApprovalSubject> =
  | { readonly kind: 'counted'; readonly approval: Approval<Subject> }
  | { readonly kind: 'repeated' }
  | {
      readonly kind: 'refused';
      readonly code: Extract<
        ErrorCode,
        'already_decided' | 'expired' | 'self_approval' | 'not_allowed' | 'ref_changed'
      >;
      readonly text: string;
    };

/**
 * One vote on one approval: distinct people, never the requester, one reject ends it, the needed one approves it.
 * Pure; the store's compare-and-set makes it happen once.
 */
export function decideVote<Subject>(
  approval: Approval<Subject>,
  vote: Vote,
  members: GroupMembers,
  now: number,
  digestPrefix: string,
): VoteOutcome<Subject> {
  if (approval.state !== 'pending') return refused('already_decided', wordsForDecided(approval));
  if (now >= approval.expiresAt) return refused('expired', 'This approval has expired.');
  if (digestPrefix === '' || !approval.planDigest.startsWith(digestPrefix))
    return refused('ref_changed', 'The plan is not the one that this button was drawn for.');
  if (isSamePerson(approval.requester, vote.person))
    return refused('self_approval', 'You asked for this: somebody else must decide.');
  const isApprover = isAmong(approval.policy, vote.person, members);
  if (!isApprover && !isRequired(approval.policy, vote.person))
    return refused('not_allowed', 'You are not an approver of this service here.');
  const earlier = approval.votes.find((entry) => isSamePerson(entry.person, vote.person));
  if (earlier && earlier.decision === vote.decision) return { kind: 'repeated' };

  const counted: Vote = isApprover ? vote : { ...vote, isRequiredOnly: true };
  const votes = [...approval.votes.filter((entry) => entry !== earlier), counted];
  const state =
    vote.decision === 'reject' ? 'rejected' : isEnough(approval.policy, votes) ? 'approved' : 'pending';
  return {
    kind: 'counted',
    approval: { ...approval, votes, state, decidedAt: state === 'pending' ? null : now },
  };
}

const isRequired = ({ required }: ApprovalPolicy, person: Person): boolean => required?.id === person.id;

/** Yes of approvers, whatever else they are. */
export const approverVotes = (votes: readonly Vote[]): readonly Vote[] =>
  votes.filter((vote) => vote.decision === 'approve' && !vote.isRequiredOnly);

/** Whether the one whose yes must be among them has said it, or none is asked for. */
export const hasRequired = (policy: ApprovalPolicy, votes: readonly Vote[]): boolean =>
  policy.required === undefined ||
  votes.some((vote) => vote.decision === 'approve' && isRequired(policy, vote.person));

const isEnough = (policy: ApprovalPolicy, votes: readonly Vote[]): boolean =>
  approverVotes(votes).length >= policy.needed && hasRequired(policy, votes);

const refused = (
  code: Extract<VoteOutcome, { kind: 'refused' }>['code'],
  text: string,
): Extract<VoteOutcome, { kind: 'refused' }> => ({
  kind: 'refused',
  code,
  text,
});

/** Whether this person's yes would count now. */
export const mayDecide = (
  approval: Approval<unknown>,
  person: Person,
  members: GroupMembers,
  now: number,
): boolean =>
  approval.state === 'pending' &&
  now < approval.expiresAt &&
  !isSamePerson(approval.requester, person) &&
  (isAmong(approval.policy, person, members) || isRequired(approval.policy, person)) &&
  !approval.votes.some((vote) => vote.decision === 'approve' && isSamePerson(vote.person, person));

/** "Already approved by Bharat.": what a late click hears. */
export function wordsForDecided(approval: Approval<unknown>): string {
  const last = approval.votes.at(-1);
  const who = last ? ` by ${last.person.name ?? `<@${last.person.id}>`}` : '';
  return `Already ${approval.state}${approval.state === 'approved' || approval.state === 'rejected' ? who : ''}.`;
}
