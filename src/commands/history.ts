import { historyView } from '../views/history.ts';
import { askTarget } from './ask.ts';
import type { Command } from './command.ts';
import { refuseExtraWords } from './parse.ts';

export const history: Command = {
  verb: 'history',
  aliases: [],
  usage: 'history <service> [env=…] [region=…]',
  summary: 'Shows the last 20 rollouts with result and duration.',
  details: [],
  options: ['env', 'region'],
  flags: [],
  run: async (context) => {
    const { args } = context;
    refuseExtraWords(args, 1, history, context.root);
    if (args.words.length === 0 && context.channelService === null) return askTarget(context, 'history');
    const target = context.resolveTarget(args.words[0]);
    const rollouts = await context.services.history(context.actor, target);
    return { kind: 'ephemeral', message: historyView(rollouts) };
  },
};
