/** The one message of an incident, edited in place: what, how bad, who leads; what it keeps away; what was said last. */

import type { Clock } from '../core/incident/clocks.ts';
import { blocksDeploys, type Incident, isOpen } from '../core/incident/incident.ts';
import type { Message } from '../ports/chat.ts';
import { ACTIONS } from './actions.ts';
import { actions, both, button, context, fitMessage, header, NOTHING, type Part, section } from './blocks.ts';
import { encodeCardValue } from './card-value.ts';
import { lasting, person } from './format.ts';
import { clockLines } from './incident-clocks.ts';
import { incidentHeadline } from './incident-words.ts';
import { escapeText, when, whenLong } from './text.ts';
import { mention } from './thread.ts';

export interface IncidentCardInput {
  readonly incident: Incident;
  /** Of the stored state, shown at the foot. */
  readonly rev: number;
  /** Slack ids that the card of a SEV1 or SEV2 mentions while it is open. */
  readonly onCall: readonly string[];
  /** The regulators' clocks that run on it. */
  readonly clocks: readonly Clock[];
  /** `/dabba`, for the commands shown. */
  readonly root: string;
}

const UPDATES_SHOWN = 3;

export function incidentCard(input: IncidentCardInput): Message {
  const { incident, clocks } = input;
  const head = incidentHeadline(incident);
  const parts: readonly Part[] = [
    both(header(head), section([stateLine(incident), placeLine(incident), gateLine(input)].join('\n'))),
    buttons(incident),
    clockLines(clocks, incident, input.root),
    updates(incident),
    foot(input),
  ];
  return fitMessage({
    text: [head, plainState(incident), ...callees(input)].join('\n'),
    blocks: parts.flatMap((part) => part.native),
    classic: parts.flatMap((part) => part.classic),
  });
}

const leads = ({ commander }: Incident): string =>
  commander === null ? '*nobody leads*' : `${mention(commander.id) ?? person(commander)} leads`;

function stateLine(incident: Incident): string {
  const { state, declaredAt, detectedAt, resolvedAt } = incident;
  if (resolvedAt !== null)
    return `Resolved ${whenLong(resolvedAt)} after ${lasting(Math.max(0, resolvedAt - detectedAt))} · ${leads(incident)}`;
  const seen = detectedAt < declaredAt ? `, seen since ${when(detectedAt)}` : '';
  return `*${state}* · declared ${whenLong(declaredAt)}${seen} · ${leads(incident)}`;
}

const plainState = ({ state, commander }: Incident): string =>
  `${state}, ${commander === null ? 'nobody leads' : `${commander.name ?? commander.id} leads`}`;

const placeLine = ({ services, environment }: Incident): string => {
  const names = services.map((name) => escapeText(name, 40)).join(', ');
  const where = environment === null ? '' : ` in ${escapeText(environment, 30)}`;
  return names === '' ? `No service is named${where}` : `Services: ${names}${where}`;
};

function gateLine({ incident, root }: IncidentCardInput): string {
  if (!isOpen(incident)) return 'It keeps no deploy away any more';
  if (!blocksDeploys(incident))
    return incident.severity > 2
      ? `It keeps no deploy away: it is SEV${incident.severity}`
      : `It keeps no deploy away: name services with \`${escapeText(root)} incident status ${incident.id} services=…\``;
  return '🚧 Deploys of these are kept away until it is resolved; a rollback never is';
}

function buttons(incident: Incident): Part {
  if (!isOpen(incident)) return NOTHING;
  const value = encodeCardValue({ id: incident.id, part: null, shown: '' });
  return both(
    actions(
      button({ actionId: ACTIONS.incidentUpdate, label: 'Status update', value, style: 'primary' }),
      button({ actionId: ACTIONS.incidentCommand, label: 'I lead', value }),
      button({ actionId: ACTIONS.incidentResolve, label: 'Resolve', value }),
    ),
  );
}

/** The newest first. */
function updates({ updates: all }: Incident): Part {
  const shown = all.slice(-UPDATES_SHOWN).reverse();
  if (shown.length === 0) return NOTHING;
  const lines = shown.map(
    ({ at, by, text, state }) =>
      `${when(at)} *${state}* · ${by === null ? 'the bot' : person(by)}${text === '' ? '' : `: ${escapeText(text, 500)}`}`,
  );
  return both(section(lines.join('\n')));
}

const callees = ({ incident, onCall }: IncidentCardInput): readonly string[] =>
  isOpen(incident) && incident.severity <= 2
    ? onCall
        .map(mention)
        .filter((each) => each !== null)
        .slice(0, 10)
    : [];

function foot(input: IncidentCardInput): Part {
  const { incident, rev } = input;
  const by =
    incident.declaredBy === null ? 'declared by the bot' : `declared by ${person(incident.declaredBy)}`;
  const names = callees(input).join(' ');
  return both(
    context([names, `${by} · ${incident.id} · rev ${rev}`].filter((line) => line !== '').join('\n')),
  );
}
