/** Who decides, who has decided: for the plan card, for an approval inside a running rollout, for the foot. */
import type { Approval, ApprovalSubject, Vote } from '../core/approval/approval.ts';
import type { Rollout } from '../core/rollout/rollout.ts';
import { both, NOTHING, type Part, section } from './blocks.ts';
import { isOpenMidway, midwayDecision, pendingApproval } from './buttons.ts';
import { candidateName, count, percent, person, shortDigest, stableName } from './format.ts';
import { namesOf, type People } from './people.ts';
import { escapeEntities, escapeText, when } from './text.ts';
import { mention } from './thread.ts';

/** `1 of 2 approvals: ✅ Chitra 14:02`. mrkdwn. */
export function votesLine(approval: Approval<unknown>): string {
  const given = approverVotes(approval.votes);
  const needed = Math.max(1, approval.policy.needed);
  const names = approval.votes.slice(0, 10).map(voteText);
  return [`*${given.length} of ${count(needed, 'approval')}*`, ...names, ...missing(approval)].join(' · ');
}

/** Who leads the incident that is fixed: without that yes nothing starts. */
const missing = ({ policy, votes }: Approval<unknown>): readonly string[] => {
  if (policy.required === undefined) return [];
  const has = votes.some(
    ({ person: who, decision }) => decision === 'approve' && who.id === policy.required?.id,
  );
  return has
    ? []
    : [`waits for ${mention(policy.required.id) ?? 'them'} too: ${escapeText(policy.required.why, 120)}`];
};

/** Yes of approvers; whoever leads an incident and is none does not count among them. */
const approverVotes = (votes: readonly Vote[]): readonly Vote[] =>
  votes.filter((vote) => vote.decision === 'approve' && !vote.isRequiredOnly);

const voteText = (vote: Vote): string => {
  const sign = vote.decision === 'approve' ? '✅' : '❌';
  const reason = vote.reason === null || vote.reason === '' ? '' : `: ${escapeText(vote.reason, 300)}`;
  return `${sign} ${person(vote.person)} ${when(vote.at)}${reason}`;
};

/**
 * Mentions, which Slack shows as names: the first post of a plan so reaches those whom it waits for, and an edit pushes
 * to nobody.
 */
export function whoMayApprove({ policy, requester }: Approval<unknown>): string {
  return `May approve: ${namesOf(policy)}; never ${person(requester)}, who asked.`;
}

/** `mayRollBack`: as configured; null: nobody is listed, undefined: not known here. */
export function planApproval(rollout: Rollout, mayRollBack?: People | null): Part {
  const approval = pendingApproval(rollout, 'plan');
  if (rollout.phase !== 'awaiting-approval' || approval === null) return NOTHING;
  const lines = [
    [askedLine(rollout), ...reasonLines(rollout)].join(' · '),
    votesLine(approval),
    whoMayApprove(approval),
    ...(mayRollBack === undefined ? [] : [whoMayRollBack(mayRollBack)]),
  ];
  return both(section(lines.join('\n')));
}

const whoMayRollBack = (people: People | null): string =>
  `May roll back, alone and at once: ${people === null ? 'nobody is configured' : namesOf(people)}.`;

/** A row of its own, below the way back: `25 % → 50 %, asked by Asha`. */
export function midwayApproval(rollout: Rollout): Part {
  const approval = rollout.approvals.find((each) => isOpenMidway(each) && each.state === 'pending');
  if (approval === undefined || rollout.endedAt !== null) return NOTHING;
  const title = `*Approval wanted: ${escapeEntities(question(rollout, approval.subject))}*`;
  const by = `Asked by ${person(approval.requester)} ${when(approval.requestedAt)}; now ${percent(rollout.confirmedPercent)}. Expires at ${when(approval.expiresAt)}.`;
  return both(
    section([title, by, `${votesLine(approval)} · ${whoMayApprove(approval)}`].join('\n')),
    midwayDecision(rollout, approval),
  );
}

/** What a yes does, in full: nobody should have to know what a verb means. */
export function question(rollout: Rollout, subject: ApprovalSubject): string {
  const [candidate, stable] = [candidateName(rollout), stableName(rollout)];
  switch (subject.kind) {
    case 'plan':
      return 'this plan';
    case 'traffic':
      return `${percent(subject.percent)} to ${candidate}, ${percent(100 - subject.percent)} to ${stable}`;
    case 'promote':
      return `promote ${candidate}: 100 % in one move, on the next look that passes every rule; the bake stays`;
    case 'evidence':
      return rollout.confirmedPercent >= 100
        ? `end the bake of ${candidate} without evidence: too few requests come to judge it`
        : `${percent(subject.percent)} to ${candidate} without evidence: too few requests come to judge it`;
    case 'resume':
      // A tag is a name; what runs, and would go on, is the digest.
      return `go on with the plan at ${percent(subject.percent)} to ${candidate} (${shortDigest(rollout.plan?.to.digest ?? '')}): who approved it is no longer on record`;
  }
}

export const askedLine = (rollout: Rollout): string =>
  `Asked by ${person(rollout.requester)} ${when(rollout.createdAt)}`;

export const reasonLines = ({ reason }: Rollout): readonly string[] =>
  reason === null || reason === '' ? [] : [`Reason: ${escapeText(reason, 400)}`];

/** What was decided on the plan, for the card's foot once it is no longer pending. mrkdwn. */
export function decidedLine(rollout: Rollout): string | null {
  if (rollout.kind === 'rollback') return 'No approval: back to the last good version';
  const approval = rollout.approvals.find((each) => each.subject.kind === 'plan');
  if (approval === undefined || approval.state === 'pending') return null;
  const by = (decision: Vote['decision']): string =>
    approval.votes
      .filter((vote) => vote.decision === decision)
      .slice(0, 10)
      .map((vote) => `${person(vote.person)} ${when(vote.at)}`)
      .join(', ');
  const parts = [
    ['Approved by', by('approve')],
    ['Rejected by', by('reject')],
  ].filter(([, names]) => names !== '');
  return parts.length === 0 ? null : parts.map((part) => part.join(' ')).join(' · ');
}

/** Names alone, for status and history. */
export function approverNames(rollout: Rollout): string | null {
  const approval = rollout.approvals.find(
    (each) => each.subject.kind === 'plan' && each.state === 'approved',
  );
  const names = (approval?.votes ?? [])
    .filter((vote) => vote.decision === 'approve')
    .map((vote) => person(vote.person));
  return names.length === 0 ? null : names.slice(0, 5).join(', ');
}
