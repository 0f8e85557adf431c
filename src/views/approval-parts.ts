/** Who decides, who has decided: for the plan card, for a `traffic` approval inside a running rollout, for the foot. */
import type { Approval, Vote } from '../core/approval/approval.ts';
import type { Rollout } from '../core/rollout/rollout.ts';
import { both, NOTHING, type Part, section } from './blocks.ts';
import { pendingApproval, trafficDecision } from './buttons.ts';
import { candidateName, count, percent, person, stableName } from './format.ts';
import { escapeEntities, escapeText, when } from './text.ts';

/** Names of those who may decide, as plain words: a user group's mention would notify all of it. */
export interface WaitingRights {
  readonly approvers: readonly string[];
}

/** `1 of 2 approvals: ✅ Chitra 14:02`. mrkdwn. */
export function votesLine(approval: Approval): string {
  const given = approval.votes.filter((vote) => vote.decision === 'approve');
  const needed = Math.max(1, approval.policy.needed);
  const names = approval.votes.slice(0, 10).map(voteText);
  return [`*${given.length} of ${count(needed, 'approval')}*`, ...names].join(' · ');
}

const voteText = (vote: Vote): string => {
  const sign = vote.decision === 'approve' ? '✅' : '❌';
  const reason = vote.reason === null || vote.reason === '' ? '' : `: ${escapeText(vote.reason, 300)}`;
  return `${sign} ${person(vote.person)} ${when(vote.at)}${reason}`;
};

const MAX_NAMES = 12;

export function whoMayApprove(approval: Approval, rights: WaitingRights | undefined): string {
  const names = rights?.approvers ?? configured(approval);
  const shown = names.slice(0, MAX_NAMES).map((name) => escapeText(name, 60));
  if (names.length > MAX_NAMES) shown.push(`${names.length - MAX_NAMES} more`);
  const who = shown.length === 0 ? 'nobody is configured' : shown.join(', ');
  return `May approve: ${who}; never ${person(approval.requester)}, who asked.`;
}

/** Without names from the directory: addresses as they are, ids counted. */
function configured(approval: Approval): string[] {
  const { users, groups, emails } = approval.policy;
  return [
    ...groups.map((group) => `members of user group ${group}`),
    ...emails,
    ...(users.length === 0 ? [] : [`${count(users.length, 'person', 'people')} named in the configuration`]),
  ];
}

export function planApproval(rollout: Rollout, rights: WaitingRights | undefined): Part {
  const approval = pendingApproval(rollout, 'plan');
  if (rollout.phase !== 'awaiting-approval' || approval === null) return NOTHING;
  const lines = [
    [askedLine(rollout), ...reasonLines(rollout)].join(' · '),
    votesLine(approval),
    whoMayApprove(approval, rights),
  ];
  return both(section(lines.join('\n')));
}

/** A row of its own, below the way back: `25 % → 50 %, asked by Asha`. */
export function trafficApproval(rollout: Rollout, rights: WaitingRights | undefined): Part {
  const approval = pendingApproval(rollout, 'traffic');
  if (approval === null || approval.subject.kind !== 'traffic' || rollout.endedAt !== null) return NOTHING;
  const { percent: asked } = approval.subject;
  const title = `*Approval wanted: ${percent(asked)} to ${escapeEntities(candidateName(rollout))}, ${percent(100 - asked)} to ${escapeEntities(stableName(rollout))}*`;
  const by = `Asked by ${person(approval.requester)} ${when(approval.requestedAt)}; now ${percent(rollout.confirmedPercent)}. Expires at ${when(approval.expiresAt)}.`;
  return both(
    section([title, by, `${votesLine(approval)} · ${whoMayApprove(approval, rights)}`].join('\n')),
    trafficDecision(rollout, approval),
  );
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
  const votes = approval.votes.slice(0, 10).map(voteText);
  if (votes.length > 0)
    return `${approval.state === 'approved' ? 'Approved' : 'Decided'}: ${votes.join(' · ')}`;
  return approval.state === 'approved' ? 'Approved' : null;
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
