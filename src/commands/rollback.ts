import { acceptedReply } from '../views/replies.ts';
import { askRollback } from './ask.ts';
import type { Command } from './command.ts';
import { refuseExtraWords } from './parse.ts';

export const rollback: Command = {
  verb: 'rollback',
  aliases: ['abort', 'undo', 'rb'],
  usage: 'rollback <service> [env=…] [region=…] [reason="…"]',
  summary: 'Moves all traffic back to the stable version, at once and without approval.',
  details: [
    'During a rollout and in its drain time only the weight moves, at once.',
    'Before approval it withdraws the request. Later it is a fast lane to the last good version.',
    'Neither a lock nor a missing approval ever blocks it.',
  ],
  options: ['env', 'region', 'reason'],
  flags: [],
  run: async (context) => {
    const { args } = context;
    refuseExtraWords(args, 1, rollback, context.root);
    if (args.words.length === 0 && context.channelService === null) return askRollback(context);
    const target = context.resolveTarget(args.words[0]);
    const done = await context.services.requestRollback(
      context.actor,
      target,
      args.options.get('reason') ?? null,
    );
    return {
      kind: 'ephemeral',
      message: acceptedReply(
        done.kind === 'by-route'
          ? { ...done, kind: 'rollback-by-route' }
          : { kind: 'rollback', how: done.kind, rollout: done.stored.rollout },
      ),
    };
  },
};
