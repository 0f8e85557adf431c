import { acceptedReply } from '../views/replies.ts';
import { askTarget } from './ask.ts';
import type { Command } from './command.ts';
import { refuseExtraWords } from './parse.ts';

export const go: Command = {
  verb: 'go',
  aliases: [],
  usage: 'go <service> [env=…] [region=…]',
  summary: 'Goes on with a paused rollout, or asks to where traffic is too low or the state was lost.',
  details: [
    'It keeps its step and its clock. It skips no rule.',
    'Where a step is held because too few requests come, and the plan says `approve`, it asks the approvers to go on without evidence.',
    'After Redis was lost it asks the approvers anew: the record of their yes is gone.',
  ],
  options: ['env', 'region'],
  flags: [],
  run: async (context) => {
    const { args } = context;
    refuseExtraWords(args, 1, go, context.root);
    if (args.words.length === 0 && context.channelService === null) return askTarget(context, 'go');
    const target = context.resolveTarget(args.words[0]);
    const { rollout } = await context.services.go(context.actor, target);
    return { kind: 'ephemeral', message: acceptedReply({ kind: 'go', rollout }) };
  },
};
