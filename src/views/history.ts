import type { Rollout } from '../core/rollout/rollout.ts';
import type { Message } from '../ports/chat.ts';
import { approverNames } from './approval-parts.ts';
import { fitMessage, section } from './blocks.ts';
import { candidateName, duration, kindWord, person, stableName, targetName } from './format.ts';
import { stateWords } from './headline.ts';
import { escapeEntities, escapeText, whenLong } from './text.ts';

const MAX_ROLLOUTS = 20;
const PER_SECTION = 10;

/** The last 20, newest first: result, versions, duration, who, why it ended. */
export function historyView(rollouts: readonly Rollout[]): Message {
  const [newest] = rollouts;
  if (newest === undefined) {
    const none = 'No rollout of this target is on record yet.';
    const blocks = [section(none)];
    return fitMessage({ text: none, blocks, classic: blocks });
  }
  const title = `*${escapeEntities(targetName(newest.target))}*, newest first`;
  const lines = rollouts.slice(0, MAX_ROLLOUTS).map(line);
  const groups = Array.from({ length: Math.ceil(lines.length / PER_SECTION) }, (_, index) =>
    section(lines.slice(index * PER_SECTION, (index + 1) * PER_SECTION).join('\n\n')),
  );
  const blocks = [section(title), ...groups];
  return fitMessage({ text: [title, ...lines].join('\n'), blocks, classic: blocks });
}

function line(rollout: Rollout): string {
  const { sign, words } = stateWords(rollout);
  const candidate = escapeEntities(candidateName(rollout));
  const versions =
    rollout.plan === null ? candidate : `${escapeEntities(stableName(rollout))} → ${candidate}`;
  const took =
    rollout.endedAt === null ? 'running' : `after ${duration(rollout.endedAt - rollout.createdAt)}`;
  const word = kindWord(rollout);
  const kind = word === '' ? '' : `${word}, `;
  const approvers = approverNames(rollout);
  const who = `${person(rollout.requester)}${approvers === null ? '' : `, approved by ${approvers}`}`;
  const isWell = rollout.phase === 'promoted' || rollout.endedAt === null;
  const why = isWell ? '' : ` · ${escapeText(rollout.cause.text, 110)}`;
  return `${sign} *${versions}* · ${kind}${words.toLowerCase()} ${took}\n${whenLong(rollout.createdAt)} · ${who}${why}`;
}
