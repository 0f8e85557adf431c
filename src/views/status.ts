import type { KnownBlock } from '@slack/types';
import type { Rollout } from '../core/rollout/rollout.ts';
import type { Message } from '../ports/chat.ts';
import { approverNames } from './approval-parts.ts';
import { context, divider, fitMessage, section } from './blocks.ts';
import { candidateName, count, duration, person, targetName } from './format.ts';
import { headline, stateWords } from './headline.ts';
import { nextLines } from './next.ts';
import { stepsLine } from './progress.ts';
import { verdictsLine } from './rules-table.ts';
import { lockLine, servingVersion, type TargetStatusView, weightsLine } from './target-lines.ts';
import { escapeEntities, whenLong } from './text.ts';

/** Two blocks each: with the note this is as many as one message holds in a readable way. */
const MAX_TARGETS = 15;

/** What runs, who asked, who approved, step, verdicts, time left, lock, weights. Running ones first. */
export function statusView(
  statuses: readonly TargetStatusView[],
  now: number,
  root: string = '/dabba',
): Message {
  if (statuses.length === 0) {
    const blocks = [section('No service is configured here.')];
    return fitMessage({ text: 'No service is configured here.', blocks, classic: blocks });
  }
  const sorted = [...statuses].sort((a, b) => Number(b.running !== null) - Number(a.running !== null));
  const shown = sorted.slice(0, MAX_TARGETS);
  const texts = shown.map((status) => targetText(status, now, root, statuses.length === 1));
  const blocks: KnownBlock[] = texts.flatMap((text, index) =>
    index === 0 ? [section(text)] : [divider(), section(text)],
  );
  const rest = sorted.length - shown.length;
  if (rest > 0) blocks.push(context(`and ${count(rest, 'more target')}: name a service to see it.`));
  return fitMessage({ text: texts.join('\n\n'), blocks, classic: blocks });
}

function targetText(status: TargetStatusView, now: number, root: string, isAlone: boolean): string {
  const name = `*${escapeEntities(targetName(status.target))}*`;
  const lines =
    status.running === null
      ? [`${name} · ${restWords(status)}`]
      : runningLines(name, status.running.rollout, now, root, isAlone);
  if (status.waiting) lines.push(waitingLine(status.waiting, now));
  lines.push(weightsLine(status));
  if (status.lock !== null) lines.push(lockLine(status.lock, now));
  if (status.running === null && status.last !== null) lines.push(lastLine(status.last, now));
  return lines.join('\n');
}

function restWords(status: TargetStatusView): string {
  const version = servingVersion(status);
  return version === null ? 'no rollout runs' : `no rollout runs, stable is ${version}`;
}

function runningLines(name: string, rollout: Rollout, now: number, root: string, isAlone: boolean): string[] {
  const { sign, words } = stateWords(rollout);
  const { line2, line3 } = headline(rollout);
  const approvers = approverNames(rollout);
  const asked = `Asked by ${person(rollout.requester)} ${duration(now - rollout.createdAt)} ago${approvers === null ? '' : `, approved by ${approvers}`}`;
  const lines: (string | null)[] = [`${sign} ${name} · ${words}`, line2, line3];
  if (rollout.step >= 0) lines.push(stepsLine(rollout));
  lines.push(verdictsLine(rollout), ...nextLines(rollout, root).slice(0, isAlone ? 2 : 1), asked);
  return lines.filter((line) => line !== null);
}

const waitingLine = (waiting: Rollout, now: number): string =>
  `⏳ ${escapeEntities(candidateName(waiting))} takes its place when it has gone back, asked by ${person(waiting.requester)} ${duration(now - waiting.createdAt)} ago`;

function lastLine(last: Rollout, now: number): string {
  const { sign, words } = stateWords(last);
  const ended = last.endedAt ?? last.phaseSince;
  return `Last: ${sign} ${escapeEntities(candidateName(last))} ${words.toLowerCase()} ${duration(now - ended)} ago (${whenLong(ended)}), asked by ${person(last.requester)}`;
}
