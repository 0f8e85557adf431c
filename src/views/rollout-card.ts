/** The one message of a rollout, edited in place, phone first: state, versions, cause, buttons; then the evidence. */
import type { Rollout } from '../core/rollout/rollout.ts';
import type { Message } from '../ports/chat.ts';
import { askedLine, decidedLine, midwayApproval, planApproval, reasonLines } from './approval-parts.ts';
import { both, codeBlock, context, fitMessage, header, NOTHING, type Part, section } from './blocks.ts';
import { controls } from './buttons.ts';
import { errorChart } from './error-chart.ts';
import { fallbackText, headline } from './headline.ts';
import { nextLines } from './next.ts';
import type { People } from './people.ts';
import { planSections } from './plan-sections.ts';
import { progress } from './progress.ts';
import { rulesTable } from './rules-table.ts';
import { escapeText } from './text.ts';
import { mention } from './thread.ts';

export { cardRevision } from './card-revision.ts';

export interface CardInput {
  readonly rollout: Rollout;
  /** Of the stored state, shown at the foot. */
  readonly rev: number;
  /** Slack ids of people and groups on call, as configured. */
  readonly onCall?: readonly string[];
  /** Who may roll back, as configured; null: nobody is listed. */
  readonly mayRollBack?: People | null;
  /** Root command as configured; default `/dabba`. */
  readonly root?: string;
}

export function rolloutCard(input: CardInput): Message {
  const { rollout } = input;
  const lines = headline(rollout);
  const parts: readonly Part[] = [
    both(header(lines.line1), section(`${lines.line2}\n${lines.line3}`), ...controls(rollout)),
    midwayApproval(rollout),
    planApproval(rollout, input.mayRollBack),
    progress(rollout, next(input)),
    rulesTable(rollout),
    errorChart(rollout),
    rollout.phase === 'awaiting-approval' && rollout.plan !== null ? planSections(rollout.plan) : NOTHING,
    snippet(rollout),
    refusedGates(rollout),
    foot(input),
  ];
  return fitMessage({
    text: fallbackText(lines),
    blocks: parts.flatMap((part) => part.native),
    classic: parts.flatMap((part) => part.classic),
  });
}

function next({ rollout, root, onCall }: CardInput): readonly string[] {
  const lines = [...nextLines(rollout, root ?? '/dabba')];
  const isUrgent = rollout.phase === 'failed' || (rollout.needsSince !== null && rollout.endedAt === null);
  const names = (onCall ?? []).map(mention).filter((each) => each !== null);
  if (isUrgent && names.length > 0) lines.push(`On call: ${names.slice(0, 5).join(', ')}`);
  return lines;
}

/** What to copy stands right below what to do with it. */
const snippet = ({ refusal }: Rollout): Part =>
  refusal?.snippet === undefined ? NOTHING : both(codeBlock(refusal.snippet));

/** All gates that stood in the way; a single one is the cause and stands above. */
function refusedGates(rollout: Rollout): Part {
  if (rollout.outcome !== 'refused' || rollout.plan === null) return NOTHING;
  const failed = rollout.plan.gates.filter((gate) => !gate.passed).slice(0, 8);
  if (failed.length < 2) return NOTHING;
  return both(
    section(
      failed.map((gate) => `⛔ *${escapeText(gate.gate, 40)}* ${escapeText(gate.reason, 300)}`).join('\n'),
    ),
  );
}

/** While it waits for approval, who asked and why stands above the plan. */
function foot({ rollout, rev }: CardInput): Part {
  const id = `${escapeText(rollout.id)} · rev ${rev}`;
  if (rollout.phase === 'awaiting-approval') return both(context(id));
  const who = [askedLine(rollout), decidedLine(rollout)].filter((part) => part !== null).join(' · ');
  return both(context([who, ...reasonLines(rollout), id].join('\n')));
}
