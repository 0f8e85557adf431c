/** Who is called on which level now, and who stands in. Seen by one person alone, so a mention calls nobody. */
import type { KnownBlock } from '@slack/types';
import type { BySeverity, OnCall, Override } from '../core/alert/on-call.ts';
import type { Message } from '../ports/chat.ts';
import { context, fitMessage, section } from './blocks.ts';
import { lasting, person } from './format.ts';
import { escapeText, whenLong } from './text.ts';
import { mention } from './thread.ts';

export interface OnCallLine extends OnCall {
  readonly level: number;
  readonly until: number | null;
  readonly override: Override | null;
  readonly after: BySeverity;
}

const names = (people: readonly string[]): string =>
  people.map((id) => mention(id) ?? escapeText(id, 30)).join(', ') || '*nobody*';

export function onCallView(levels: readonly OnCallLine[], root: string): Message {
  const lines = levels.map((one, index) => line(one, index === levels.length - 1));
  const hint = `\`${escapeText(root)} oncall override @name level=1 for=4h\` lets somebody stand in.`;
  const blocks: readonly KnownBlock[] = [section(['*On call now*', ...lines].join('\n')), context(hint)];
  return fitMessage({ text: ['On call now', ...lines].join('\n'), blocks, classic: blocks });
}

function line({ level, people, by, until, override, after }: OnCallLine, isLast: boolean): string {
  const end = until === null ? '' : ` until ${whenLong(until)}`;
  const why = override
    ? `, stands in by ${person(override.by)}`
    : by === 'fallback'
      ? ' (nobody is planned at this hour: `slack.onCall`)'
      : '';
  const next =
    after.critical === null || isLast ? '' : ` · next level after ${lasting(after.critical)}, if critical`;
  return `*Level ${level}* ${names(people)}${end}${why}${next}`;
}

const reply = (text: string): Message => {
  const blocks: readonly KnownBlock[] = [section(text)];
  return fitMessage({ text, blocks, classic: blocks });
};

export const standInReply = ({ level, people, until }: Override, root: string): Message =>
  reply(
    `${names(people)} is called on level ${level} until ${whenLong(until)}, then the table again. \`${escapeText(root)} oncall clear level=${level}\` ends it sooner.`,
  );

export const clearedReply = (level: number, before: Override | null): Message =>
  reply(
    before === null
      ? `Nobody stood in on level ${level}: the table counts.`
      : `${names(before.people)} stands in on level ${level} no longer: the table counts again.`,
  );
