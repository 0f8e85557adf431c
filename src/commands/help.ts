import { DabbawalaError } from '../lib/errors.ts';
import { didYouMean } from '../lib/nearest.ts';
import { commandHelp, helpView } from '../views/help.ts';
import type { Command } from './command.ts';
import { findCommand, verbWords } from './find.ts';

export const help: Command = {
  verb: 'help',
  aliases: [],
  usage: 'help [<verb>]',
  summary: 'Shows this list, or more about one verb.',
  details: [],
  options: [],
  flags: [],
  run: async ({ args, commands, root }) => {
    const [word] = args.words;
    if (word === undefined) return { kind: 'ephemeral', message: helpView(commands, root) };
    const command = findCommand(commands, word);
    if (!command)
      throw new DabbawalaError(
        'unknown_verb',
        `There is no verb "${word.slice(0, 60)}".${didYouMean(word, verbWords(commands))}`,
        { hint: `Type \`${root} help\` for the list.` },
      );
    return { kind: 'ephemeral', message: commandHelp(command, root) };
  },
};
