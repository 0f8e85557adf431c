/**
 * What a message of a sender makes of its alert group. Pure; the same message twice changes nothing the second time.
 * Alertmanager sends the whole group each time, so its message replaces what is known; Falco's events are counted.
 */
import {
  type AlertGroup,
  type AlertMember,
  type Incoming,
  type IncomingEvent,
  type IncomingGroup,
  MEMBERS_AT_MOST,
} from './alert-group.ts';
import { restartEscalation } from './escalation.ts';
import { isExpected } from './expected.ts';
import { eventHash, groupIdOf, groupKeyOf } from './fingerprint.ts';
import { type Severity, severityOf, worst } from './severity.ts';
import { isLive } from './silence.ts';

export interface FoldSettings {
  /** ms since the epoch. */
  readonly now: number;
  /** Where the card of a new episode goes. */
  readonly channel: string;
  /** The configuration's own words for severities, lower case. */
  readonly severities: Readonly<Record<string, Severity>>;
  /** What fires again within this time of its end goes on on the same card. */
  readonly reopenMs: number;
}

/** A change that the thread tells. */
export interface AlertEvent {
  readonly code: 'fired' | 'more' | 'fewer' | 'resolved' | 'again' | 'worse' | 'quiet';
  readonly text: string;
}

export interface Folded {
  readonly next: AlertGroup;
  readonly events: readonly AlertEvent[];
  /** false: the message told nothing new. */
  readonly isChanged: boolean;
}

const RECENT_AT_MOST = 100;

export function fold(before: AlertGroup | null, incoming: Incoming, settings: FoldSettings): Folded {
  return incoming.source === 'alertmanager'
    ? foldGroup(before, incoming, settings)
    : foldEvent(before, incoming, settings);
}

/** Labels that all members share. */
const shared = (members: readonly AlertMember[]): Readonly<Record<string, string>> => {
  const [first, ...others] = members;
  if (!first) return {};
  return Object.fromEntries(
    Object.entries(first.labels).filter(([name, value]) =>
      others.every(({ labels }) => Object.hasOwn(labels, name) && labels[name] === value),
    ),
  );
};

const blank = (incoming: Incoming, { now, channel }: FoldSettings): AlertGroup => ({
  schemaVersion: 1,
  id: groupIdOf(incoming),
  source: incoming.source,
  key: groupKeyOf(incoming),
  episode: 1,
  state: 'firing',
  severity: 'warning',
  title: '',
  labels: {},
  annotations: {},
  externalUrl: '',
  members: [],
  firing: 0,
  resolved: 0,
  truncated: 0,
  events: 0,
  hosts: {},
  pods: {},
  recent: [],
  since: now,
  lastAt: now,
  resolvedAt: null,
  acknowledged: null,
  channel,
});

/** The group that the message is folded into: the one that runs, the one that ended a moment ago, or a new episode. */
function ground(
  before: AlertGroup | null,
  incoming: Incoming,
  settings: FoldSettings,
): { readonly base: AlertGroup; readonly isNew: boolean; readonly isAgain: boolean } {
  if (before === null) return { base: blank(incoming, settings), isNew: true, isAgain: false };
  if (before.resolvedAt === null) return { base: before, isNew: false, isAgain: false };
  if (settings.now - before.resolvedAt <= settings.reopenMs)
    return { base: { ...before, ...withNewTime(before, settings.now) }, isNew: false, isAgain: true };
  return {
    base: { ...blank(incoming, settings), ...outliving(before, settings.now), episode: before.episode + 1 },
    isNew: true,
    isAgain: false,
  };
}

/** What holds whatever the episode. */
const outliving = ({ silence, expected, contained }: AlertGroup, now: number): Partial<AlertGroup> => ({
  ...(contained && { contained }),
  ...(silence && isLive(silence) && { silence }),
  ...(expected && isExpected({ expected }, now) && { expected }),
});

/** It was over: whoever is called has the whole time of the level again. */
const withNewTime = ({ escalation }: AlertGroup, now: number): Pick<AlertGroup, 'escalation'> =>
  escalation ? { escalation: restartEscalation(escalation, now) } : {};

const rank = ({ state }: AlertMember): number => (state === 'firing' ? 0 : 1);

function foldGroup(before: AlertGroup | null, incoming: IncomingGroup, settings: FoldSettings): Folded {
  const members = [...incoming.members].sort((a, b) => rank(a) - rank(b) || b.startsAt - a.startsAt);
  const firingMembers = members.filter(({ state }) => state === 'firing');
  const firing = firingMembers.length;
  // A message without a firing alert about what is over, or was never seen: what it ends is told once, on a card of its own.
  const isOver = firing === 0;
  if (isOver && before !== null && before.resolvedAt !== null)
    return { next: before, events: [], isChanged: false };
  const { base, isNew, isAgain } = ground(before, incoming, settings);
  const labels = Object.keys(incoming.commonLabels).length > 0 ? incoming.commonLabels : shared(members);
  const ranked = isOver ? members : firingMembers;
  const severity = worst(
    ranked.map((member) => severityOf(member.labels['severity'] ?? null, settings.severities)),
  );
  const since = Math.min(settings.now, ...ranked.map(({ startsAt }) => startsAt).filter((at) => at > 0));
  const known: AlertGroup = {
    ...base,
    state: isOver ? 'resolved' : 'firing',
    severity: isOver && !isNew ? base.severity : severity,
    title: titleOf(incoming, labels),
    labels,
    annotations: incoming.commonAnnotations,
    groupLabels: incoming.groupLabels,
    externalUrl: incoming.externalUrl,
    members: members.slice(0, MEMBERS_AT_MOST),
    firing,
    resolved: members.length - firing,
    truncated: incoming.truncated,
    since: isNew ? since : Math.min(base.since, since),
    resolvedAt: isOver ? settings.now : null,
  };
  if (!isNew && isSame(base, known)) return { next: base, events: [], isChanged: false };
  const next = { ...known, events: base.events + 1, lastAt: settings.now };
  return { next, events: tell(isNew ? null : base, next, isAgain, firingMembers), isChanged: true };
}

