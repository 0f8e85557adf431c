import type { Target } from '../core/target.ts';
import { DabbawalaError, isDabbawalaError } from '../lib/errors.ts';
import { didYouMean } from '../lib/nearest.ts';
import { commandHelp, type HelpRights, helpView } from '../views/help.ts';
import type { Command, CommandContext } from './command.ts';
import { findCommand, verbWords } from './find.ts';
import { refuseExtraWords } from './parse.ts';

export const help: Command = {
  verb: 'help',
  aliases: [],
  usage: 'help [<verb>] [<service>] [env=…] [region=…]',
  summary: 'Shows this list, or more about one verb, and what you may do.',
  details: [
    'Who may do what is set per service and environment: name a service where the channel stands for none.',
  ],
  options: ['env', 'region'],
  flags: [],
  run: async (context) => {
    const { args, commands, root } = context;
    refuseExtraWords(args, 2, help, root);
    const [first, second] = args.words;
    const command = first === undefined ? undefined : findCommand(commands, first);
    const service = command ? second : first;
    const target = service === undefined ? impliedTarget(context) : namedTarget(context, service);
    const rights = target && { target, verbs: await context.services.rights(context.actor, target) };
    const message = command ? commandHelp(command, root, rights) : helpView(commands, root, rights);
    return { kind: 'ephemeral', message };
  },
};

/** What the channel stands for; null where it stands for none, or for several regions. */
function impliedTarget(context: CommandContext): HelpRights['target'] | null {
  if (context.channelService === null) return null;
  try {
    return context.resolveTarget(undefined);
  } catch (error) {
    if (isDabbawalaError(error, 'region_required') || isDabbawalaError(error, 'unknown_environment'))
      return null;
    throw error;
  }
}

/** A word that is neither verb nor service was most likely meant as a verb. */
function namedTarget(context: CommandContext, word: string): Target {
  try {
    return context.resolveTarget(word);
  } catch (error) {
    const { commands, args, root } = context;
    if (!isDabbawalaError(error, 'unknown_service') || args.words.length > 1) throw error;
    throw new DabbawalaError(
      'unknown_verb',
      `There is no verb "${word.slice(0, 60)}".${didYouMean(word, verbWords(commands))}`,
      { hint: `Type \`${root} help\` for the list.` },
    );
  }
}
