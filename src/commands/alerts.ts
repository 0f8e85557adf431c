import { firingView } from '../views/firing.ts';
import type { Command } from './command.ts';
import { refuseExtraWords } from './parse.ts';

/** A message holds more, a person reads no more. */
const MOST = 30;

export const alerts: Command = {
  verb: 'alerts',
  aliases: ['firing'],
  usage: 'alerts [<service>]',
  summary: 'Lists what fires now: what nobody looks at first, then worst and newest.',
  details: ['In a channel that stands for a service it lists that one; `alerts all` lists every one.'],
  options: [],
  flags: ['all'],
  run: async (context) => {
    const { args, actor, services, root, now } = context;
    refuseExtraWords(args, 1, alerts, root);
    const isOne = !args.flags.has('all') && (args.words.length > 0 || context.channelService !== null);
    const service = isOne ? context.resolveService(args.words[0]) : null;
    const list = await services.alerts.firing(actor, { service, atMost: MOST });
    return { kind: 'ephemeral', message: firingView({ ...list, service, root, now }) };
  },
};
