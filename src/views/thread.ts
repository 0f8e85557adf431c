import type { Message } from '../ports/chat.ts';
import { context, fitMessage, section } from './blocks.ts';
import { escapeProse } from './text.ts';

export interface ThreadLineInput {
  /** Plain text; escaped here. */
  readonly text: string;
  /** Slack ids of users (U…, W…) and user groups (S…) that config names. Anything else is left out. */
  readonly mentions: readonly string[];
}

/** A line of a card's thread. Its mentions stand in `text` as well, so that they push. */
export function threadLine({ text, mentions }: ThreadLineInput): Message {
  const names = [...new Set(mentions)]
    .map(mention)
    .filter((each) => each !== null)
    .slice(0, 20);
  const line = escapeProse(text, 2000) || ' ';
  const blocks = [section(line), ...(names.length === 0 ? [] : [context(names.join(' '))])];
  return fitMessage({ text: [line, ...names].join(' '), blocks, classic: blocks });
}

export function mention(id: string): string | null {
  if (/^[UW][A-Z0-9]{1,20}$/.test(id)) return `<@${id}>`;
  return /^S[A-Z0-9]{1,20}$/.test(id) ? `<!subteam^${id}>` : null;
}
