import type { Approval } from '../../approval/approval.ts';
import type { Person } from '../../target.ts';
import type { Decision, Observed } from '../decision.ts';
import { cause, close, enter, event, planOf, wait } from '../moves.ts';
import type { Rollout } from '../rollout.ts';
import { withdrawn } from './withdrawn.ts';

const nameOf = (person: Person): string => person.name ?? person.id;

/** Nothing moves until the needed people said yes to exactly this plan, and it is checked again after they did. */
export function awaitingApproval(rollout: Rollout, observed: Observed): Decision {
  const { now } = observed;
  const undone = withdrawn(settle(rollout, 'withdrawn', now), 'before approval', now);
  if (undone) return undone;
  const approval = rollout.approvals.find((entry) => entry.subject.kind === 'plan');
  if (!approval) return wait(rollout);
  if (approval.state === 'rejected') return rejected(rollout, approval, now);
  if (approval.state === 'void') return voided(rollout, 'The plan changed after it was shown', now);
  if (approval.state === 'approved') return approved(rollout, approval, observed);
  if (now >= approval.expiresAt) {
    const text = 'Nobody decided in time';
    return close(
      settle(rollout, 'expired', now),
      'expired',
      cause('expired', text, now),
      event('expired', now, text, { mention: 'requester' }),
    );
  }
  if (now >= approval.remindAt && !approval.reminded) {
    const minutes = Math.max(1, Math.round((approval.expiresAt - now) / 60_000));
    return wait(
      withApproval(rollout, { ...approval, reminded: true }),
      [],
      [
        event('reminder', now, `Still waiting for approval; expires in ${minutes} min`, {
          mention: 'approvers',
        }),
      ],
    );
  }
  return wait(rollout);
}

function rejected(rollout: Rollout, approval: Approval, now: number): Decision {
  const vote = approval.votes.find((entry) => entry.decision === 'reject');
  const text = `Rejected by ${vote ? nameOf(vote.person) : 'an approver'}${vote?.reason ? `: ${vote.reason}` : ''}`;
  return close(
    rollout,
    'rejected',
    cause('rejected', text, now, vote?.person ?? null),
    event('rejected', now, text, { by: vote?.person ?? null, mention: 'requester' }),
  );
}

function approved(rollout: Rollout, approval: Approval, { planning, now }: Observed): Decision {
  // A yes is good for as long as the question was open: nobody expects a deploy at night that was approved in the evening.
  if (now - (approval.decidedAt ?? now) >= approval.policy.expiryMs) {
    const text = 'Approved, but the plan could not be checked again in time';
    return close(
      settle(rollout, 'expired', now),
      'expired',
      cause('expired', text, now),
      event('expired', now, text, { mention: 'requester' }),
    );
  }
  if (!planning || planning.kind === 'unknown') {
    const text = planning ? `Approved; checking the plan again: ${planning.detail}` : 'Approved';
    return wait(text === rollout.cause.text ? rollout : { ...rollout, cause: cause('approved', text, now) });
  }
  const plan = planOf(rollout);
  if (planning.kind === 'refused' || planning.plan.digest !== plan.digest) {
    const what = planning.kind === 'refused' ? planning.text : whatChanged(plan, planning.plan);
    return voided(rollout, `${what} after the plan was shown`, now);
  }
  const who = approval.votes.filter((vote) => vote.decision === 'approve').map((vote) => nameOf(vote.person));
  return {
    // The same digest is the same content; how many pods stable has by now is not part of it, and counts from here on.
    next: enter({ ...rollout, plan: planning.plan }, 'preparing', now, {
      cause: cause('approved', `Approved by ${who.join(' and ')}`, now),
    }),
    effects: [],
    reason: 'approved',
    events: [
      // The thread has heard every vote already.
      event('approved', now, `Approved by ${who.join(' and ')}`, {
        inThread: false,
        data: { planDigest: plan.digest },
      }),
    ],
  };
}

const voided = (rollout: Rollout, text: string, now: number): Decision =>
  close(
    settle(rollout, 'void', now),
    'void',
    cause('ref_changed', text, now),
    event('void', now, text, { mention: 'requester', data: { code: 'ref_changed' } }),
  );

export function whatChanged(shown: Rollout['plan'] & object, now: Rollout['plan'] & object): string {
  if (shown.to.digest !== now.to.digest) return `${shown.to.tag ?? 'the image'} points to another digest`;
  if (shown.from.digest !== now.from.digest) return 'what runs now changed';
  if (shown.templateHash !== now.templateHash) return 'the template changed';
  return 'steps, rules or policy changed';
}

const withApproval = (rollout: Rollout, changed: Approval): Rollout => ({
  ...rollout,
  approvals: rollout.approvals.map((entry) => (entry.id === changed.id ? changed : entry)),
});

/** Pending approvals end with the rollout, so that a late click is told so. */
const settle = (rollout: Rollout, state: Approval['state'], now: number): Rollout => ({
  ...rollout,
  approvals: rollout.approvals.map((entry) =>
    entry.state === 'pending' || state === 'void' ? { ...entry, state, decidedAt: now } : entry,
  ),
});
