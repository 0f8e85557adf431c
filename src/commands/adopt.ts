import { DabbawalaError } from '../lib/errors.ts';
import { acceptedReply } from '../views/replies.ts';
import type { Command } from './command.ts';
import { refuseExtraWords } from './parse.ts';

const UNDO = 'undo';

export const adopt: Command = {
  verb: 'adopt',
  aliases: [],
  usage: 'adopt <service> [undo] [env=…] [region=…] [reason="…"]',
  summary: 'Brings a plain Deployment under blue and green, or back, without a lost request.',
  details: [
    'The same version runs before and after; a card shows every step and asks for approval.',
    'The plain Deployment is kept at 0 replicas as the template: change env and resources there.',
    '`undo` makes it one plain Deployment again. Roll back works at any point of both.',
  ],
  options: ['env', 'region', 'reason'],
  flags: [],
  run: async (context) => {
    const { args } = context;
    refuseExtraWords(args, 2, adopt, context.root);
    // In a channel that stands for a service, `adopt undo` names no other one.
    const isShort = args.words[0]?.toLowerCase() === UNDO && args.words.length === 1;
    const [serviceWord, word] = isShort ? [undefined, UNDO] : args.words;
    if (word !== undefined && word.toLowerCase() !== UNDO)
      throw new DabbawalaError(
        'invalid_argument',
        `\`adopt\` does not know what to do with "${word.slice(0, 60)}".`,
        { hint: `The form is \`${context.root} ${adopt.usage}\`.` },
      );
    const target = context.resolveTarget(serviceWord);
    const { rollout } = await context.services.requestAdoption(context.actor, {
      target,
      reason: args.options.get('reason') ?? null,
      isUndo: word !== undefined,
    });
    return { kind: 'ephemeral', message: acceptedReply({ kind: 'adopt', rollout }) };
  },
};
