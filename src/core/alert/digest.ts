/**
 * More alert groups than a channel takes as cards of their own stand by name in a digest: a card that names each, so that
 * nobody is ever only a number. What waits for whom is decided here; the names stay what they were told as, until the
 * group tells something new. Pure.
 */
import type { AlertGroup } from './alert-group.ts';
import { SEVERITIES, type Severity } from './severity.ts';

/** A name, as the digest shows it. */
export interface DigestEntry {
  readonly id: string;
  readonly episode: number;
  /** Of the group's state that it shows. */
  readonly rev: number;
  readonly title: string;
  /** What tells it from others of its title: service, instance… ; '' where nothing does. */
  readonly about: string;
  readonly severity: Severity;
  /** Alerts that fire; of Falco: events seen. */
  readonly count: number;
  readonly isCounted: 'firing' | 'seen';
  readonly since: number;
  readonly endedAt: number | null;
  /** Name or id of who looks at it; null: nobody. */
  readonly acknowledgedBy: string | null;
  /** Slack ids that were called about it. */
  readonly called: readonly string[];
  /** It has a card of its own since: that one tells what becomes of it. */
  readonly hasCard: boolean;
}

export interface Digest {
  readonly schemaVersion: 1;
  /** `d-` and 12 of [a-z0-9]. */
  readonly id: string;
  readonly channel: string;
  /** ms since the epoch. */
  readonly createdAt: number;
  /** When the last name came. */
  readonly namedAt: number;
  readonly entries: readonly DigestEntry[];
}

/** So many names at their full length fit into one message. */
export const NAMES_AT_MOST = 100;
/** While it is younger than this a digest grows, so that a storm that drips is one message and not twenty. */
const GROWS_MS = 120_000;
/** A storm is over when nobody was named for so long: until then two that wait are enough for a digest. */
const CALM_MS = 30_000;
/** Named groups get their own cards when nobody was named for so long. */
const QUIET_MS = 10_000;
/** What would wait longer for a card of its own is named first. */
const PATIENCE_MS = 10_000;

/** Labels that say what an alert is about, the first that there is of each row. */
const ABOUT = [
  ['service', 'app', 'deployment', 'workload', 'namespace'],
  ['instance', 'pod', 'node', 'region'],
] as const;

export const entryOf = (group: AlertGroup, rev: number): DigestEntry => {
  const own = (name: string): string => (Object.hasOwn(group.labels, name) ? (group.labels[name] ?? '') : '');
  const about = ABOUT.map((row) => row.map(own).find((value) => value !== '') ?? '');
  const isEvent = group.source === 'falco';
  const { acknowledged } = group;
  return {
    id: group.id,
    episode: group.episode,
    rev,
    title: group.title,
    about: about.filter((value) => value !== '').join(' · '),
    severity: group.severity,
    count: isEvent ? group.events : group.firing,
    isCounted: isEvent ? 'seen' : 'firing',
    since: group.since,
    endedAt: group.state === 'resolved' ? (group.resolvedAt ?? group.lastAt) : null,
    acknowledgedBy: acknowledged === null ? null : (acknowledged.by.name ?? acknowledged.by.id),
    called: group.escalation?.called ?? [],
    hasCard: false,
  };
};

export const beginDigest = (
  id: string,
  channel: string,
  entries: readonly DigestEntry[],
  now: number,
): Digest => ({ schemaVersion: 1, id, channel, createdAt: now, namedAt: now, entries });

/** With more names at its end; one that stands there already is shown as it is now. */
export function addNames(digest: Digest, more: readonly DigestEntry[], now: number): Digest {
  const { entries } = tellChanges(digest, more) ?? digest;
  const known = new Set(entries.map(keyOf));
  const added = more.filter((entry) => !known.has(keyOf(entry)));
  return { ...digest, namedAt: now, entries: [...entries, ...added] };
}

const keyOf = ({ id, episode }: Pick<DigestEntry, 'id' | 'episode'>): string => `${id} ${episode}`;

/** The same names with what is new of them; null: nothing is. An older state than what stands there changes nothing. */
export function tellChanges(digest: Digest, news: readonly DigestEntry[]): Digest | null {
  const newest = new Map(news.map((entry) => [keyOf(entry), entry]));
  let isChanged = false;
  const entries = digest.entries.map((entry) => {
    const next = newest.get(keyOf(entry));
    if (!next || next.rev <= entry.rev || entry.hasCard) return entry;
    if (!isSame(entry, next)) isChanged = true;
    return next;
  });
  return isChanged ? { ...digest, entries } : null;
}

const isSame = (a: DigestEntry, b: DigestEntry): boolean =>
  JSON.stringify({ ...a, rev: 0 }) === JSON.stringify({ ...b, rev: 0 });

