import type { Approval, Vote } from '../core/approval/approval.ts';
import { approverVotes, decideVote, hasRequired, type VoteOutcome } from '../core/approval/decide-vote.ts';
import { subjectWords } from '../core/rollout/midway.ts';
import { event } from '../core/rollout/moves.ts';
import { whatChanged } from '../core/rollout/phases/awaiting-approval.ts';
import { hasEnded, type Rollout } from '../core/rollout/rollout.ts';
import { targetKey } from '../core/target.ts';
import { DabbawalaError } from '../lib/errors.ts';
import { changeRollout, loadRunning } from './change-rollout.ts';
import { assertNoIncident } from './incidents/open-incidents.ts';
import { membersOf } from './permissions.ts';
import { questionOf } from './planner.ts';
import type { Actor, Services, VoteResult } from './services.ts';
import { draft, type UseCasePorts } from './use-case-ports.ts';

type VoteRequest = Parameters<Services['vote']>[1];

/**
 * Approve or reject. Membership is read for this click; the plan is made again before a yes is written down, so that an
 * unreachable registry records nothing and a moved tag voids the plan. The store's compare-and-set lets one decision win.
 */
export async function recordVote(
  ports: UseCasePorts,
  actor: Actor,
  request: VoteRequest,
): Promise<VoteResult> {
  const { rollout } = await loadRunning(ports, request.rolloutId);
  const asked = approvalOf(rollout, request.approvalId);
  const members =
    asked.state === 'pending'
      ? await membersOf(ports.directory, asked.policy.groups)
      : new Map<string, readonly string[]>();
  const vote: Omit<Vote, 'at'> = {
    person: actor.person,
    decision: request.decision,
    reason: request.reason,
    members: [...new Set([...members.values()].flat())],
  };
  const judgeOne = (approval: Approval, now: number): VoteOutcome =>
    decideVote(approval, { ...vote, at: now }, members, now, request.digestPrefix);

  const first = judgeOne(asked, await ports.clock.now());
  if (first.kind === 'refused') throw new DabbawalaError(first.code, first.text);
  if (first.kind === 'repeated') return repeated(ports, actor, rollout, request);
  if (request.decision === 'approve' && asked.subject.kind === 'plan')
    await assertSamePlan(ports, actor, rollout, asked);
  if (request.decision === 'approve' && asked.subject.kind === 'promote')
    await assertNoIncident(ports.incidents, rollout.target, rollout.fixes ?? rollout.plan?.fixes);

  const last: { outcome: VoteOutcome } = { outcome: first };
  await changeRollout(ports, actor, request.rolloutId, (current, now) => {
    const outcome = judgeOne(approvalOf(current, request.approvalId), now);
    last.outcome = outcome;
    if (outcome.kind !== 'counted') return null;
    const { approval } = outcome;
    const text = `${actor.person.name ?? actor.person.id} ${request.decision === 'approve' ? 'approved' : 'rejected'}${whatWords(approval)}${request.reason ? `: ${request.reason}` : ''}`;
    return {
      next: {
        ...current,
        approvals: current.approvals.map((entry) => (entry.id === approval.id ? approval : entry)),
      },
      events: [
        event('vote', now, text, {
          by: actor.person,
          // A rejected plan ends the rollout, and that line says who and why.
          inThread: !(approval.subject.kind === 'plan' && approval.state === 'rejected'),
          mention: approval.state === 'rejected' ? 'requester' : 'none',
          data: {
            approval: approval.id,
            decision: request.decision,
            state: approval.state,
            members: vote.members.join(' '),
          },
        }),
      ],
    };
  });
  const { outcome } = last;
  if (outcome.kind === 'refused') throw new DabbawalaError(outcome.code, outcome.text);
  return outcome.kind === 'repeated' ? repeated(ports, actor, rollout, request) : resultOf(outcome.approval);
}

/** Changes nothing, so no compare-and-set: a hundred taps of one person must not hold up the others' votes. */
async function repeated(
  ports: UseCasePorts,
  actor: Actor,
  { id, target, plan }: Rollout,
  { approvalId, decision }: VoteRequest,
): Promise<VoteResult> {
  const now = await ports.clock.now();
  const facts = { approval: approvalId, decision, repeated: true };
  const object = `${targetKey(target)}#${id}`;
  const record = draft(actor, now, 'approval.vote', object, 'done', facts, plan?.digest ?? null);
  await ports.store
    .appendAudit(id, [record])
    .catch((error: unknown) => ports.log.error({ err: error, rollout: id }, 'audit record not written'));
  return { kind: 'repeated' };
}

const whatWords = ({ subject }: Approval): string =>
  subject.kind === 'plan' ? '' : ` ${subjectWords(subject)}`;

function resultOf(approval: Approval): VoteResult {
  if (approval.state === 'approved' || approval.state === 'rejected')
    return { kind: 'decided', decision: approval.state };
  return {
    kind: 'counted',
    votes: approverVotes(approval.votes).length,
    ...(hasRequired(approval.policy, approval.votes) ? {} : { missing: approval.policy.required?.why ?? '' }),
    needed: approval.policy.needed,
  };
}

function approvalOf(rollout: Rollout, id: string): Approval {
  const approval = rollout.approvals.find((entry) => entry.id === id);
  if (!approval) throw new DabbawalaError('stale_button', 'This card asks for no such approval.');
  if (hasEnded(rollout) && approval.state === 'pending')
    throw new DabbawalaError('already_decided', `This rollout has ended: ${rollout.cause.text}.`);
  return approval;
}

/** Throws `ref_changed` and voids the approval, or `registry_unavailable`/`cluster_unavailable` with nothing recorded. */
async function assertSamePlan(
  ports: UseCasePorts,
  actor: Actor,
  rollout: Rollout,
  approval: Approval,
): Promise<void> {
  const { plan } = rollout;
  if (!plan) throw new DabbawalaError('not_now', 'The plan is not made yet.');
  const outcome = await ports.planner(questionOf(rollout));
  if (outcome.kind === 'unknown')
    throw new DabbawalaError(
      outcome.code === 'registry_unavailable' ? 'registry_unavailable' : 'cluster_unavailable',
      `The plan could not be checked again, so nothing was recorded: ${outcome.detail}`,
    );
  if (outcome.kind === 'planned' && outcome.plan.digest === plan.digest) return;
  const what = outcome.kind === 'refused' ? outcome.text : whatChanged(plan, outcome.plan);
  await changeRollout(ports, actor, rollout.id, (current, now) => {
    const pending = current.approvals.find((entry) => entry.id === approval.id && entry.state === 'pending');
    if (!pending) return null;
    return {
      next: {
        ...current,
        approvals: current.approvals.map((entry) =>
          entry === pending ? { ...entry, state: 'void' as const, decidedAt: now } : entry,
        ),
      },
      events: [
        event('vote', now, `Not approved: ${what} after the plan was shown`, {
          by: actor.person,
          inThread: false,
          data: { code: 'ref_changed' },
        }),
      ],
    };
  });
  throw new DabbawalaError('ref_changed', `Not approved: ${what} after the plan was shown.`);
}
