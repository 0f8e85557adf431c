import type { Message } from '../ports/chat.ts';
import { context, fitMessage, section } from './blocks.ts';
import { escapeEntities, escapeProse, escapeText } from './text.ts';

/** What help shows of a command. */
export interface HelpEntry {
  readonly verb: string;
  readonly aliases: readonly string[];
  readonly usage: string;
  readonly summary: string;
  readonly details: readonly string[];
}

const usage = (command: HelpEntry, root: string): string =>
  `\`${escapeEntities(`${root} ${command.usage}`.replace(/`/g, "'"))}\``;

/** Every verb with its right form. */
export function helpView(commands: readonly HelpEntry[], root: string): Message {
  const lines = commands.map((command) => `${usage(command, root)}\n${escapeText(command.summary, 200)}`);
  const foot = `\`${escapeText(root)} help <verb>\` or \`${escapeText(root)} <verb> help\` says more. Square brackets may be left out.`;
  const blocks = [
    section(`*What ${escapeText(root)} does*`),
    ...grouped(lines, 6).map((group) => section(group.join('\n\n'))),
    context(foot.replace(/<verb>/g, '&lt;verb&gt;')),
  ];
  return fitMessage({
    text: [`What ${escapeText(root)} does`, ...lines].join('\n'),
    blocks,
    classic: blocks,
  });
}

export function commandHelp(command: HelpEntry, root: string): Message {
  const lines = [
    usage(command, root),
    escapeText(command.summary, 300),
    ...command.details.map((line) => escapeProse(line, 500)),
  ];
  const aliases =
    command.aliases.length === 0
      ? []
      : [context(`Also: ${command.aliases.map((alias) => `\`${escapeText(alias, 40)}\``).join(', ')}`)];
  const blocks = [section(lines.join('\n')), ...aliases];
  return fitMessage({ text: lines.join('\n'), blocks, classic: blocks });
}

const grouped = <T>(items: readonly T[], size: number): T[][] =>
  Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );
