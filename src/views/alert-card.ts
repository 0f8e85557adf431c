/** The one message of an alert group, edited in place: what, how bad, since when; what can be done; then who is hit. */
import type { AlertGroup, AlertMember } from '../core/alert/alert-group.ts';
import type { Message } from '../ports/chat.ts';
import { type AlertAbilities, alertButtons } from './alert-buttons.ts';
import { alertCalls } from './alert-calls.ts';
import { alertChanges } from './alert-changes.ts';
import { alertChart } from './alert-chart.ts';
import { alertContained } from './alert-contained.ts';
import { alertExpected } from './alert-expected.ts';
import { headlineOf } from './alert-headline.ts';
import { incidentLine } from './alert-incident.ts';
import { alertRequests } from './alert-requests.ts';
import { alertSilence } from './alert-silence.ts';
import { both, context, fitMessage, header, NOTHING, type Part, section } from './blocks.ts';
import { lasting } from './format.ts';
import { escapeText, grouped, link, plainText, when, whenLong } from './text.ts';
import { mention } from './thread.ts';

export interface AlertCardInput {
  readonly group: AlertGroup;
  /** Of the stored state, shown at the foot. */
  readonly rev: number;
  /** Slack ids that the card mentions while it fires: people and groups that the configuration names, or none. */
  readonly callees: readonly string[];
  /** Hosts whose links may be links. */
  readonly linkHosts: readonly string[];
  /** What of it can be done here; absent: nothing that needs more than the store. */
  readonly can?: AlertAbilities;
}

const SHOWN = 10;
/** Annotations that say in a sentence what is wrong, the first that is there. */
const SENTENCES = ['summary', 'message', 'description', 'title', 'output'];
/** Annotations that are addresses, and what they are called. */
const LINKS: readonly (readonly [string, string])[] = [
  ['runbook_url', 'Runbook'],
  ['runbook', 'Runbook'],
  ['dashboard_url', 'Dashboard'],
  ['dashboard', 'Dashboard'],
];
/** Said elsewhere on the card. */
const TOLD_LABELS = new Set(['alertname', 'severity', 'rule', 'priority']);

export function alertCard(input: AlertCardInput): Message {
  const { group } = input;
  const head = headlineOf(group);
  const parts: readonly Part[] = [
    both(
      header(head),
      section([whenLine(group), sentenceOf(group)].filter((line) => line !== '').join('\n')),
    ),
    acknowledgedBy(group),
    alertCalls(group),
    alertSilence(group),
    alertContained(group, input.can?.kill ?? false),
    alertExpected(group),
    incidentLine(group),
    alertButtons(group, input.can),
    alertRequests(group),
    alertChanges(group),
    alertChart(group),
    group.source === 'falco' ? places(group) : members(group),
    links(input),
    foot(input),
  ];
  const names = mentions(input);
  return fitMessage({
    text: [plainText(head, 150), plainWhen(group), ...names].join('\n'),
    blocks: parts.flatMap((part) => part.native),
    classic: parts.flatMap((part) => part.classic),
  });
}

function whenLine(group: AlertGroup): string {
  if (group.resolvedAt !== null)
    return `Ended ${when(group.resolvedAt)} after ${lasting(Math.max(0, group.resolvedAt - group.since))}`;
  const last = group.source === 'falco' && group.events > 1 ? `, last ${when(group.lastAt)}` : '';
  return `*${group.severity}* since ${whenLong(group.since)}${last}`;
}

const plainWhen = (group: AlertGroup): string =>
  group.resolvedAt === null
    ? group.severity
    : `ended after ${lasting(Math.max(0, group.resolvedAt - group.since))}`;

function sentenceOf({ annotations, members: all }: AlertGroup): string {
  for (const name of SENTENCES) {
    const own = Object.hasOwn(annotations, name) ? annotations[name] : undefined;
    const of = own ?? firstOf(all, name);
    if (of) return escapeText(of, 600);
  }
  return '';
}

/** What only one alert can say: with several it would be said of the others too. */
const firstOf = (all: readonly AlertMember[], name: string): string | undefined =>
  all.length === 1 && all[0] && Object.hasOwn(all[0].annotations, name)
    ? all[0].annotations[name]
    : undefined;

