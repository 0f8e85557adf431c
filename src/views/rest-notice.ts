/** A message of its own in the war room: what a look at a service at rest has to say. Without a rollout there is no card. */
import type { RestNotice } from '../core/rest/record.ts';
import type { Target } from '../core/target.ts';
import type { Message } from '../ports/chat.ts';
import { context, fitMessage, header, section } from './blocks.ts';
import { targetName } from './format.ts';
import { escapeEntities, escapeProse, escapeText, when } from './text.ts';
import { mention } from './thread.ts';

export interface RestNoticeInput {
  readonly target: Target;
  readonly notice: RestNotice;
  /** Slack ids of users and user groups that config names. */
  readonly onCall: readonly string[];
}

const SIGNS: Readonly<Record<RestNotice['level'], string>> = { page: '🚨', note: '🟠', over: '🟢' };

export function restNotice({ target, notice, onCall }: RestNoticeInput): Message {
  const { level, title, text, todo, at } = notice;
  const line = `${SIGNS[level]} ${targetName(target)} · ${title}`;
  const words = `${escapeProse(text, 2000)} Seen at rest, ${when(at)}.`;
  const names =
    level === 'page'
      ? [...new Set(onCall)]
          .map(mention)
          .filter((each) => each !== null)
          .slice(0, 20)
      : [];
  const blocks = [
    header(line),
    section(words),
    ...(todo === null
      ? []
      : [section(`To do: ${escapeProse(todo.words, 600)}: \`${escapeText(todo.command, 300)}\``)]),
    ...(names.length === 0 ? [] : [context(names.join(' '))]),
  ];
  return fitMessage({
    text: [escapeEntities(line), words, ...names].join('\n'),
    blocks,
    classic: blocks,
  });
}
