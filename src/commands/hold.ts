import { acceptedReply } from '../views/replies.ts';
import { askTarget } from './ask.ts';
import type { Command } from './command.ts';
import { refuseExtraWords } from './parse.ts';

export const hold: Command = {
  verb: 'hold',
  aliases: [],
  usage: 'hold <service> [env=…] [region=…] [reason="…"]',
  summary: 'Pauses a running rollout where it is.',
  details: ['The rules are still judged and a breach still rolls back. `go` goes on.'],
  options: ['env', 'region', 'reason'],
  flags: [],
  run: async (context) => {
    const { args } = context;
    refuseExtraWords(args, 1, hold, context.root);
    if (args.words.length === 0 && context.channelService === null) return askTarget(context, 'hold');
    const target = context.resolveTarget(args.words[0]);
    const { rollout } = await context.services.hold(
      context.actor,
      target,
      args.options.get('reason') ?? null,
    );
    return { kind: 'ephemeral', message: acceptedReply({ kind: 'hold', rollout }) };
  },
};
