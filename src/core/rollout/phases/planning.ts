import { openApproval } from '../../approval/decide-vote.ts';
import type { Decision, Observed } from '../decision.ts';
import { cause, close, enter, event, wait } from '../moves.ts';
import type { Rollout } from '../rollout.ts';
import { waitForTurn } from './waiting-turn.ts';
import { withdrawn } from './withdrawn.ts';

/** Everything that needs the network is judged here, under the claim: a refusal closes at once and frees it. */
export function planning(rollout: Rollout, observed: Observed): Decision {
  const { now } = observed;
  const undone = withdrawn(rollout, 'before it was planned', now);
  if (undone) return undone;
  const waiting = waitForTurn(rollout, observed);
  if (waiting) return waiting;
  const outcome = observed.planning;
  if (!outcome) return wait(rollout);
  if (outcome.kind === 'unknown')
    return refuse(rollout, now, outcome.code, outcome.detail, 'Ask again when it answers.');
  if (outcome.kind === 'refused')
    return refuse(
      { ...rollout, plan: outcome.plan },
      now,
      outcome.code,
      outcome.text,
      outcome.hint,
      outcome.snippet,
    );

  const { plan } = outcome;
  const planned = event(
    'planned',
    now,
    `Planned ${plan.from.tag ?? plan.from.digest.slice(7, 19)} to ${plan.to.tag ?? plan.to.digest.slice(7, 19)}`,
    {
      inThread: false,
      data: { planDigest: plan.digest, from: plan.from.digest, to: plan.to.digest },
    },
  );
  if (plan.approval.needed === 0 && !plan.approval.required)
    return {
      next: enter({ ...rollout, plan }, 'preparing', now, {
        cause: cause('planned', 'No approval is needed here', now),
      }),
      effects: [],
      reason: 'planned',
      events: [planned],
    };
  const approval = openApproval('a1', { kind: 'plan' }, plan.digest, rollout.requester, plan.approval, now);
  return {
    next: enter({ ...rollout, plan, approvals: [approval] }, 'awaiting-approval', now, {
      cause: cause(
        'planned',
        `Waiting for ${plan.approval.needed === 1 ? 'an approver' : `${plan.approval.needed} approvers`}`,
        now,
      ),
    }),
    effects: [],
    reason: 'planned',
    events: [planned],
  };
}

const refuse = (
  rollout: Rollout,
  now: number,
  code: string,
  text: string,
  hint: string,
  snippet?: string,
): Decision =>
  close(
    { ...rollout, refusal: { code, text, hint, ...(snippet !== undefined && { snippet }) } },
    'refused',
    cause('refused', text, now),
    event('refused', now, text, { mention: 'requester', data: { code } }),
  );
