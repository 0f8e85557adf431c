import { DabbawalaError } from '../lib/errors.ts';
import { acceptedReply } from '../views/replies.ts';
import { trafficView } from '../views/traffic.ts';
import { askTraffic } from './ask.ts';
import type { Command } from './command.ts';
import { refuseExtraWords } from './parse.ts';

export const traffic: Command = {
  verb: 'traffic',
  aliases: [],
  usage: 'traffic <service> [<percent>] [env=…] [region=…]',
  summary: 'Shows the weights, or shifts them by hand inside a running rollout.',
  details: [
    'The percent is what the new version gets, 0 to 100.',
    'Down happens at once and pauses the rollout there. Up asks for an approval on the card.',
  ],
  options: ['env', 'region'],
  flags: [],
  run: async (context) => {
    const { args, actor, services } = context;
    refuseExtraWords(args, 2, traffic, context.root);
    // `traffic 25` in a channel that stands for a service means that service.
    const isPercentAlone =
      args.words.length === 1 && context.channelService !== null && isPercent(args.words[0]);
    const [serviceWord, percentWord] = isPercentAlone ? [undefined, args.words[0]] : args.words;
    if (serviceWord === undefined && context.channelService === null) return askTraffic(context);
    const target = context.resolveTarget(serviceWord);
    if (percentWord === undefined) {
      const status = await services.status(actor, target);
      return { kind: 'ephemeral', message: trafficView(status, context.root) };
    }
    const percent = readPercent(percentWord, context.root);
    const { kind, stored, sentence } = await services.shiftTraffic(actor, target, percent);
    return {
      kind: 'ephemeral',
      message: acceptedReply({ kind: 'traffic', how: kind, sentence, rollout: stored.rollout }),
    };
  },
};

const isPercent = (word: string | undefined): boolean => word !== undefined && /^\d{1,3}%?$/.test(word);

function readPercent(word: string, root: string): number {
  const percent = Number(word.replace(/%$/, ''));
  if (isPercent(word) && percent <= 100) return percent;
  throw new DabbawalaError(
    'invalid_argument',
    `"${word.slice(0, 20)}" is not a whole percent from 0 to 100.`,
    {
      hint: `The form is \`${root} ${traffic.usage}\`.`,
      data: { field: 'percent' },
    },
  );
}
