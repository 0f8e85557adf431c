import { DabbawalaError } from '../lib/errors.ts';
import { mutedReply, muteEndedReply, mutesView } from '../views/mutes.ts';
import type { Command, CommandContext, Reply } from './command.ts';
import { typedDuration } from './duration.ts';
import { refuseExtraWords } from './parse.ts';

const FORM = '`mute match="service=ledger" for=2h reason="db upgrade"`';

export const mute: Command = {
  verb: 'mute',
  aliases: [],
  usage: 'mute [match="<label>=<value>,…" for=2h reason="…" | end "<reason>"]',
  summary: 'Maintenance: alerts that match are shown and call nobody for a while. Lists what is muted.',
  details: [
    'Every label must match; `severity=~warning|error` stands for one of several. It ends by itself (m, h, d; 14 days at most).',
    'What still fires at its end calls whoever is on call. It needs the right `silence`; looking is open to the channel.',
  ],
  options: ['match', 'for', 'reason'],
  flags: [],
  run: async (context) => {
    const [what] = context.args.words;
    refuseExtraWords(context.args, what === 'end' ? 2 : 0, mute, context.root);
    return { kind: 'ephemeral', message: await answer(context, what) };
  },
};

async function answer(
  { args, actor, services, root }: CommandContext,
  what: string | undefined,
): Promise<Extract<Reply, { readonly kind: 'ephemeral' }>['message']> {
  const [, name] = args.words;
  if (what === 'end') {
    if (name === undefined) throw wrong('Which one ends? Name its reason.');
    return muteEndedReply(await services.mutes.end(actor, name));
  }
  if (args.options.size === 0) return mutesView({ ...(await services.mutes.list()), root });
  const match = readMatch(args.options.get('match'));
  const typed = args.options.get('for');
  const forMs = typedDuration(typed ?? '');
  if (forMs === null)
    throw wrong(typed === undefined ? 'For how long?' : `"${typed}" is no time such as 30m, 2h, 1d.`);
  const reason = args.options.get('reason');
  if (reason === undefined) throw wrong('Why? The reason is shown on the cards.');
  return mutedReply(await services.mutes.mute(actor, { name: reason, match, forMs }), root);
}

const wrong = (message: string): DabbawalaError =>
  new DabbawalaError('invalid_argument', message, { hint: `The form is ${FORM}.` });

function readMatch(text: string | undefined): Readonly<Record<string, string>> {
  if (text === undefined) throw wrong('Which alerts? Name their labels.');
  return Object.fromEntries(
    text.split(',').map((part) => {
      const [, name = '', value = ''] = /^\s*([a-zA-Z_][a-zA-Z0-9_]{0,99})=(.+?)\s*$/.exec(part) ?? [];
      if (name === '') throw wrong(`"${part}" is no label with its value.`);
      return [name, value] as const;
    }),
  );
}
