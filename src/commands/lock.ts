import { acceptedReply } from '../views/replies.ts';
import { askLock } from './ask.ts';
import type { Command } from './command.ts';
import { refuseExtraWords } from './parse.ts';

export const lock: Command = {
  verb: 'lock',
  aliases: [],
  usage: 'lock <service> reason="…" [env=…] [region=…]',
  summary: 'Keeps deploys of a service away, with a reason and your name.',
  details: ['A lock never blocks a rollback.'],
  options: ['env', 'region', 'reason'],
  flags: [],
  run: async (context) => {
    const { args } = context;
    refuseExtraWords(args, 1, lock, context.root);
    const reason = args.options.get('reason');
    const hasService = args.words.length > 0 || context.channelService !== null;
    if (!hasService || reason === undefined) return askLock(context, args.words[0]);
    const target = context.resolveTarget(args.words[0]);
    const taken = await context.services.lock(context.actor, target, reason);
    return { kind: 'ephemeral', message: acceptedReply({ kind: 'lock', target, lock: taken }) };
  },
};
