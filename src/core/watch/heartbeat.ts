/**
 * The dead man's switch: an alert that fires all the time, so that its silence says that alerts do not arrive. Pure.
 * Silence counts only while somebody was here to hear it.
 */
import type { Incoming } from '../alert/alert-group.ts';
import { isMatch } from '../alert/route.ts';

export interface Heartbeat {
  readonly name: string;
  /** As of a route: every label must match. */
  readonly match: Readonly<Record<string, string>>;
  /** ms: longer than this without it is a silence. */
  readonly every: number;
}

export interface BeatState {
  /** ms since the epoch: nothing before it counts as silence. */
  readonly from: number;
  /** ms since the epoch: when the silence became too long; null: it beats. */
  readonly missingSince: number | null;
}

/** One for all heartbeats, in the store. */
export interface BeatRecord {
  readonly schemaVersion: 1;
  /** Raised by every save. */
  readonly rev: number;
  /** ms since the epoch: when somebody last looked. */
  readonly lookedAt: number;
  readonly beats: Readonly<Record<string, BeatState>>;
  /** Not yet raised, oldest first. */
  readonly unraised: readonly BeatNews[];
}

export interface BeatNews {
  readonly name: string;
  readonly kind: 'missing' | 'back';
  /** ms since the epoch: when it was found. */
  readonly at: number;
  /** ms since the epoch: when the silence became too long. */
  readonly since: number;
  /** ms since the epoch; null: it was never heard. */
  readonly lastAt: number | null;
}

/** Nobody looked for this long: no replica was up, or the store was away, and no beat could be taken either. */
const DEAF_MS = 60_000;

export function judgeBeats(
  before: BeatRecord | null,
  heartbeats: readonly Heartbeat[],
  last: Readonly<Record<string, number>>,
  now: number,
): BeatRecord {
  const wasDeaf = before === null || Math.abs(now - before.lookedAt) > DEAF_MS;
  const news: BeatNews[] = [];
  const beats: Record<string, BeatState> = {};
  for (const heartbeat of heartbeats) {
    const known =
      before && Object.hasOwn(before.beats, heartbeat.name) ? before.beats[heartbeat.name] : undefined;
    const lastAt = Object.hasOwn(last, heartbeat.name) ? (last[heartbeat.name] ?? null) : null;
    const { state, said } = judge(
      known ?? { from: now, missingSince: null },
      heartbeat,
      lastAt,
      now,
      wasDeaf,
    );
    beats[heartbeat.name] = state;
    if (said) news.push(said);
  }
  for (const [name, { missingSince }] of Object.entries(before?.beats ?? {}))
    if (missingSince !== null && !Object.hasOwn(beats, name))
      // Taken out of the configuration: nothing is awaited any more.
      news.push({ name, kind: 'back', at: now, since: missingSince, lastAt: null });
  const unraised = [...(before?.unraised ?? []), ...news];
  return { schemaVersion: 1, rev: (before?.rev ?? 0) + 1, lookedAt: now, beats, unraised };
}

function judge(
  known: BeatState,
  { name, every }: Heartbeat,
  lastAt: number | null,
  now: number,
  wasDeaf: boolean,
): { readonly state: BeatState; readonly said: BeatNews | null } {
  // A clock that was set back must not make a silence of a day out of one of a minute, nor the other way round.
  const last = Math.min(lastAt ?? 0, now);
  const { missingSince } = known;
  if (missingSince !== null) {
    if (last <= missingSince && missingSince <= now) return { state: known, said: null };
    return {
      state: { from: last, missingSince: null },
      said: { name, kind: 'back', at: now, since: missingSince, lastAt },
    };
  }
  const from = wasDeaf ? now : Math.min(known.from, now);
  const due = Math.max(last, from) + every;
  if (now < due) return { state: { from, missingSince: null }, said: null };
  return { state: { from, missingSince: due }, said: { name, kind: 'missing', at: now, since: due, lastAt } };
}

/** Heartbeats in a message, and what is left of it: they make no card of their own. */
export function splitBeats(
  heartbeats: readonly Heartbeat[],
  incoming: Incoming,
): { readonly beats: readonly string[]; readonly rest: Incoming | null } {
  if (incoming.source !== 'alertmanager' || heartbeats.length === 0) return { beats: [], rest: incoming };
  const nameOf = (labels: Readonly<Record<string, string>>): string | undefined =>
    heartbeats.find(({ match }) => isMatch(match, labels))?.name;
  const others = incoming.members.filter(({ labels }) => nameOf(labels) === undefined);
  if (others.length === incoming.members.length) return { beats: [], rest: incoming };
  const beats = incoming.members
    .filter(({ state }) => state === 'firing')
    .flatMap(({ labels }) => nameOf(labels) ?? []);
  return { beats: [...new Set(beats)], rest: others.length === 0 ? null : { ...incoming, members: others } };
}