const isSame = (a: AlertGroup, b: AlertGroup): boolean =>
  JSON.stringify({ ...a, events: 0, lastAt: 0 }) === JSON.stringify({ ...b, events: 0, lastAt: 0 });

const titleOf = (
  { groupLabels, members }: IncomingGroup,
  labels: Readonly<Record<string, string>>,
): string => {
  const names = [...new Set(members.map((member) => member.labels['alertname'] ?? ''))].filter(
    (name) => name !== '',
  );
  return (
    groupLabels['alertname'] ??
    labels['alertname'] ??
    (names.length > 0 ? names.slice(0, 3).join(', ') : 'Alert without a name')
  );
};

function tell(
  before: AlertGroup | null,
  next: AlertGroup,
  isAgain: boolean,
  firing: readonly AlertMember[],
): readonly AlertEvent[] {
  if (before === null)
    return next.state === 'resolved'
      ? [{ code: 'resolved', text: `Fired and ended before it could be told: ${next.title}` }]
      : [];
  if (next.state === 'resolved') return [{ code: 'resolved', text: 'All alerts of this group have ended' }];
  if (isAgain) return [{ code: 'again', text: `Firing again: ${count(next.firing)}` }];
  const known = new Set(before.members.filter(({ state }) => state === 'firing').map(({ key }) => key));
  const added = firing.filter(({ key }) => !known.has(key)).length;
  const events: AlertEvent[] = [];
  if (isWorse(before.severity, next.severity))
    events.push({ code: 'worse', text: `Now ${next.severity}, before ${before.severity}` });
  if (added > 0 && next.firing > before.firing)
    events.push({ code: 'more', text: `${next.firing - before.firing} more: ${count(next.firing)} now` });
  if (next.firing < before.firing)
    events.push({ code: 'fewer', text: `${before.firing - next.firing} ended: ${count(next.firing)} left` });
  return events;
}

const isWorse = (before: Severity, next: Severity): boolean =>
  before !== next && worst([before, next]) === next;

const count = (firing: number): string => `${firing} ${firing === 1 ? 'alert fires' : 'alerts fire'}`;

function foldEvent(before: AlertGroup | null, incoming: IncomingEvent, settings: FoldSettings): Folded {
  const hash = eventHash(incoming);
  if (before?.recent.includes(hash)) return { next: before, events: [], isChanged: false };
  const { base, isNew, isAgain } = ground(before, incoming, settings);
  const next: AlertGroup = {
    ...base,
    state: 'firing',
    severity: severityOf(incoming.priority, settings.severities),
    title: incoming.rule,
    labels: labelsOf(incoming),
    annotations: { output: incoming.output },
    firing: 1,
    events: base.events + 1,
    hosts: counted(base.hosts, incoming.hostname),
    pods: counted(base.pods, incoming.pod),
    recent: [...base.recent, hash].slice(-RECENT_AT_MOST),
    since: isNew ? Math.min(settings.now, incoming.at) : base.since,
    lastAt: settings.now,
    resolvedAt: null,
  };
  const events: AlertEvent[] = isAgain ? [{ code: 'again', text: 'Seen again' }] : [];
  if (!isNew && incoming.hostname !== '' && !Object.hasOwn(base.hosts, incoming.hostname))
    events.push({ code: 'more', text: `Now also on ${incoming.hostname}` });
  return { next, events, isChanged: true };
}

const labelsOf = (event: IncomingEvent): Readonly<Record<string, string>> =>
  Object.fromEntries(
    [
      ['rule', event.rule],
      ['priority', event.priority],
      ['source', event.kind],
      ['namespace', event.namespace],
      ['pod', event.pod],
    ].filter(([, value]) => value !== ''),
  );

/** A name more, or one more of it. Beyond the limit only known names are counted. */
const counted = (
  before: Readonly<Record<string, number>>,
  name: string,
): Readonly<Record<string, number>> => {
  if (name === '') return before;
  const known = Object.hasOwn(before, name) ? before[name] : undefined;
  if (known === undefined && Object.keys(before).length >= MEMBERS_AT_MOST) return before;
  return Object.fromEntries([
    ...Object.entries(before).filter(([key]) => key !== name),
    [name, (known ?? 0) + 1],
  ]);
};

/** Falco never says that something is over: a group without an event for this long has ended. null: it has not. */
export function endQuiet(group: AlertGroup, now: number, quietMs: number): Folded | null {
  if (group.source !== 'falco' || group.resolvedAt !== null || now - group.lastAt < quietMs) return null;
  const minutes = Math.round(quietMs / 60_000);
  return {
    next: { ...group, state: 'resolved', firing: 0, resolvedAt: now },
    events: [{ code: 'quiet', text: `No event for ${minutes} min` }],
    isChanged: true,
  };
}
