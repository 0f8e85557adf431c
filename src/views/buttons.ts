/**
 * The card's buttons. The way back (Withdraw, Roll back) is always the first of block 3 and nothing else ever stands
 * there; Approve and Reject are second and third, or in a row of their own below. So a tap that lands a second after
 * the card changed never approves what it meant to stop, nor stops what it meant to approve. What stands where Approve
 * stood a second ago (Hold, Go on) asks before it acts.
 */
import type { Button, ConfirmationDialog, KnownBlock } from '@slack/types';
import type { Approval, ApprovalSubject } from '../core/approval/approval.ts';
import type { Plan } from '../core/rollout/plan.ts';
import type { Rollout } from '../core/rollout/rollout.ts';
import { ACTIONS, encodeButton } from './actions.ts';
import { actions, button, confirm } from './blocks.ts';
import { cardRevision, mayGoWithoutEvidence } from './card-revision.ts';
import { candidateName, percent, stableName, targetName } from './format.ts';

export const pendingApproval = (rollout: Rollout, kind: Approval['subject']['kind']): Approval | null =>
  rollout.approvals.find((approval) => approval.subject.kind === kind && approval.state === 'pending') ??
  null;

/** Asked inside the running rollout; a yes that waits for its moment counts too. */
export const isOpenMidway = ({ subject, state }: Approval): boolean =>
  subject.kind !== 'plan' && (state === 'pending' || state === 'approved');

const value = (rollout: Rollout, approval: Approval | null): string =>
  encodeButton({
    rolloutId: rollout.id,
    approvalId: approval?.id ?? null,
    digestPrefix: (approval?.planDigest ?? rollout.plan?.digest ?? '').slice(0, 12).replace(/[^0-9a-f]/g, ''),
    revision: cardRevision(rollout),
  });

/** Block 3, or nothing where nothing can be done. */
export function controls(rollout: Rollout): readonly KnownBlock[] {
  const buttons = controlButtons(rollout);
  return buttons.length === 0 ? [] : [actions(...buttons)];
}

function controlButtons(rollout: Rollout): Button[] {
  switch (rollout.phase) {
    case 'planning':
      return [wayBack(rollout)];
    case 'awaiting-approval':
      return [wayBack(rollout), ...decision(rollout, pendingApproval(rollout, 'plan'))];
    case 'preparing':
    case 'probing':
    case 'shifting':
    case 'analysing':
    case 'baking':
      return [wayBack(rollout), hold(rollout), ...shortcuts(rollout)];
    case 'paused':
      return [wayBack(rollout), ...(rollout.lostAt != null ? askToGoOn(rollout) : [goOn(rollout)])];
    case 'draining':
      if (rollout.drainTowards === 'candidate') return [wayBack(rollout)];
      // Against somebody who gives it traffic again no click helps, nor against a cluster that refuses the end.
      return rollout.needsSince === null ||
        rollout.hold?.code === 'way_back_contested' ||
        rollout.hold?.code === 'end_not_done'
        ? []
        : [endUnverified(rollout)];
    case 'closed':
      return closedButtons(rollout);
    default:
      return [];
  }
}

/** A service that is not adopted is offered its adoption; what an adoption was is asked for by its command. */
function closedButtons(rollout: Rollout): Button[] {
  if (!['void', 'expired', 'refused'].includes(rollout.outcome ?? '')) return [];
  if (rollout.kind === 'adopt' || rollout.kind === 'adopt-undo') return [];
  const isPlain = rollout.kind === 'deploy' && rollout.refusal?.code === 'not_adopted';
  if (rollout.kind === 'deploy' && rollout.refusal?.code === 'stable_unready')
    return [deployAgain(rollout), forceForward(rollout)];
  return isPlain ? [adopt(rollout), deployAgain(rollout)] : [deployAgain(rollout)];
}

/** Approve and Reject of an approval inside a running rollout, for the section that shows it. */
export const midwayDecision = (rollout: Rollout, approval: Approval): KnownBlock =>
  actions(...decision(rollout, approval));

function decision(rollout: Rollout, approval: Approval | null): Button[] {
  if (approval === null) return [];
  const shown = value(rollout, approval);
  return [
    button({
      actionId: ACTIONS.approve,
      label: approveLabel(approval.subject),
      value: shown,
      style: 'primary',
    }),
    button({ actionId: ACTIONS.reject, label: 'Reject', value: shown }),
  ];
}

/** What the yes is for, as far as a phone has room. */
function approveLabel(subject: ApprovalSubject): string {
  switch (subject.kind) {
    case 'plan':
      return 'Approve';
    case 'traffic':
      return `Approve ${percent(subject.percent)}`;
    case 'promote':
      return 'Approve promote';
    case 'evidence':
      return 'Approve without evidence';
    case 'resume':
      return 'Approve going on';
  }
}

/** Both ask the approvers and move nothing; while something is asked already, its own row stands below. */
function shortcuts(rollout: Rollout): Button[] {
  if (rollout.approvals.some(isOpenMidway)) return [];
  const isOnItsWay = rollout.phase === 'shifting' || rollout.phase === 'analysing';
  return [
    ...(mayGoWithoutEvidence(rollout) ? [withoutEvidence(rollout)] : []),
    ...(isOnItsWay && rollout.confirmedPercent > 0 && rollout.desiredPercent < 100 ? [promote(rollout)] : []),
  ];
}

