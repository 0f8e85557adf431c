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

/** A verb has a block of its own, which Slack sets apart, as long as one message holds them. */
const MAX_SECTIONS = 40;

const usage = (command: HelpEntry, root: string): string =>
  `\`${escapeEntities(`${root} ${command.usage}`.replace(/`/g, "'"))}\``;

/** Words that nearly every verb takes: said once below the list, since a phone has no room for them in each line. */
const PLACE = / \[(?:env|region)=…\]/g;

const shortly = (command: HelpEntry): HelpEntry => ({ ...command, usage: command.usage.replace(PLACE, '') });

/** Every verb with its right form. */
export function helpView(commands: readonly HelpEntry[], root: string): Message {
  const lines = commands.map(
    (command) => `${usage(shortly(command), root)}\n${escapeText(command.summary, 200)}`,
  );
  const isPlaced = commands.some((command) => command.usage.search(PLACE) >= 0);
  const place = isPlaced ? ' Where a service runs in several places, add `env=…` or `region=…`.' : '';
  const foot = `Square brackets may be left out.${place} \`${escapeText(root)} help <verb>\` says more.`;
  const blocks = [
    section(`*What ${escapeText(root)} does*`),
    ...grouped(lines, Math.ceil(lines.length / MAX_SECTIONS)).map((group) => section(group.join('\n'))),
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
