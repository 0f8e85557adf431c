/** What happens next, and when: one sentence per phase, then what happens if nobody comes. mrkdwn. */

import type { Plan } from '../core/rollout/plan.ts';
import type { Rollout } from '../core/rollout/rollout.ts';
import { pendingApproval } from './buttons.ts';
import { mayGoWithoutEvidence } from './card-revision.ts';
import { amount, candidateName, count, duration, percent, stableName } from './format.ts';
import { escapeEntities, escapeProse, escapeText, when } from './text.ts';

export function nextLines(rollout: Rollout, root: string): readonly string[] {
  const lines = [nextLine(rollout, root), waitingLine(rollout)];
  return lines.filter((line): line is string => line !== null);
}

function nextLine(rollout: Rollout, root: string): string | null {
  const { phase, plan } = rollout;
  if (phase === 'planning' && rollout.supersedes)
    return `Next: the plan, when ${escapeEntities(rollout.supersedes.version)} has gone back. Given up at ${when(rollout.supersedes.until)}.`;
  if (phase === 'planning') return 'Next: the plan, once digest, live version and gates are read.';
  if (phase === 'closed') return closedLine(rollout, root);
  if (plan === null) return null;
  const candidate = escapeEntities(candidateName(rollout));
  const stable = escapeEntities(stableName(rollout));
  switch (phase) {
    case 'awaiting-approval':
      return awaitingLine(rollout);
    case 'preparing':
      return `Next: probes, when ${plan.replicas} of ${count(plan.replicas, 'pod')} are ready. Deadline ${deadline(rollout, plan.times.readinessMs)}; after it the rollout ends and ${stable} keeps 100 %.`;
    case 'probing':
      return `Next: ${percent(plan.steps[0] ?? 100)} when every critical probe has passed. Deadline ${deadline(rollout, plan.times.probesMs)}; after it the rollout ends and ${stable} keeps 100 %.`;
    case 'shifting':
      if (plan.adoption) return movingLine(plan, candidate);
      return `Next: analysis, when the share seen reaches ${percent(rollout.desiredPercent)}. If not by ${deadline(rollout, plan.times.shareMs)}, it holds.`;
    case 'analysing':
      return lowTrafficLine(rollout, plan) ?? afterTicks(rollout, plan, nextStep(rollout, plan));
    case 'baking':
      return lowTrafficLine(rollout, plan) ?? afterTicks(rollout, plan, `drain of ${stable}`);
    case 'paused':
      return pausedLine(rollout, plan);
    case 'draining':
      if (rollout.hold?.code === 'end_not_done') return undoneLine(rollout);
      return rollout.drainTowards === 'candidate'
        ? `Next: promoted at ${deadline(rollout, plan.times.drainMs)}. Until then ${stable} keeps its pods, and Roll back is a change of weight alone.`
        : (contestedLine(rollout) ??
            stepsBackLine(rollout, plan, root) ??
            `Next: rolled back, when no request reaches ${candidate}. Now: ${seen(rollout)}.`);
    case 'promoted':
      if (plan.adoption) return adoptedLine(rollout, plan, root);
      return `${stable} is scaled to 0 and kept; \`${escapeText(root)} rollback ${escapeText(rollout.target.service)}\` goes back to it.`;
    case 'rolled-back':
      return `${stable} has 100 %. ${candidate} is scaled to 0 and kept.`;
    case 'failed':
      return failedLine(rollout, plan);
    default:
      return null;
  }
}

const deadline = (rollout: Rollout, afterMs: number): string => when(rollout.phaseSince + afterMs);

const nextStep = (rollout: Rollout, plan: Plan): string => {
  const next = plan.steps[rollout.step + 1];
  return next === undefined ? `bake at 100 % for ${duration(plan.times.bakeMs)}` : percent(next);
};

