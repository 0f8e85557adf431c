import { acceptedReply } from '../views/replies.ts';
import { askTarget } from './ask.ts';
import type { Command } from './command.ts';
import { refuseExtraWords } from './parse.ts';

export const promote: Command = {
  verb: 'promote',
  aliases: [],
  usage: 'promote <service> [env=…] [region=…]',
  summary: 'Asks to skip the steps that are left: 100 % in one move, then the bake.',
  details: [
    'An approver decides on the card, never who asks. It is for the step under way: when that is over, it is void.',
    'It skips waits, never rules or the bake: the move is made on the next look that passes every rule, when the pods are enough for all the traffic.',
  ],
  options: ['env', 'region'],
  flags: [],
  run: async (context) => {
    const { args } = context;
    refuseExtraWords(args, 1, promote, context.root);
    if (args.words.length === 0 && context.channelService === null) return askTarget(context, 'promote');
    const target = context.resolveTarget(args.words[0]);
    const { rollout } = await context.services.promote(context.actor, target);
    return { kind: 'ephemeral', message: acceptedReply({ kind: 'promote', rollout }) };
  },
};
