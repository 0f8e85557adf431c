import type { Target } from '../core/target.ts';
import type { Message } from '../ports/chat.ts';
import { context, fitMessage, section } from './blocks.ts';
import { targetName } from './format.ts';
import { namesOf, type People } from './people.ts';
import { escapeEntities, escapeProse, escapeText } from './text.ts';

/** What help shows of a command. */
export interface HelpEntry {
  readonly verb: string;
  readonly aliases: readonly string[];
  readonly usage: string;
  readonly summary: string;
  readonly details: readonly string[];
}

/** What one person may do on one target. */
export interface HelpRights {
  readonly target: Target;
  readonly verbs: readonly {
    readonly verb: string;
    readonly people: People | null;
    readonly may: 'yes' | 'no' | 'unknown';
  }[];
}

/** A verb has a block of its own, which Slack sets apart, as long as one message holds them. */
const MAX_SECTIONS = 40;

const usage = (command: HelpEntry, root: string): string =>
  `\`${escapeEntities(`${root} ${command.usage}`.replace(/`/g, "'"))}\``;

/** Words that nearly every verb takes: said once below the list, since a phone has no room for them in each line. */
const PLACE = / \[(?:env|region)=…\]/g;

const shortly = (command: HelpEntry): HelpEntry => ({ ...command, usage: command.usage.replace(PLACE, '') });

/** Every verb with its right form. */
export function helpView(
  commands: readonly HelpEntry[],
  root: string,
  rights: HelpRights | null = null,
): Message {
  const lines = commands.map(
    (command) =>
      `${usage(shortly(command), root)}${mark(command.verb, rights)}\n${escapeText(command.summary, 200)}`,
  );
  const isPlaced = commands.some((command) => command.usage.search(PLACE) >= 0);
  const place = isPlaced ? ' Where a service runs in several places, add `env=…` or `region=…`.' : '';
  const foot = `Square brackets may be left out.${place} \`${escapeText(root)} help <verb>\` says more.`;
  const blocks = [
    section(`*What ${escapeText(root)} does*`),
    ...grouped(lines, Math.ceil(lines.length / MAX_SECTIONS)).map((group) => section(group.join('\n'))),
    context(legend(commands, rights, root)),
    context(foot.replace(/<verb>/g, '&lt;verb&gt;')),
  ];
  return fitMessage({
    text: [`What ${escapeText(root)} does`, ...lines, legend(commands, rights, root)].join('\n'),
    blocks,
    classic: blocks,
  });
}

/** A sign behind the form, so that the eye finds it in the list; words for it stand in the legend. */
function mark(verb: string, rights: HelpRights | null): string {
  const right = rights?.verbs.find((each) => each.verb === verb);
  return right === undefined || right.may === 'yes' ? '' : right.may === 'no' ? ' ⛔' : ' ❔';
}

/** Of the verbs listed: what is done by a button alone has no line here. */
function legend(commands: readonly HelpEntry[], rights: HelpRights | null, root: string): string {
  if (rights === null)
    return `What you may do is set per service: \`${escapeText(root)} help &lt;service&gt;\` shows it.`;
  const where = `*${escapeEntities(targetName(rights.target))}*`;
  const has = (may: 'no' | 'unknown'): boolean =>
    rights.verbs.some((each) => each.may === may && commands.some(({ verb }) => verb === each.verb));
  if (!has('no') && !has('unknown')) return `In ${where} you may use every verb.`;
  const no = has('no') ? ' ⛔ you may not;' : '';
  const unknown = has('unknown') ? ' ❔ could not be checked now;' : '';
  return `In ${where}:${no}${unknown} the rest you may use.`;
}

/** Everybody named, then what that means for whoever asks. */
function rightLine(verb: string, rights: HelpRights | null): string[] {
  const right = rights?.verbs.find((each) => each.verb === verb);
  if (rights === null || right === undefined) return [];
  const you = { yes: 'you may', no: 'you may not', unknown: 'whether you may could not be checked now' };
  const who =
    right.people !== null
      ? namesOf(right.people)
      : right.may === 'yes'
        ? 'whoever may use this channel'
        : 'nobody is configured';
  return [`May use it in *${escapeEntities(targetName(rights.target))}*: ${who}; ${you[right.may]}.`];
}

export function commandHelp(command: HelpEntry, root: string, rights: HelpRights | null = null): Message {
  const lines = [
    usage(command, root),
    escapeText(command.summary, 300),
    ...command.details.map((line) => escapeProse(line, 500)),
    ...rightLine(command.verb, rights),
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
