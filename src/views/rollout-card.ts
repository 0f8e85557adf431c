/** The one message of a rollout, edited in place, phone first: state, versions, cause, buttons; then the evidence. */
import type { Rollout } from '../core/rollout/rollout.ts';
import type { Message } from '../ports/chat.ts';
import { decidedLine, planApproval, trafficApproval, type WaitingRights } from './approval-parts.ts';
import { both, context, fitMessage, header, NOTHING, type Part, section } from './blocks.ts';
import { controls } from './buttons.ts';
import { errorChart } from './error-chart.ts';
import { person } from './format.ts';
import { fallbackText, headline } from './headline.ts';
import { nextLines } from './next.ts';
import { planSections } from './plan-sections.ts';
import { progress } from './progress.ts';
import { rulesTable } from './rules-table.ts';
import { escapeText, when } from './text.ts';

export type { WaitingRights } from './approval-parts.ts';
export { cardRevision } from './card-revision.ts';

export interface CardInput {
  readonly rollout: Rollout;
  /** Of the stored state, shown at the foot. */
  readonly rev: number;
  /** Who is on call, in plain words. */
  readonly onCall?: string;
  readonly waitingRights?: WaitingRights;
  /** Root command as configured; default `/dabba`. */
  readonly root?: string;
}

export function rolloutCard(input: CardInput): Message {
  const { rollout, waitingRights } = input;
  const lines = headline(rollout);
  const parts: readonly Part[] = [
    both(header(lines.line1), section(`${lines.line2}\n${lines.line3}`), ...controls(rollout)),
    trafficApproval(rollout, waitingRights),
    planApproval(rollout, waitingRights),
    progress(rollout),
    next(input),
    rulesTable(rollout),
    errorChart(rollout),
    rollout.phase === 'awaiting-approval' && rollout.plan !== null ? planSections(rollout.plan) : NOTHING,
    refusedGates(rollout),
    foot(input),
  ];
  return fitMessage({
    text: fallbackText(lines),
    blocks: parts.flatMap((part) => part.native),
    classic: parts.flatMap((part) => part.classic),
  });
}

function next({ rollout, root, onCall }: CardInput): Part {
  const lines = [...nextLines(rollout, root ?? '/dabba')];
  const isUrgent = rollout.phase === 'failed' || rollout.needsSince !== null;
  if (isUrgent && rollout.phase !== 'closed' && onCall !== undefined && onCall !== '')
    lines.push(`On call: ${escapeText(onCall, 100)}`);
  return lines.length === 0 ? NOTHING : both(section(lines.join('\n')));
}

/** Gates that stood in the way of a plan which was otherwise whole. */
function refusedGates(rollout: Rollout): Part {
  if (rollout.outcome !== 'refused' || rollout.plan === null) return NOTHING;
  const failed = rollout.plan.gates.filter((gate) => !gate.passed).slice(0, 8);
  if (failed.length === 0) return NOTHING;
  return both(
    section(
      failed.map((gate) => `⛔ *${escapeText(gate.gate, 40)}* ${escapeText(gate.reason, 300)}`).join('\n'),
    ),
  );
}

function foot({ rollout, rev }: CardInput): Part {
  const who = [`Asked by ${person(rollout.requester)} ${when(rollout.createdAt)}`, decidedLine(rollout)];
  const reason =
    rollout.reason === null || rollout.reason === '' ? [] : [`Reason: ${escapeText(rollout.reason, 400)}`];
  const lines = [
    who.filter((part) => part !== null).join(' · '),
    ...reason,
    `${escapeText(rollout.id)} · rev ${rev}`,
  ];
  return both(context(lines.join('\n')));
}
