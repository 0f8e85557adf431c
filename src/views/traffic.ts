import type { Message } from '../ports/chat.ts';
import { context, fitMessage, section } from './blocks.ts';
import { targetName } from './format.ts';
import { headline, stateWords } from './headline.ts';
import { stepsLine } from './progress.ts';
import { rpsText, type TargetStatusView, weightsLine } from './target-lines.ts';
import { escapeEntities, escapeText } from './text.ts';

/** Who has which share now, and how to change it. */
export function trafficView(status: TargetStatusView, root: string = '/dabba'): Message {
  const name = `*${escapeEntities(targetName(status.target))}*`;
  const lines = [name, weightsLine(status)];
  const rollout = status.running?.rollout ?? null;
  if (rollout !== null) {
    const { sign, words } = stateWords(rollout);
    lines.push(`${sign} ${words} · ${headline(rollout).line2}${rpsText(rollout)}`);
    const steps = rollout.step >= 0 ? stepsLine(rollout) : null;
    if (steps !== null) lines.push(steps);
  }
  const command = `\`${escapeText(root)} traffic ${escapeText(status.target.service)} N\``;
  const hint =
    rollout === null
      ? 'No rollout runs: weights move only inside one. Start one with `deploy`.'
      : `${command} gives the candidate N %: down at once, up after an approval.`;
  const blocks = [section(lines.join('\n')), context(hint)];
  return fitMessage({ text: lines.join('\n'), blocks, classic: blocks });
}