function acknowledgedBy({ acknowledged }: AlertGroup): Part {
  if (acknowledged === null) return NOTHING;
  const who = mention(acknowledged.by.id) ?? escapeText(acknowledged.by.name ?? acknowledged.by.id, 80);
  return both(context(`👀 ${who} looks at it since ${when(acknowledged.at)}`));
}

/** One line a member, by the labels in which they differ. */
function members(group: AlertGroup): Part {
  const total = group.firing + group.resolved;
  if (total <= 1 && group.truncated === 0) return NOTHING;
  const shown = group.members.slice(0, SHOWN);
  const lines = shown.map((member) => {
    const mark = member.state === 'resolved' ? '✓' : '•';
    return `${mark} ${differing(member, group.labels)} · ${when(member.startsAt)}`;
  });
  const more = total - shown.length + group.truncated;
  if (more > 0) lines.push(`_and ${grouped(more)} more_`);
  return lines.length === 0 ? NOTHING : both(section(lines.join('\n')));
}

function differing(member: AlertMember, shared: Readonly<Record<string, string>>): string {
  const own = Object.entries(member.labels).filter(
    ([name, value]) => !TOLD_LABELS.has(name) && shared[name] !== value,
  );
  if (own.length === 0) return 'the same labels';
  return own
    .slice(0, 4)
    .map(([name, value]) => `${escapeText(name, 40)}=${escapeText(value, 60)}`)
    .join(' ');
}

/** Where Falco saw it: the most frequent first. */
function places({ hosts, pods }: AlertGroup): Part {
  const lines = [ranked('Pods', pods), ranked('Nodes', hosts)].filter((line) => line !== null);
  return lines.length === 0 ? NOTHING : both(section(lines.join('\n')));
}

function ranked(what: string, counts: Readonly<Record<string, number>>): string | null {
  const all = Object.entries(counts).sort(([, a], [, b]) => b - a);
  if (all.length === 0) return null;
  const shown = all
    .slice(0, SHOWN)
    .map(([name, count]) => `${escapeText(name, 80)}${count > 1 ? ` ${count}×` : ''}`);
  const more = all.length > SHOWN ? ` _and ${all.length - SHOWN} more_` : '';
  return `*${what}* ${shown.join(', ')}${more}`;
}

function links({ group, linkHosts }: AlertCardInput): Part {
  const [only] = group.members;
  const annotation = (name: string): string =>
    (Object.hasOwn(group.annotations, name) ? group.annotations[name] : undefined) ??
    firstOf(group.members, name) ??
    '';
  const found = new Map<string, string>();
  for (const [name, label] of LINKS)
    if (annotation(name) !== '' && !found.has(label)) found.set(label, annotation(name));
  if (only && only.generatorUrl !== '') found.set('Expression', only.generatorUrl);
  if (group.externalUrl !== '') found.set('Alertmanager', group.externalUrl);
  const drawn = [...found].map(([label, url]) => {
    const drawnLink = link(url, label, linkHosts);
    // A runbook that may not be a link is still to be read.
    return drawnLink === label && label !== 'Alertmanager' && label !== 'Expression'
      ? `${label}: ${escapeText(url, 200)}`
      : drawnLink === label
        ? null
        : drawnLink;
  });
  const shown = drawn.filter((each) => each !== null);
  return shown.length === 0 ? NOTHING : both(context(shown.join(' · ')));
}

/** Nobody is called again by what ended or is looked at. */
const mentions = ({ group, callees }: AlertCardInput): readonly string[] =>
  group.state === 'firing' && group.acknowledged === null && !group.muted && group.silence?.state !== 'open'
    ? callees
        .map(mention)
        .filter((each) => each !== null)
        .slice(0, 10)
    : [];

function foot(input: AlertCardInput): Part {
  const { group, rev } = input;
  const labels = Object.entries(group.labels)
    .filter(([name]) => !TOLD_LABELS.has(name))
    .slice(0, 8)
    .map(([name, value]) => `${escapeText(name, 40)}=${escapeText(value, 60)}`)
    .join(' · ');
  // Further levels have a line of their own.
  const names = (group.escalation?.level ?? 0) > 1 ? [] : mentions(input);
  const lines = [labels, names.join(' '), `${group.source} · ${escapeText(group.id, 20)} · rev ${rev}`];
  return both(context(lines.filter((line) => line !== '').join('\n')));
}
