/**
 * Approvals inside a running rollout: `traffic N` up, `promote`, and going on without evidence. Each stands for one step
 * of one plan and for nothing else; a step that moved, another plan or a pause after the yes voids it.
 */

import { lacksRequestsAlone } from '../analysis/verdict.ts';
import type { Approval, ApprovalSubject } from '../approval/approval.ts';
import type { Decision, Observed } from './decision.ts';
import { cause, event, planOf, shiftTo } from './moves.ts';
import { drainFormer } from './phases/analysing.ts';
import { judged } from './phases/judged.ts';
import { resumeFrom } from './phases/paused.ts';
import type { Rollout, RolloutEvent } from './rollout.ts';
import { isLost } from './route-memory.ts';
import { nextStep, podsFor, stepUnderWay } from './steps.ts';
import { hadItsBake } from './tick.ts';

type Midway = Exclude<ApprovalSubject, { kind: 'plan' }>;

/** Asked inside the running rollout and neither refused nor used up. */
export const isOpenMidway = ({ subject, state }: Approval): boolean =>
  subject.kind !== 'plan' && (state === 'pending' || state === 'approved');

/** `50 %`, `promoting`, `going on to 25 % without evidence`: what a yes would be for. */
export function subjectWords(subject: ApprovalSubject): string {
  switch (subject.kind) {
    case 'plan':
      return 'the plan';
    case 'traffic':
      return `${subject.percent} %`;
    case 'promote':
      return 'promoting';
    case 'evidence':
      return `going on to ${subject.percent} % without evidence`;
    case 'resume':
      return `going on at ${subject.percent} % after the state was lost`;
  }
}

/** What an approver may let go on without evidence; null: nothing is held for that. */
export const evidenceWanted = ({
  plan,
  hold,
  phase,
  step,
  confirmedPercent,
}: Rollout): Extract<Midway, { kind: 'evidence' }> | null =>
  plan && hold?.mayBeApproved && (phase === 'analysing' || phase === 'baking')
    ? { kind: 'evidence', step, percent: nextStep(plan, confirmedPercent) ?? 100 }
    : null;

/** Voids, ends and reminds. It decides nothing, so the same look is judged by the phase's rule as well. */
export function tidyApprovals(
  rollout: Rollout,
  now: number,
): { readonly rollout: Rollout; readonly events: readonly RolloutEvent[] } {
  if (!rollout.approvals.some(isOpenMidway)) return { rollout, events: [] };
  const events: RolloutEvent[] = [];
  const approvals = rollout.approvals.map((approval) => {
    const told = isOpenMidway(approval) ? tidy(rollout, approval, now) : null;
    if (!told) return approval;
    events.push(told.event);
    return told.approval;
  });
  return events.length === 0 ? { rollout, events } : { rollout: { ...rollout, approvals }, events };
}

function tidy(
  rollout: Rollout,
  approval: Approval,
  now: number,
): { readonly approval: Approval; readonly event: RolloutEvent } | null {
  const what = subjectWords(approval.subject);
  const data = { approval: approval.id };
  const misfit = whyUnfit(rollout, approval);
  if (misfit !== null) {
    // Going back is its own line; that nothing goes up meanwhile needs no second one.
    const inThread = rollout.phase !== 'draining';
    return {
      approval: { ...approval, state: 'void', decidedAt: now },
      event: event('void', now, `The approval for ${what} is void: ${misfit}`, { inThread, data }),
    };
  }
  // A yes is good for as long as the question was open.
  const end =
    approval.state === 'approved'
      ? (approval.decidedAt ?? approval.requestedAt) + approval.policy.expiryMs
      : approval.expiresAt;
  if (now >= end) {
    const text =
      approval.state === 'approved'
        ? `The yes to ${what} is too old: it could not be done in time`
        : `Nobody approved ${what} in time`;
    return {
      approval: { ...approval, state: 'expired', decidedAt: now },
      event: event('expired', now, text, { mention: 'requester', data }),
    };
  }
  if (approval.state !== 'pending' || approval.reminded || now < approval.remindAt) return null;
  const minutes = Math.max(1, Math.round((approval.expiresAt - now) / 60_000));
  const text = `Still waiting for approval of ${what}; expires in ${minutes} min`;
  return {
    approval: { ...approval, reminded: true },
    event: event('reminder', now, text, { mention: 'approvers', data }),
  };
}

/** null: it still stands for what is under way. */
function whyUnfit(rollout: Rollout, approval: Approval): string | null {
  const { subject } = approval;
  if (rollout.phase === 'draining') return 'the rollout is past that';
  if (!rollout.plan || approval.planDigest !== rollout.plan.digest) return 'it was for another plan';
  if (rollout.phase === 'paused' && approval.state === 'approved' && isBefore(approval, rollout.phaseSince))
    return 'the rollout was paused after the yes';
  return isForStep(rollout, subject) ? null : 'the step it was for is over';
}

const isBefore = ({ decidedAt }: Approval, at: number): boolean => decidedAt !== null && decidedAt < at;

function isForStep(rollout: Rollout, subject: ApprovalSubject): boolean {
  const plan = planOf(rollout);
  switch (subject.kind) {
    case 'plan':
      return false;
    case 'traffic':
      return rollout.step === subject.step && subject.percent > rollout.confirmedPercent;
    case 'promote':
      return stepUnderWay(plan, rollout) === subject.step && rollout.confirmedPercent < 100;
    case 'evidence':
      return (
        rollout.step === subject.step && (nextStep(plan, rollout.confirmedPercent) ?? 100) === subject.percent
      );
    case 'resume':
      return rollout.lostAt != null && rollout.confirmedPercent === subject.percent;
  }
}

