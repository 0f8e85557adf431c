/** A question to the approvers inside a running rollout, asked on its card under the plan's own policy. */

import type { Approval, ApprovalSubject } from '../core/approval/approval.ts';
import { openApproval } from '../core/approval/decide-vote.ts';
import { isOpenMidway, subjectWords } from '../core/rollout/midway.ts';
import { event } from '../core/rollout/moves.ts';
import type { Rollout } from '../core/rollout/rollout.ts';
import { isDeepEqual } from '../lib/deep-equal.ts';
import { DabbawalaError } from '../lib/errors.ts';
import type { Change } from './change-rollout.ts';
import type { Actor } from './services.ts';

/** One question at a time: a newer one takes the place of one that waits, the same one again is told so. */
export function askApproval(
  rollout: Rollout,
  actor: Actor,
  subject: Exclude<ApprovalSubject, { kind: 'plan' }>,
  words: string,
  now: number,
): Change {
  const { plan } = rollout;
  if (!plan) throw new DabbawalaError('not_now', 'The plan is not made yet.');
  const open = rollout.approvals.filter(isOpenMidway);
  const same = open.find((entry) => isDeepEqual(entry.subject, subject));
  if (same) throw alreadyAsked(same, now);
  const replaced = open.filter(({ state }) => state === 'pending');
  const approval = openApproval(
    `a${rollout.approvals.length + 1}`,
    subject,
    plan.digest,
    actor.person,
    { ...plan.approval, needed: Math.max(1, plan.approval.needed) },
    now,
  );
  const others = rollout.approvals.map((entry) =>
    replaced.includes(entry) ? { ...entry, state: 'withdrawn' as const, decidedAt: now } : entry,
  );
  const instead = replaced.map((entry) => subjectWords(entry.subject)).join(', ');
  const text = `${actor.person.name ?? actor.person.id} ${words}${instead === '' ? '' : `, in place of ${instead}`}`;
  const percent = 'percent' in subject ? { percent: subject.percent } : {};
  return {
    next: { ...rollout, approvals: [...others, approval] },
    events: [
      event('ask', now, text, {
        by: actor.person,
        mention: 'approvers',
        data: { ask: subject.kind, approval: approval.id, step: subject.step, ...percent },
      }),
    ],
  };
}

function alreadyAsked(approval: Approval, now: number): DabbawalaError {
  const who = approval.requester.name ?? approval.requester.id;
  const minutes = Math.max(1, Math.round((approval.expiresAt - now) / 60_000));
  return approval.state === 'approved'
    ? new DabbawalaError('not_now', `This is approved already, and done as soon as the rules allow it.`, {
        hint: 'Watch the card.',
      })
    : new DabbawalaError('not_now', `${who} asked for this already.`, {
        hint: `It waits for an approver, ${minutes} min more.`,
      });
}
