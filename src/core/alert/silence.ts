/** A silence of Alertmanager, as a card knows it: by what it matches, how long, who wanted it, and what became of it. */
import type { Person } from '../target.ts';
import { type About, aboutOf, type KnownServices } from './about.ts';
import type { AlertGroup } from './alert-group.ts';
import { type Severity, severityOf, worst } from './severity.ts';

/** Equality alone: what is silenced is what was shown. */
export interface Matcher {
  readonly name: string;
  readonly value: string;
}

export interface SilenceWish {
  readonly matchers: readonly Matcher[];
  readonly durationMs: number;
  readonly reason: string;
  /** What matched when it was asked for. */
  readonly matching: Matching;
}

/** The alerts that a silence would hold back now. */
export interface Matching {
  readonly alerts: number;
  /** Sorted by name; an alert that names no service counts under `no service`. */
  readonly services: readonly { readonly name: string; readonly alerts: number }[];
  readonly severity: Severity;
}

export interface GroupSilence {
  /** Ours, in its comment: whoever lost the answer finds it by this. */
  readonly key: string;
  /** `creating`: asked of Alertmanager, not confirmed yet. `refused`: it never came to be. */
  readonly state: 'creating' | 'open' | 'ended' | 'refused';
  /** Alertmanager's own id; null while it is not confirmed. */
  readonly silenceId: string | null;
  readonly matchers: readonly Matcher[];
  readonly reason: string;
  readonly by: Person;
  /** null: nobody else had to. */
  readonly approvedBy: Person | null;
  /** ms since the epoch. */
  readonly startsAt: number;
  readonly endsAt: number;
  /** Alerts that still fire behind it, as last looked; null: not known. */
  readonly firing: number | null;
  /** Since when none fires behind it; null: some do, or it is not known. */
  readonly clearSince: number | null;
  readonly endedAt: number | null;
  readonly ended: 'expired' | 'by-person' | 'elsewhere' | null;
  readonly endedBy: Person | null;
  /** Why it was refused. */
  readonly failure: string | null;
}

export const isLive = ({ state }: GroupSilence): boolean => state === 'creating' || state === 'open';

/** Whether it holds the group's notifications back at this time. */
export const isSilencing = ({ silence }: Pick<AlertGroup, 'silence'>, now: number): boolean =>
  silence?.state === 'open' && silence.startsAt <= now && silence.endsAt > now;

/**
 * The labels by which Alertmanager grouped; where it groups by none, those that all alerts share. Empty: nothing may be
 * silenced by them, since an empty set would hold back every alert there is.
 */
export function matchersOf({ groupLabels, labels }: AlertGroup): readonly Matcher[] {
  const own = Object.entries(groupLabels ?? {});
  const named = (own.length > 0 ? own : Object.entries(labels)).filter(([, value]) => value !== '');
  return named.map(([name, value]) => ({ name, value })).sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Words for one matcher, quoted as Alertmanager reads them. */
export const matcherText = ({ name, value }: Matcher): string =>
  `${name}="${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`;

const LABELS = ['service', 'app', 'job'];

export function matchingOf(
  alerts: readonly { readonly labels: Readonly<Record<string, string>> }[],
  known: KnownServices,
  severities: Readonly<Record<string, Severity>>,
): Matching {
  const counts = new Map<string, number>();
  for (const { labels } of alerts) {
    const name = nameOf(aboutOf({ labels }, known), labels);
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return {
    alerts: alerts.length,
    services: [...counts]
      .map(([name, count]) => ({ name, alerts: count }))
      .sort((a, b) => (a.name < b.name ? -1 : 1)),
    severity: worst(alerts.map(({ labels }) => severityOf(labels['severity'] ?? null, severities))),
  };
}

const nameOf = ({ service }: About, labels: Readonly<Record<string, string>>): string =>
  service ??
  LABELS.map((label) => (Object.hasOwn(labels, label) ? labels[label] : undefined)).find(Boolean) ??
  'no service';

export const LONG_MS = 4 * 3_600_000;
export const SILENCE_AT_LEAST_MS = 5 * 60_000;
export const SILENCE_AT_MOST_MS = 7 * 24 * 3_600_000;

/** Why one person is not enough; empty: one is. */
export function whyTwo(
  { matching, durationMs }: Pick<SilenceWish, 'matching' | 'durationMs'>,
  severity: Severity,
): readonly string[] {
  return [
    ...(matching.services.length > 1 ? [`it holds back ${matching.services.length} services`] : []),
    ...(durationMs > LONG_MS && worst([severity, matching.severity]) === 'critical'
      ? ['it is longer than 4 h on something critical']
      : []),
  ];
}

/** Services that match now and were not shown to whoever decides. */
export const newServices = (shown: Matching, now: Matching): readonly string[] =>
  now.services.map(({ name }) => name).filter((name) => !shown.services.some((one) => one.name === name));

export const silenceComment = ({ key, reason, by, approvedBy }: GroupSilence): string => {
  const approved = approvedBy === null ? '' : `, approved by ${approvedBy.name ?? approvedBy.id}`;
  return `${reason} (asked by ${by.name ?? by.id}${approved}; Dabbawala ${key})`;
};

/** In `creating` this long though Alertmanager answers: it is given up. */
export const GIVE_UP_MS = 5 * 60_000;
/** Alertmanager forgets its alerts when it restarts, until they are sent again: so long none must fire. */
export const CLEAR_MS = 3 * 60_000;

export type Seen =
  | { readonly state: 'pending' | 'active' | 'expired'; readonly endsAt: number; readonly id: string }
  /** Alertmanager knows no such silence. */
  | null;

/** What a look at Alertmanager makes of an open silence. null: nothing is new. */
export function silenceSeen(
  silence: GroupSilence,
  seen: Seen,
  firing: number | null,
  now: number,
): GroupSilence | null {
  if (seen === null || seen.state === 'expired') {
    const endsAt = seen?.endsAt ?? silence.endsAt;
    // Within a few seconds of its own end nobody ended it: clocks differ.
    const isOwnEnd = endsAt >= silence.endsAt - 5000 && now >= silence.endsAt - 5000;
    return {
      ...silence,
      state: 'ended',
      endedAt: Math.min(now, isOwnEnd ? silence.endsAt : Math.max(silence.startsAt, seen?.endsAt ?? now)),
      ended: isOwnEnd ? 'expired' : 'elsewhere',
      firing: null,
      clearSince: null,
    };
  }
  const clearSince = firing === 0 ? (silence.clearSince ?? now) : null;
  const next: GroupSilence = {
    ...silence,
    ...{ state: 'open', silenceId: seen.id, endsAt: seen.endsAt, firing, clearSince },
  };
  const isSame = (['state', 'silenceId', 'endsAt', 'firing', 'clearSince'] as const).every(
    (field) => next[field] === silence[field],
  );
  return isSame ? null : next;
}