/** Of a group that has a card of its own now. null: it says so already, or names no such group. */
export const tellCard = (digest: Digest, id: string, episode: number): Digest | null =>
  withEntry(digest, id, (entry) =>
    entry.episode === episode && !entry.hasCard ? { ...entry, hasCard: true } : null,
  );

/** Of a group that began anew: whatever the digest named of it is over. null: it says so already. */
export const tellPast = (digest: Digest, id: string, episode: number, at: number): Digest | null =>
  withEntry(digest, id, (entry) =>
    entry.episode < episode && entry.endedAt === null && !entry.hasCard ? { ...entry, endedAt: at } : null,
  );

function withEntry(
  digest: Digest,
  id: string,
  change: (entry: DigestEntry) => DigestEntry | null,
): Digest | null {
  let isChanged = false;
  const entries = digest.entries.map((entry) => {
    const next = entry.id === id ? change(entry) : null;
    if (next) isChanged = true;
    return next ?? entry;
  });
  return isChanged ? { ...digest, entries } : null;
}

/** It fires and this digest alone tells of it. */
export const isOpen = (entry: DigestEntry): boolean => entry.endedAt === null && !entry.hasCard;

/** Nobody is left that it alone tells of. */
export const isDone = ({ entries }: Digest): boolean => !entries.some(isOpen);

/** null: nothing of it is open. */
export const worstOpen = ({ entries }: Digest): Severity | null =>
  SEVERITIES.find((severity) => entries.some((entry) => isOpen(entry) && entry.severity === severity)) ??
  null;

/** Who is called about what is open and nobody looks at. */
export const calledBy = ({ entries }: Digest): readonly string[] => [
  ...new Set(
    entries.filter((entry) => isOpen(entry) && entry.acknowledgedBy === null).flatMap(({ called }) => called),
  ),
];

/** Nobody is added to it any more: it is full, or the storm went on without it. */
export const isComplete = ({ entries, namedAt }: Digest, now: number): boolean =>
  entries.length >= NAMES_AT_MOST || now - namedAt >= QUIET_MS;

export interface Waiting {
  readonly now: number;
  /** Groups that no message tells of. */
  readonly fresh: number;
  /** The worst of them. */
  readonly worst: Severity | null;
  /** ms between two posts to the channel. */
  readonly postIntervalMs: number;
  readonly newest: { readonly digest: Digest; readonly isPosted: boolean } | null;
}

export type DigestPlan =
  /** Each gets its own card; those named before too, when nobody is new and it has been quiet. */
  | { readonly kind: 'cards'; readonly of: 'fresh' | 'named' | 'none' }
  /** So many more names into the newest digest. */
  | { readonly kind: 'grow'; readonly names: number }
  | { readonly kind: 'begin'; readonly names: number }
  /** The newest digest is full and not posted yet: it goes first. */
  | { readonly kind: 'wait' };

/** How many cards of their own a channel takes before the last of them would wait too long. */
export const slotsOf = (postIntervalMs: number): number =>
  Math.max(1, Math.floor(PATIENCE_MS / Math.max(1, postIntervalMs)));

export function planDigest({ now, fresh, worst, postIntervalMs, newest }: Waiting): DigestPlan {
  const namedMsAgo = newest === null ? Number.POSITIVE_INFINITY : now - newest.digest.namedAt;
  const isUnposted = newest !== null && !newest.isPosted;
  if (fresh === 0) return { kind: 'cards', of: namedMsAgo >= QUIET_MS && !isUnposted ? 'named' : 'none' };
  // What is not posted yet grows, however long Slack is away.
  const isStorm = namedMsAgo < CALM_MS || isUnposted;
  // One alone is soon told by itself, also in a storm's last gusts.
  if (fresh <= (isStorm ? 1 : slotsOf(postIntervalMs))) return { kind: 'cards', of: 'fresh' };
  if (newest === null || !isStorm) return { kind: 'begin', names: Math.min(fresh, NAMES_AT_MOST) };
  const room = NAMES_AT_MOST - newest.digest.entries.length;
  if (!newest.isPosted) return room > 0 ? { kind: 'grow', names: Math.min(fresh, room) } : { kind: 'wait' };
  const isYoung = now - newest.digest.createdAt < GROWS_MS;
  // An edit pushes nothing to anybody: what is worse than all that the digest was posted with is a message of its own.
  if (room >= Math.min(fresh, NAMES_AT_MOST / 4) && isYoung && !isWorse(worst, newest.digest))
    return { kind: 'grow', names: Math.min(fresh, room) };
  return { kind: 'begin', names: Math.min(fresh, NAMES_AT_MOST) };
}

const isWorse = (worst: Severity | null, { entries }: Digest): boolean =>
  worst !== null && entries.every(({ severity }) => SEVERITIES.indexOf(worst) < SEVERITIES.indexOf(severity));