/** Held by low traffic alone: what ends that, as the plan says. */
function lowTrafficLine(rollout: Rollout, plan: Plan): string | null {
  if (rollout.hold?.code !== 'too_few_requests') return null;
  const next =
    rollout.phase === 'baking' ? `drain of ${escapeEntities(stableName(rollout))}` : nextStep(rollout, plan);
  const enough = `Next: ${next}, when ${plan.analysis.minRequests} requests in ${duration(plan.times.windowMs)} can be judged`;
  if (!mayGoWithoutEvidence(rollout)) return `${enough}.`;
  return `${enough}, or when an approver lets it go on without evidence: \`go\` or the button asks.`;
}

/** Ticks, not a time of day: a tick without a verdict does not count. */
function afterTicks(rollout: Rollout, plan: Plan, next: string): string {
  const left = Math.max(0, rollout.clock.neededTicks - rollout.clock.knownTicks);
  if (left === 0) return `Next: ${next}, on the next pass of every rule.`;
  return `Next: ${next} in ${duration(left * plan.times.tickMs)} or longer (${count(left, 'more tick')}).`;
}

function awaitingLine(rollout: Rollout): string {
  const approval = pendingApproval(rollout, 'plan');
  if (approval === null) return 'Next: the approval is asked.';
  const given = approval.votes.filter((vote) => vote.decision === 'approve' && !vote.isRequiredOnly).length;
  const missing = Math.max(0, approval.policy.needed - given);
  const reminder = approval.reminded ? '' : ` Reminder at ${when(approval.remindAt)}.`;
  return `Next: starts with ${count(missing, 'more approval')}. Expires at ${when(approval.expiresAt)}.${reminder}`;
}

function pausedLine(rollout: Rollout, plan: Plan): string {
  const where =
    rollout.confirmedPercent === 0
      ? 'No traffic on the candidate'
      : `Stays at ${percent(rollout.confirmedPercent)}; a breach still rolls back`;
  const stable = escapeEntities(stableName(rollout));
  if (rollout.lostAt != null)
    return `${where}. The approval is lost with the record: *Go on* asks an approver on this card, *Roll back* asks nobody and moves 100 % to ${stable}.`;
  const onward = rollout.pausedFrom === 'baking' ? 'the bake' : nextStep(rollout, plan);
  return `${where}. *Go on* continues towards ${onward}, *Roll back* moves 100 % to ${stable}.`;
}

/** What is left to do by whom once an adoption, or its undo, stands. */
function adoptedLine({ target }: Rollout, plan: Plan, root: string): string {
  const service = escapeText(target.service);
  const original = escapeText(plan.template);
  return plan.kind === 'adopt'
    ? `${original} is scaled to 0 and stays as the template: change env and resources there, and \`${escapeText(root)} deploy ${service} …\` brings them. \`${escapeText(root)} adopt ${service} undo\` goes back.`
    : `The route names ${original} alone again and the colours are deleted. The subsets stay.`;
}

const movingLine = (plan: Plan, candidate: string): string =>
  plan.kind === 'adopt'
    ? `Next: watch at 100 %, when no request reaches ${escapeText(plan.template)} any more. Who still sends there is named.`
    : `Next: watch, when every proxy knows the route to ${candidate}.`;

const closedAdoption = ({ refusal }: Rollout): string =>
  refusal === null
    ? 'Nothing was changed.'
    : `To do: ${escapeProse(refusal.hint, 1200)} Gate \`${escapeText(refusal.code, 60)}\`. Nothing was changed.`;

/** Somebody gives the candidate traffic again: what is done about it, and who can end it. */
function contestedLine(rollout: Rollout): string | null {
  if (rollout.hold?.code !== 'way_back_contested') return null;
  const candidate = escapeEntities(candidateName(rollout));
  return rollout.confirmedPercent > 0
    ? `Next: 0 % is written again, at most twice in 2 min, until it stays. Now: ${seen(rollout)}. *Stop what writes the route*: the bot does not fight over it.`
    : `Next: rolled back, when 0 % has stayed for 2 min and no request reaches ${candidate}. Now: ${seen(rollout)}.`;
}

