/** docs/commands.md: every verb, from the list that the bot itself runs by. */
import type { Command } from '../../src/commands/command.ts';
import { code, page, table } from './markdown.ts';

export interface CommandsInput {
  readonly commands: readonly Command[];
  readonly root: string;
  /** Verb to slash command; null or absent: none. */
  readonly aliases: Readonly<Record<string, string | null | undefined>>;
}

const OPTIONS: Readonly<Record<string, string>> = {
  env: 'environment; else the one of the channel, else `defaultEnvironment`',
  region: 'region; needed where the environment has several',
  reason: 'why, in quotes; a deploy to production needs one',
};
const FLAGS: Readonly<Record<string, string>> = {
  'dry-run': 'show what would happen, do and store nothing',
  'force-forward': 'straight to 100 %, while stable is broken',
  supersede: 'take the place of the rollout that runs; see its card',
};

const section = (command: Command, { root, aliases }: CommandsInput): string => {
  const { verb, usage, summary, details, options, flags } = command;
  const slash = aliases[verb];
  const forms = [`${root} ${usage}`, ...(slash ? [`${slash}${usage.slice(verb.length)}`] : [])];
  const words = [
    ...options.map((option) => `- ${code(`${option}=…`)}${OPTIONS[option] ? `: ${OPTIONS[option]}` : ''}`),
    ...flags.map((flag) => `- ${code(flag)}${FLAGS[flag] ? `: ${FLAGS[flag]}` : ''}`),
  ];
  return [
    `## ${verb}`,
    `${summary}${command.aliases.length > 0 ? ` Also: ${command.aliases.map(code).join(', ')}.` : ''}`,
    ['```text', ...forms, '```'].join('\n'),
    ...details,
    ...(words.length > 0 ? [words.join('\n')] : []),
  ].join('\n\n');
};

export function renderCommands(input: CommandsInput): string {
  const { commands, root, aliases } = input;
  const rows = commands.map(({ verb, usage, summary }) => [
    `[${code(`${root} ${usage}`)}](#${verb})`,
    aliases[verb] ? code(aliases[verb]) : '',
    summary,
  ]);
  return page(
    'Commands',
    `One slash command, ${code(root)}, carries every verb; some verbs have a slash command of their own. Square brackets may be left out. ${code(`${root} <verb> help`)} says the same in Slack. All names can be changed in the configuration (\`slack.rootCommand\`, \`slack.aliases\`).`,
    'A mention means the same, in a channel or a thread: `@dabbawala rollback payment`. Below a rollout card its service and environment need not be named: `@dabbawala rollback`. The answer is for the asking person alone.',
    table(['Command', 'Slash alias', 'What it does'], rows),
    ...commands.map((command) => section(command, input)),
  );
}
