import { acceptedReply } from '../views/replies.ts';
import { askUnlock } from './ask.ts';
import type { Command } from './command.ts';
import { refuseExtraWords } from './parse.ts';

export const unlock: Command = {
  verb: 'unlock',
  aliases: [],
  usage: 'unlock <service> [env=…] [region=…] [reason="…"]',
  summary: 'Takes a lock away.',
  details: ["Somebody else's lock needs a reason; the record names both of you."],
  options: ['env', 'region', 'reason'],
  flags: [],
  run: async (context) => {
    const { args } = context;
    refuseExtraWords(args, 1, unlock, context.root);
    if (args.words.length === 0 && context.channelService === null) return askUnlock(context);
    const target = context.resolveTarget(args.words[0]);
    const lock = await context.services.unlock(context.actor, target, args.options.get('reason') ?? null);
    return { kind: 'ephemeral', message: acceptedReply({ kind: 'unlock', target, lock }) };
  },
};
