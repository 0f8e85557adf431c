import { clocksOf, REGULATORS } from '../core/incident/clocks.ts';
import { type IncidentSeverity, type IncidentState, STATES } from '../core/incident/incident.ts';
import { DabbawalaError } from '../lib/errors.ts';
import { didYouMean } from '../lib/nearest.ts';
import type { StoredIncident } from '../ports/incident-store.ts';
import type { UpdateRequest } from '../services/incidents/incident-acts.ts';
import { incidentCard } from '../views/incident-card.ts';
import { incidentList, incidentReply } from '../views/incident-list.ts';
import { declareModal } from '../views/incident-modals.ts';
import { timelineView } from '../views/timeline.ts';
import type { Command, CommandContext, Reply } from './command.ts';
import { refuseExtraWords } from './parse.ts';

const FORM =
  '`incident declare "what is wrong" sev=2 services=payment-gateway`, `incident status INC-1 "what is known"`, `incident resolve INC-1 "how"` or `incident list`';

export const incident: Command = {
  verb: 'incident',
  aliases: ['inc'],
  usage:
    'incident [declare "…" sev=2 services=a,b | list [all] | status [INC-1] ["…"] [state=…] [sev=…] [commander=@name] [services=…] | timeline [INC-1] | note [INC-1] "…" | resolve [INC-1] "…" | postmortem [INC-1] | report INC-1 rbi | filed INC-1 rbi "reference"]',
  summary: 'Declares, lists, updates and resolves incidents.',
  details: [
    '`declare` opens one; without words a form asks. Severity 1 (worst) to 4; you lead unless `commander=` names somebody.',
    '`status` alone shows it; with words or options it tells everybody. States: investigating, identified, monitoring, resolved.',
    '`timeline` is drawn from the audit trail of the incident, its services, their rollouts and alerts; `note` adds words to it. `postmortem` puts a draft as a Markdown file into the thread of the card.',
    'The six hours of RBI and CERT-In run on the card of a SEV1 or SEV2. `report` puts the draft for `rbi` or `cert-in` into the thread; a person files it, and `filed` records who and when.',
    'An open SEV1 or SEV2 keeps deploys of the services it names away, never a rollback.',
    'Without a number the only open incident is meant. Changing one needs the right `incident`; looking is open to the channel.',
  ],
  options: ['sev', 'services', 'env', 'commander', 'state', 'alert'],
  flags: ['all'],
  run: async (context) => {
    const [what = 'list'] = context.args.words;
    const act = Object.hasOwn(ACTS, what) ? ACTS[what] : undefined;
    if (!act) throw wrong(`\`incident\` does not know "${what}".${didYouMean(what, Object.keys(ACTS))}`);
    refuseExtraWords(context.args, act.words, incident, context.root);
    for (const option of context.args.options.keys())
      if (!act.options.includes(option)) throw wrong(`\`incident ${what}\` takes no "${option}".`);
    return act.run(context);
  },
};

interface Act {
  readonly options: readonly string[];
  /** At most, the act's own among them. */
  readonly words: number;
  run(context: CommandContext): Promise<Reply>;
}

const ACTS: Readonly<Record<string, Act>> = {
  declare: { run: declare, words: 40, options: ['sev', 'services', 'env', 'commander', 'alert'] },
  list: { run: list, words: 1, options: [] },
  status: { run: status, words: 3, options: ['sev', 'services', 'commander', 'state'] },
  timeline: { run: timeline, words: 2, options: [] },
  note: { run: note, words: 3, options: [] },
  resolve: { run: resolve, words: 3, options: [] },
  postmortem: { run: postmortem, words: 2, options: [] },
  report: { run: report, words: 3, options: [] },
  filed: { run: filed, words: 4, options: [] },
};

const wrong = (message: string): DabbawalaError =>
  new DabbawalaError('invalid_argument', message, { hint: `The form is ${FORM}.` });

async function declare(context: CommandContext): Promise<Reply> {
  const { args, actor, services, channel } = context;
  const title = args.words.slice(1).join(' ');
  if (title === '')
    return { kind: 'modal', view: declareModal({ channel, services: services.incidents.services() }) };
  const commander = readPerson(args.options.get('commander'), actor.person.id);
  const alertGroup = args.options.get('alert');
  const stored = await services.incidents.declare(actor, {
    title,
    severity: readSeverity(args.options.get('sev') ?? '2'),
    services: readServices(context, args.options.get('services')) ?? impliedServices(context),
    environment: args.options.get('env') ?? null,
    ...(commander === undefined ? {} : { commander }),
    ...(alertGroup === undefined ? {} : { alertGroup }),
  });
  const said = stored.isNew ? 'The incident is declared.' : 'One is open about this already.';
  return { kind: 'ephemeral', message: incidentReply(stored.incident, said) };
}

/** A channel of one service declares about that one. */
const impliedServices = ({ channelService }: CommandContext): readonly string[] =>
  channelService === null ? [] : [channelService];

async function list({ args, actor, services, root, now }: CommandContext): Promise<Reply> {
  const isAll = args.flags.has('all');
  const found = await services.incidents.list(actor, { all: isAll });
  const items = found.map((stored) => stored.incident);
  return { kind: 'ephemeral', message: incidentList({ items, isAll, root, now }) };
}

async function status(context: CommandContext): Promise<Reply> {
  const { actor, services, root } = context;
  const { stored, text } = await named(context);
  // One word is more likely a slip than what is to be told to everybody.
  if (text !== undefined && !text.includes(' '))
    throw wrong(`"${text}" is one word: say what is known as a sentence in quotes.`);
  const request = readUpdate(context, text);
  if (Object.keys(request).length === 0) {
    const message = incidentCard({ ...stored, clocks: clocksOf(stored.incident), onCall: [], root });
    // What can be pressed stands on the card alone.
    const blocks = message.classic.filter((block) => block.type !== 'actions');
    return { kind: 'ephemeral', message: { text: message.text, blocks, classic: blocks } };
  }
  const done = await services.incidents.update(actor, stored.incident.id, request);
  return { kind: 'ephemeral', message: incidentReply(done.incident, 'Everybody is told.') };
}

