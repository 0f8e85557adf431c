import { statusView } from '../views/status.ts';
import type { Command } from './command.ts';
import { refuseExtraWords } from './parse.ts';

/** Each answer reads the route: a long list is cut rather than the cluster flooded. */
const MOST = 20;

export const status: Command = {
  verb: 'status',
  aliases: ['rollout'],
  usage: 'status [<service>] [env=…] [region=…]',
  summary: 'Says what runs: versions, weight, step, verdicts, who asked and who approved.',
  details: ['Without a service it lists all of them.'],
  options: ['env', 'region'],
  flags: [],
  run: async (context) => {
    const { args, actor, services } = context;
    refuseExtraWords(args, 1, status, context.root);
    const isOne = args.words.length > 0 || args.options.size > 0 || context.channelService !== null;
    const targets = isOne ? [context.resolveTarget(args.words[0])] : services.targets().slice(0, MOST);
    const statuses = await Promise.all(targets.map((target) => services.status(actor, target)));
    return { kind: 'ephemeral', message: statusView(statuses, context.now, context.root) };
  },
};
