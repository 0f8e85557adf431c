import { blocksDeploys, type Incident, isOpen } from '../core/incident/incident.ts';
import type { Message } from '../ports/chat.ts';
import { context, fitMessage, section } from './blocks.ts';
import { lasting, person } from './format.ts';
import { incidentHeadline } from './incident-words.ts';
import { escapeEntities, escapeText } from './text.ts';

export interface IncidentListInput {
  readonly items: readonly Incident[];
  /** Open and not. */
  readonly isAll: boolean;
  readonly root: string;
  /** ms since the epoch, for ages. */
  readonly now: number;
}

export function incidentList({ items, isAll, root, now }: IncidentListInput): Message {
  const title = isAll ? '*The newest incidents*' : '*Open incidents*';
  const lines = items.map((incident) => line(incident, now));
  const none = isAll ? 'There was none yet.' : 'None is open.';
  const foot = isAll ? '' : `\`${escapeText(root)} incident list all\` shows what is over too.`;
  const body = lines.length === 0 ? [none] : lines;
  const blocks = [section([title, ...body].join('\n')), ...(foot === '' ? [] : [context(foot)])];
  return fitMessage({ text: [title, ...body].join('\n'), blocks, classic: blocks });
}

function line(incident: Incident, now: number): string {
  const { services, commander, state, declaredAt, resolvedAt } = incident;
  const who = commander === null ? 'nobody leads' : `${person(commander)} leads`;
  const long = isOpen(incident)
    ? `${state} for ${lasting(now - declaredAt)}`
    : `lasted ${lasting((resolvedAt ?? declaredAt) - declaredAt)}`;
  const about = services.length === 0 ? '' : ` · ${services.map((name) => escapeText(name, 40)).join(', ')}`;
  const gate = blocksDeploys(incident) ? ' · 🚧 keeps deploys away' : '';
  return `${escapeEntities(incidentHeadline(incident))}${about} · ${long} · ${who}${gate}`;
}

/** What a person alone reads after an act; the card says the rest. */
export function incidentReply(incident: Incident, what: string): Message {
  const lines = [
    what,
    `*${escapeEntities(incidentHeadline(incident))}*`,
    `Its card is in <#${escapeText(incident.channel)}>.`,
  ];
  const blocks = [section(lines.join('\n'))];
  return fitMessage({ text: lines.join('\n'), blocks, classic: blocks });
}