/** All that is left is to take down and to give back, and the cluster refuses it. */
function undoneLine(rollout: Rollout): string {
  const isForward = rollout.drainTowards === 'candidate';
  const name = escapeEntities(isForward ? candidateName(rollout) : stableName(rollout));
  const end = isForward ? 'promoted' : 'rolled back';
  return `Next: ${end}, once the cluster takes the last writes; they are tried again every few seconds. ${name} has all the traffic. *Give the bot what it lacks*: the line above says it.`;
}

/** Stable is short of pods, so it gets the traffic in steps. */
function stepsBackLine(rollout: Rollout, plan: Plan, root: string): string | null {
  const { wayBack, desiredPercent, stableReady } = rollout;
  if (wayBack == null) return null;
  const stable = escapeEntities(stableName(rollout));
  const again = `\`${escapeText(root)} rollback ${escapeText(rollout.target.service)}\` again moves all at once`;
  return `${stable} has ${stableReady} of ${count(plan.replicas, 'pod')} ready, so it gets the traffic in steps: ${percent(100 - desiredPercent)} now, more as pods get ready, all by ${when(wayBack.until)}. ${again}.`;
}

const seen = (rollout: Rollout): string => {
  const { observedRps, peakPercent } = rollout;
  if (peakPercent === 0) return 'it never had weight';
  const weight = rollout.confirmedPercent === 0 ? 'weight 0' : `weight ${percent(rollout.confirmedPercent)}`;
  return observedRps === null
    ? `${weight}, requests still seen unknown`
    : `${weight}, ${amount(observedRps)} rps still seen`;
};

function failedLine(rollout: Rollout, plan: Plan): string {
  const route = `VirtualService ${escapeText(plan.route.namespace)}/${escapeText(plan.route.name)}`;
  return `*A person must act.* It is not shown that ${escapeEntities(stableName(rollout))} has all traffic: read ${route}, give ${plan.stableColour} 100 %, and see that ${plan.candidateColour} gets no request. Last seen: ${percent(rollout.confirmedPercent)} on ${plan.candidateColour}.`;
}

/** Since when a person is needed, and what is done if none comes. */
function waitingLine(rollout: Rollout): string | null {
  const { needsSince, plan, mentions } = rollout;
  if (needsSince === null || plan === null || rollout.endedAt !== null) return null;
  const { mentionMs, escalateMs, returnMs } = plan.times;
  const parts = [`⚠️ Needs a person since ${when(needsSince)}`];
  if (mentions < 1) parts.push(`mentions at ${when(needsSince + mentionMs)}`);
  if (mentions < 2) parts.push(`escalates at ${when(needsSince + escalateMs)}`);
  const isPartial =
    rollout.confirmedPercent > 0 && rollout.confirmedPercent < 100 && rollout.phase !== 'draining';
  if (isPartial)
    parts.push(`returns to ${escapeEntities(stableName(rollout))} at ${when(needsSince + returnMs)}`);
  return `${parts.join(', ')}.`;
}

function closedLine(rollout: Rollout, root: string): string {
  if (rollout.kind === 'adopt' || rollout.kind === 'adopt-undo') return closedAdoption(rollout);
  const again = `\`${escapeText(root)} deploy ${escapeText(rollout.target.service)} ${escapeEntities(candidateName(rollout))}\``;
  switch (rollout.outcome) {
    case 'refused':
      return rollout.refusal === null
        ? 'No traffic was touched. Do what the gate says, then deploy again.'
        : `To do: ${escapeText(rollout.refusal.hint, 1200)} Gate \`${escapeText(rollout.refusal.code, 60)}\`. No traffic was touched.`;
    case 'rejected':
      return 'No traffic was touched. Talk to whoever rejected it before you ask again.';
    case 'expired':
      if (rollout.refusal !== null) return `To do: ${escapeText(rollout.refusal.hint)} Nothing was started.`;
      return `Nobody decided in time; nothing was started. Deploy again asks anew, as does ${again}.`;
    case 'void':
      return 'What was shown is no longer what would run (`ref_changed`), so the approval does not count. Deploy again makes a new plan.';
    default:
      return 'Nothing was started.';
  }
}