function promote(rollout: Rollout): Button {
  return button({
    actionId: ACTIONS.promote,
    label: 'Promote',
    value: value(rollout, null),
    confirm: confirm(
      'Ask to promote?',
      `An approver decides on this card. Then ${candidateName(rollout)} goes from ${percent(rollout.confirmedPercent)} to 100 % in one move, on the first look that passes every rule. The bake is run in full.`,
      'Ask',
      'Leave it',
    ),
  });
}

const withoutEvidence = (rollout: Rollout): Button =>
  button({
    actionId: ACTIONS.go,
    label: 'Go on without evidence',
    value: value(rollout, null),
    confirm: confirm(
      'Ask to go on without evidence?',
      `Too few requests come to judge ${candidateName(rollout)} at ${percent(rollout.confirmedPercent)}. An approver decides on this card. Failed requests still roll back.`,
      'Ask',
      'Leave it',
    ),
  });

function wayBack(rollout: Rollout): Button {
  const isBeforeApproval = rollout.phase === 'planning' || rollout.phase === 'awaiting-approval';
  return button({
    actionId: ACTIONS.rollback,
    label: isBeforeApproval ? 'Withdraw' : 'Roll back',
    value: value(rollout, null),
    ...(isBeforeApproval ? {} : { style: 'danger' as const }),
    confirm: isBeforeApproval ? withdrawQuestion(rollout) : rollbackQuestion(rollout),
  });
}

const withdrawQuestion = (rollout: Rollout): ConfirmationDialog =>
  confirm(
    'Withdraw this request?',
    `${targetName(rollout.target)} stays on ${stableName(rollout)}. ${candidateName(rollout)} is not started.`,
    'Withdraw',
    'Leave it',
    'danger',
  );

const unsafeWords = ({ stableTrouble }: Plan): string =>
  `when this was planned, ${stableTrouble?.text ?? 'stable was broken'}`;

/** Both versions by name, and the weight that the route was last seen to have. */
export function rollbackQuestion(rollout: Rollout): ConfirmationDialog {
  const stable = stableName(rollout);
  const candidate = candidateName(rollout);
  const question =
    rollout.confirmedPercent === 0 && rollout.desiredPercent === 0
      ? `${candidate} has no traffic yet and gets none. ${stable} keeps 100 % of ${targetName(rollout.target)}.`
      : `Move 100 % of ${targetName(rollout.target)} back to ${stable}? ${candidate} has ${percent(rollout.confirmedPercent)} now.`;
  const unsafe = rollout.plan?.forceForward ? ` Unsafe: ${unsafeWords(rollout.plan)}.` : '';
  return confirm('Roll back?', `${question}${unsafe}`, 'Roll back', 'Leave it', 'danger');
}

function hold(rollout: Rollout): Button {
  const weight = percent(rollout.confirmedPercent);
  return button({
    actionId: ACTIONS.hold,
    label: 'Hold',
    value: value(rollout, null),
    confirm: confirm(
      'Hold here?',
      `${candidateName(rollout)} stays at ${weight} until somebody goes on. Rules are still judged; a breach still rolls back.`,
      'Hold',
      'Leave it',
    ),
  });
}

function goOn(rollout: Rollout): Button {
  return button({
    actionId: ACTIONS.go,
    label: 'Go on',
    value: value(rollout, null),
    confirm: confirm(
      'Go on with the plan?',
      `${candidateName(rollout)} has ${percent(rollout.confirmedPercent)} now and goes on with the plan from there.`,
      'Go on',
      'Stay paused',
    ),
  });
}

/** One `go` is not enough after lost state; while it is asked, its own row stands below. */
function askToGoOn(rollout: Rollout): Button[] {
  if (rollout.approvals.some(isOpenMidway)) return [];
  const candidate = candidateName(rollout);
  const question = `The record of who approved ${candidate} is lost. An approver decides on this card whether it goes on from ${percent(rollout.confirmedPercent)}.`;
  const asks = confirm('Ask to go on?', question, 'Ask', 'Stay paused');
  return [button({ actionId: ACTIONS.go, label: 'Go on', value: value(rollout, null), confirm: asks })];
}

const endUnverified = (rollout: Rollout): Button =>
  button({
    actionId: ACTIONS.go,
    label: 'End without proof',
    value: value(rollout, null),
    confirm: confirm(
      'End without proof?',
      `It is not shown that no request reaches ${candidateName(rollout)}. The rollout ends as failed, not verified.`,
      'End it',
      'Keep watching',
      'danger',
    ),
  });

const adopt = (rollout: Rollout): Button =>
  button({
    actionId: ACTIONS.adopt,
    label: 'Adopt',
    value: value(rollout, null),
    style: 'primary',
    confirm: confirm(
      'Adopt this service?',
      `${targetName(rollout.target)} becomes blue and green with the version that runs now. A plan is shown first and needs an approval.`,
      'Adopt',
      'Leave it',
    ),
  });

const forceForward = (rollout: Rollout): Button =>
  button({
    actionId: ACTIONS.forceForward,
    label: 'Force forward',
    value: value(rollout, null),
    style: 'danger',
    confirm: confirm(
      'Go without a way back?',
      `${candidateName(rollout)} takes 100 % of ${targetName(rollout.target)} in one move after its probes. A rollback would lead to what is broken now. An approver decides on its own card first.`,
      'Ask for it',
      'Leave it',
      'danger',
    ),
  });

/** Opens the deploy form, which asks by itself. */
const deployAgain = (rollout: Rollout): Button =>
  button({ actionId: ACTIONS.deployAgain, label: 'Deploy again', value: value(rollout, null) });
