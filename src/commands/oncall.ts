import { DabbawalaError } from '../lib/errors.ts';
import { clearedReply, onCallView, standInReply } from '../views/on-call.ts';
import type { Command, CommandContext, Reply } from './command.ts';
import { typedDuration } from './duration.ts';
import { refuseExtraWords } from './parse.ts';

const FORM = '`oncall override @name level=1 for=4h`';
const PEOPLE_AT_MOST = 5;

export const oncall: Command = {
  verb: 'oncall',
  aliases: [],
  usage: 'oncall [override @name level=1 for=4h | clear level=1]',
  summary: 'Shows who is called on which level, and lets somebody stand in.',
  details: [
    '`override` names people or groups: `@asha @ravi`, or `me`. It ends by itself (m, h, d; 14 days at most).',
    '`clear` ends it sooner. Both need the right `oncall`; looking is open to the channel.',
  ],
  options: ['level', 'user', 'for'],
  flags: [],
  run: async (context) => {
    const [what] = context.args.words;
    refuseExtraWords(context.args, what === 'override' ? 1 + PEOPLE_AT_MOST : 1, oncall, context.root);
    const message = await answer(context, what);
    return { kind: 'ephemeral', message };
  },
};

async function answer(
  { args, actor, services, root }: CommandContext,
  what: string | undefined,
): Promise<Extract<Reply, { readonly kind: 'ephemeral' }>['message']> {
  if (what === undefined) {
    const [option] = args.options.keys();
    if (option !== undefined) throw wrong(`"${option}" belongs to \`override\` or \`clear\`.`);
    return onCallView(await services.onCall.show(), root);
  }
  const level = readLevel(args.options.get('level'));
  if (what === 'clear') return clearedReply(level, await services.onCall.clear(actor, level));
  if (what !== 'override') throw wrong(`\`oncall\` does not know "${what}".`);
  const people = readPeople(
    [...args.words.slice(1), ...(args.options.get('user')?.split(',') ?? [])],
    actor.person.id,
  );
  const forMs = readDuration(args.options.get('for'));
  return standInReply(await services.onCall.standIn(actor, { level, people, forMs }), root);
}

const wrong = (message: string): DabbawalaError =>
  new DabbawalaError('invalid_argument', message, { hint: `The form is ${FORM}.` });

function readLevel(text = '1'): number {
  if (!/^\d{1,2}$/.test(text)) throw wrong(`"${text}" is no level: they are counted from 1.`);
  return Number(text);
}

function readDuration(text: string | undefined): number {
  const ms = typedDuration(text ?? '');
  if (ms === null)
    throw wrong(text === undefined ? 'For how long?' : `"${text}" is no time such as 30m, 4h, 2d.`);
  return ms;
}

/** What Slack makes of a name that was picked from its list: `<@U0ASHA|asha>`, `<!subteam^S0ONCALL|@oncall>`. */
function readPeople(words: readonly string[], own: string): readonly string[] {
  if (words.length === 0) throw wrong('Who stands in?');
  const ids = words.map((word) => {
    if (word === 'me') return own;
    const [, id] =
      /^<(?:@|!subteam\^)([UWS][A-Z0-9]{1,20})(?:\|[^>]*)?>$/.exec(word) ??
      /^([UWS][A-Z0-9]{2,20})$/.exec(word) ??
      [];
    if (id === undefined)
      throw wrong(`"${word}" is nobody that Slack knows: type @ and pick the name from the list.`);
    return id;
  });
  return [...new Set(ids)];
}