/** What was approved is done as soon as this look allows it; null: not now. */
export function answerApprovals(rollout: Rollout, observed: Observed): Decision | null {
  for (const approval of rollout.approvals) {
    if (!isOpenMidway(approval) || approval.state !== 'approved') continue;
    const decision = carryOut(rollout, observed, approval);
    if (decision) return decision;
  }
  return null;
}

function carryOut(rollout: Rollout, observed: Observed, approval: Approval): Decision | null {
  // After lost state one yes comes before any other.
  if (isLost(rollout) && approval.subject.kind !== 'resume') return null;
  switch (approval.subject.kind) {
    case 'plan':
      return null;
    case 'traffic':
      return shiftByHand(rollout, observed, approval, approval.subject.percent);
    case 'promote':
      return promote(rollout, observed, approval);
    case 'evidence':
      return goOnWithoutEvidence(rollout, observed, approval, approval.subject.percent);
    case 'resume':
      return resumeLost(rollout, observed, approval);
  }
}

function shiftByHand(
  rollout: Rollout,
  observed: Observed,
  approval: Approval,
  percent: number,
): Decision | null {
  // Probes are never skipped.
  const isProbed = rollout.pausedFrom !== 'preparing' && rollout.pausedFrom !== 'probing';
  const isSteady = rollout.phase === 'analysing' || (rollout.phase === 'paused' && isProbed);
  if (!isSteady || !isAsShown(rollout, observed) || !carries(rollout, observed, percent)) return null;
  // A yes given a minute ago is no reason to raise into a breach that this very look shows.
  const judgement = judged(rollout, observed);
  if (judgement.kind === 'decided') return judgement.decision;
  if (judgement.ticked?.verdict === 'breach') return null;
  const why = cause('asked_traffic_up', `${percent} % by approval`, observed.now);
  return shiftTo(applied(rollout, approval, observed.now), percent, observed.now, why);
}

/** Waits are skipped, the verdict is not: the look that moves it is a pass of every rule. The bake is run in full. */
function promote(rollout: Rollout, observed: Observed, approval: Approval): Decision | null {
  if (rollout.phase !== 'analysing' || !isAsShown(rollout, observed) || !carries(rollout, observed, 100))
    return null;
  const judgement = judged(rollout, observed);
  if (judgement.kind === 'decided') return judgement.decision;
  if (judgement.ticked?.verdict !== 'pass') return null;
  const { now } = observed;
  const text = `Promoted from ${rollout.confirmedPercent} % by approval of ${approvers(approval)}: the other waits are skipped`;
  return shiftTo(applied(judgement.rollout, approval, now), 100, now, cause('asked_promote', text, now));
}

/** Only while low traffic is the one thing in the way: any other unknown holds, and a breach is a breach. */
function goOnWithoutEvidence(
  rollout: Rollout,
  observed: Observed,
  approval: Approval,
  percent: number,
): Decision | null {
  const isBake = rollout.phase === 'baking';
  if ((!isBake && rollout.phase !== 'analysing') || planOf(rollout).analysis.lowTraffic !== 'approve')
    return null;
  if (!isAsShown(rollout, observed) || !carries(rollout, observed, percent)) return null;
  const judgement = judged(rollout, observed);
  if (judgement.kind === 'decided') return judgement.decision;
  const { now } = observed;
  const base = judgement.rollout;
  if (!judgement.ticked || !lacksRequestsAlone(base.verdicts)) return null;
  const why = cause(
    'without_evidence',
    `On from ${rollout.confirmedPercent} % without evidence by approval of ${approvers(approval)}`,
    now,
  );
  const next = applied(base, approval, now);
  if (!isBake) return shiftTo(next, percent, now, why);
  return hadItsBake(rollout, now)
    ? drainFormer(next, why, 'Bake ended without evidence, by approval; the former stable drains')
    : null;
}

/** On from where the route was found. A look that shows a breach is no time for it. */
function resumeLost(rollout: Rollout, observed: Observed, approval: Approval): Decision | null {
  if (rollout.phase !== 'paused' || rollout.desiredPercent !== rollout.confirmedPercent) return null;
  const text = `Goes on at ${rollout.confirmedPercent} % by approval of ${approvers(approval)}, after the state was lost`;
  const why = cause('asked_go', text, observed.now);
  if (rollout.confirmedPercent === 0) return resumeFrom(applied(rollout, approval, observed.now), why);
  if (!isAsShown(rollout, observed)) return null;
  const judgement = judged(rollout, observed);
  if (judgement.kind === 'decided') return judgement.decision;
  if (judgement.ticked?.verdict === 'breach') return null;
  return resumeFrom(applied(judgement.rollout, approval, observed.now), why);
}

/** The object has what the approver was shown. */
const isAsShown = (rollout: Rollout, { route }: Observed): boolean =>
  route?.kind === 'seen' && route.value.percent === rollout.confirmedPercent;

const carries = (rollout: Rollout, observed: Observed, percent: number): boolean =>
  observed.candidate?.kind === 'seen' &&
  observed.candidate.value.ready >= podsFor(planOf(rollout), percent, observed);

const applied = (rollout: Rollout, { id }: Approval, now: number): Rollout => ({
  ...rollout,
  approvals: rollout.approvals.map((entry) =>
    entry.id === id ? { ...entry, state: 'applied', decidedAt: now } : entry,
  ),
});

const approvers = ({ votes }: Approval): string =>
  votes
    .filter(({ decision }) => decision === 'approve')
    .map(({ person }) => person.name ?? person.id)
    .join(' and ') || 'an approver';
