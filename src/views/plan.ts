import type { Plan } from '../core/rollout/plan.ts';
import type { Rollout } from '../core/rollout/rollout.ts';
import type { Message } from '../ports/chat.ts';
import { both, codeBlock, fitMessage, header, NOTHING, type Part, section } from './blocks.ts';
import { count, targetName, versionPlain } from './format.ts';
import { planSections } from './plan-sections.ts';
import { escapeEntities, escapeProse, escapeText } from './text.ts';
import { mention } from './thread.ts';

/** The dry run: the plan as its card would show it; nothing was stored and no target was claimed. */
export function planView(plan: Plan | null, refusal: Rollout['refusal']): Message {
  const title = plan === null ? 'DRY RUN' : `📝 ${targetName(plan.target)} · DRY RUN`;
  const versions =
    plan === null
      ? ''
      : `${escapeEntities(versionPlain(plan.from))} → ${escapeEntities(versionPlain(plan.to))} · `;
  const lead = `${versions}${refusal === null ? 'would ask for approval' : 'would be refused'}. Nothing was stored.`;
  const parts: readonly Part[] = [
    both(header(title), section(lead)),
    refusalPart(refusal),
    plan === null ? NOTHING : approvals(plan),
    plan === null ? NOTHING : planSections(plan),
  ];
  return fitMessage({
    text: `${escapeEntities(title)}\n${lead}`,
    blocks: parts.flatMap((part) => part.native),
    classic: parts.flatMap((part) => part.classic),
  });
}

/** Each gate in the way stands with the plan below. */
function refusalPart(refusal: Rollout['refusal']): Part {
  if (refusal === null) return NOTHING;
  const todo = `*To do:* ${escapeProse(refusal.hint, 1200)} Code \`${escapeText(refusal.code, 60)}\``;
  const why = section(`⛔ ${escapeProse(refusal.text, 1000)}\n${todo}`);
  return refusal.snippet === undefined ? both(why) : both(why, codeBlock(refusal.snippet));
}

const approvals = (plan: Plan): Part =>
  plan.kind === 'rollback'
    ? both(section('*Approval* none: back to the last good version'))
    : both(
        section(
          `*Approval* ${count(plan.approval.needed, 'approval')} needed, never by whoever asks${alsoNeeded(plan)}`,
        ),
      );

/** Whose yes must be among them: whoever leads the incident that is fixed. */
const alsoNeeded = ({ approval }: Plan): string =>
  approval.required === undefined
    ? ''
    : `, and that of ${mention(approval.required.id) ?? 'one more'}: ${escapeText(approval.required.why, 120)}`;