async function resolve(context: CommandContext): Promise<Reply> {
  const { stored, text = '' } = await named(context);
  const done = await context.services.incidents.resolve(context.actor, stored.incident.id, text);
  return { kind: 'ephemeral', message: incidentReply(done.incident, 'It is resolved.') };
}

async function timeline(context: CommandContext): Promise<Reply> {
  const stored = await namedAlone(context);
  const { id } = stored.incident;
  const drawn = await context.services.incidents.timeline(context.actor, id);
  return { kind: 'ephemeral', message: timelineView(id, drawn.timeline) };
}

async function note(context: CommandContext): Promise<Reply> {
  const { stored, text = '' } = await named(context);
  const done = await context.services.incidents.note(context.actor, stored.incident.id, text);
  return { kind: 'ephemeral', message: incidentReply(done.incident, 'It is in the timeline.') };
}

/** For what takes no words. */
async function namedAlone(context: CommandContext): Promise<StoredIncident> {
  const { stored, text } = await named(context);
  if (text !== undefined) throw wrong(`"${text}" is no incident: they are called INC-1, INC-2 and so on.`);
  return stored;
}

async function postmortem(context: CommandContext): Promise<Reply> {
  const stored = await namedAlone(context);
  const done = await context.services.incidents.postMortem(context.actor, stored.incident.id);
  return {
    kind: 'ephemeral',
    message: incidentReply(done.incident, 'The draft is in the thread of the card.'),
  };
}

async function report(context: CommandContext): Promise<Reply> {
  const { id, regulator } = readFiling(context);
  const done = await context.services.incidents.report(context.actor, id, regulator);
  return {
    kind: 'ephemeral',
    message: incidentReply(done.incident, 'The draft is in the thread of the card. A person files it.'),
  };
}

async function filed(context: CommandContext): Promise<Reply> {
  const { id, regulator, reference } = readFiling(context);
  const done = await context.services.incidents.filed(context.actor, id, regulator, reference);
  return { kind: 'ephemeral', message: incidentReply(done.incident, 'Noted, with your name and the time.') };
}

/** What goes to a regulator names its incident: the wrong one would be an untrue statement. */
function readFiling({ args }: CommandContext) {
  const [, first = '', second = '', reference = ''] = args.words;
  const number = /^(?:inc-?|#)?([1-9]\d{0,8})$/i.exec(first)?.[1];
  if (number === undefined) throw wrong('Which incident? Name it: INC-1.');
  const regulator = REGULATORS.find(
    (each) => each.replace('-', '') === second.toLowerCase().replace('-', ''),
  );
  if (!regulator) throw wrong(`"${second}" is no regulator: ${REGULATORS.join(' or ')}.`);
  return { id: `INC-${number}`, regulator, reference };
}

/** `INC-12 "words"`, or the words alone. */
async function named({
  args,
  services,
  channel,
}: CommandContext): Promise<{ readonly stored: StoredIncident; readonly text: string | undefined }> {
  const [, first, second] = args.words;
  const number = /^(?:inc-?|#)?(\d{1,9})$/i.exec(first ?? '')?.[1];
  if (number !== undefined)
    return { stored: await services.incidents.load(`INC-${Number(number)}`), text: second };
  if (second !== undefined) throw wrong(`"${first}" is no incident: they are called INC-1, INC-2 and so on.`);
  return { stored: await services.incidents.meant(channel), text: first };
}

function readUpdate(context: CommandContext, text: string | undefined): UpdateRequest {
  const { options } = context.args;
  const [sev, state] = [options.get('sev'), options.get('state')];
  const commander = readPerson(options.get('commander'), context.actor.person.id);
  const services = readServices(context, options.get('services'));
  return {
    ...(text === undefined ? {} : { text }),
    ...(sev === undefined ? {} : { severity: readSeverity(sev) }),
    ...(state === undefined ? {} : { state: readState(state) }),
    ...(commander === undefined ? {} : { commander }),
    ...(services === undefined ? {} : { services }),
  };
}

function readSeverity(text: string): IncidentSeverity {
  const number = /^(?:sev-?)?([1-4])$/i.exec(text)?.[1];
  if (number === undefined) throw wrong(`"${text}" is no severity: 1 is the worst, 4 the least.`);
  return Number(number) as IncidentSeverity;
}

function readState(text: string): IncidentState {
  const found = STATES.find((state) => state === text.toLowerCase());
  if (!found) throw wrong(`"${text}" is no state.${didYouMean(text, STATES)}`);
  return found;
}

/** Short names too; `none` names none. */
const readServices = (
  { resolveService }: CommandContext,
  text: string | undefined,
): readonly string[] | undefined =>
  text === undefined
    ? undefined
    : text === 'none'
      ? []
      : [
          ...new Set(
            text
              .split(',')
              .filter((word) => word !== '')
              .map(resolveService),
          ),
        ];

function readPerson(text: string | undefined, own: string): string | undefined {
  if (text === undefined || text === 'me') return text === undefined ? undefined : own;
  const id =
    /^<@([UW][A-Z0-9]{1,20})(?:\|[^>]*)?>$/.exec(text)?.[1] ?? /^([UW][A-Z0-9]{2,20})$/.exec(text)?.[1];
  if (id === undefined)
    throw wrong(`"${text}" is nobody that Slack knows: type @ and pick the name from the list.`);
  return id;
}
