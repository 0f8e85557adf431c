/**
 * Who is called about what nobody has acknowledged, and when. Pure: the policy, the state and the time in, the next act out.
 * Each level's time begins when it was called, so that none is skipped, however long nobody looked.
 */
import type { Person } from '../target.ts';
import { type Mute, type Muted, muteOf } from './mute.ts';
import { type BySeverity, type Override, onCallAt, type Roster } from './on-call.ts';
import { isAtLeast, type Severity } from './severity.ts';

export interface EscalationPolicy extends Roster {
  /** Nobody is called about what is less bad; null: about nothing. */
  readonly callFrom: Severity | null;
  /** Not acknowledged this long: the level is reminded; again and again after it. */
  readonly remind: BySeverity;
  /** Acknowledged and not over this long: who acknowledged is reminded; again and again after it. */
  readonly unresolved: BySeverity;
  readonly mutes: readonly Mute[];
}

/** Part of what is watched. A new episode has none. */
export interface EscalationState {
  /** Level that was called last; 1 is the first, 0: nobody was called yet. */
  readonly level: number;
  /** ms since the epoch: since when its time runs. */
  readonly since: number;
  readonly remindedAt: number | null;
  /** Reminders on this level. */
  readonly reminders: number;
  /** Slack ids that were called on this level. */
  readonly called: readonly string[];
  /** ms since the epoch: the last line that mentioned somebody; absent: none did. */
  readonly pushedAt?: number;
}

/** What somebody must look at: an alert group, an incident. */
export interface Watched {
  readonly isOver: boolean;
  readonly severity: Severity;
  readonly labels: Readonly<Record<string, string>>;
  readonly acknowledged: { readonly by: Person; readonly at: number } | null;
  readonly escalation?: EscalationState | undefined;
  readonly muted?: Muted | null | undefined;
  /** Held back by somebody's word: a silence, a mark. Holds until its end. */
  readonly quiet?: Muted | null | undefined;
}

export type EscalationAct =
  /** Nobody acknowledged the level that was called. */
  | { readonly code: 'remind'; readonly level: number; readonly waitedMs: number }
  | { readonly code: 'escalate'; readonly level: number; readonly waitedMs: number }
  /** Got bad enough to call somebody. */
  | { readonly code: 'worse'; readonly level: number }
  | { readonly code: 'unresolved'; readonly waitedMs: number }
  | { readonly code: 'mute'; readonly mute: Muted }
  /** `level` 0: nobody is to be called. */
  | { readonly code: 'unmute'; readonly name: string; readonly level: number };

export interface EscalationChange {
  readonly escalation: EscalationState;
  readonly muted: Muted | null;
}

export type EscalationStep =
  /** `until` null: not before something changes. */
  | { readonly kind: 'wait'; readonly until: number | null }
  /** `act` null: nothing is said. `calls`: Slack ids to mention. */
  | {
      readonly kind: 'change';
      readonly next: EscalationChange;
      readonly act: EscalationAct | null;
      readonly calls: readonly string[];
    };

/** On the last level the time between two reminders doubles, but nobody is left in peace for longer than this. */
const REMIND_AT_LEAST_EVERY = 3_600_000;

const calls = (watched: Watched, { callFrom }: EscalationPolicy): boolean =>
  callFrom !== null && isAtLeast(watched.severity, callFrom);

function heldBack({ quiet, labels }: Watched, { mutes }: EscalationPolicy, now: number): Muted | null {
  return quiet && (quiet.until === null || quiet.until > now) ? quiet : muteOf(mutes, labels, now);
}

const onLevel = (
  policy: EscalationPolicy,
  level: number,
  now: number,
  overrides: readonly Override[],
): EscalationState => ({
  level,
  since: now,
  remindedAt: null,
  reminders: 0,
  called: level === 0 ? [] : onCallAt(policy, level, now, overrides).people,
});

/** Of a new episode: the card itself calls the first level. */
export function beginEscalation(
  watched: Watched,
  policy: EscalationPolicy,
  now: number,
  overrides: readonly Override[],
): EscalationChange {
  const muted = heldBack(watched, policy, now);
  const level = muted === null && calls(watched, policy) ? 1 : 0;
  return { escalation: onLevel(policy, level, now, overrides), muted };
}

/** The level stays, its time begins anew: nobody looks at it any more, or it fires again. */
export const restartEscalation = (state: EscalationState, now: number): EscalationState => ({
  ...state,
  since: now,
  remindedAt: null,
  reminders: 0,
});

/** A person calls the next level now, or the last one again. Says which. */
export function escalateNow(
  watched: Watched,
  policy: EscalationPolicy,
  now: number,
  overrides: readonly Override[],
): { readonly escalation: EscalationState; readonly isAgain: boolean } {
  const level = watched.escalation?.level ?? 0;
  const next = Math.min(level + 1, policy.levels.length);
  const escalation = { ...onLevel(policy, next, now, overrides), pushedAt: now };
  return { escalation, isAgain: next === level };
}

export function decideEscalation(
  watched: Watched,
  policy: EscalationPolicy,
  now: number,
  overrides: readonly Override[],
): EscalationStep {
  if (watched.isOver) return { kind: 'wait', until: null };
  const { escalation: state } = watched;
  if (!state)
    return {
      ...{ kind: 'change', act: null, calls: [] },
      next: beginEscalation(watched, policy, now, overrides),
    };
  const muted = heldBack(watched, policy, now);
  if (muted) return whileMuted(watched, state, muted);
  if (watched.muted) return afterMute(watched, state, policy, now, overrides, watched.muted);
  if (watched.acknowledged) return whileAcknowledged(watched, state, policy, now, watched.acknowledged);
  if (state.level === 0 && !calls(watched, policy)) return { kind: 'wait', until: null };
  if (state.level === 0) return callLevel(policy, 1, now, overrides, { code: 'worse', level: 1 });
  return whileUnseen(watched, state, policy, now, overrides);
}

function whileMuted(watched: Watched, state: EscalationState, muted: Muted): EscalationStep {
  const isKnown = watched.muted?.name === muted.name && watched.muted.until === muted.until;
  if (isKnown) return { kind: 'wait', until: muted.until };
  const isNews = watched.muted?.name !== muted.name;
  return {
    kind: 'change',
    next: { escalation: state, muted },
    act: isNews ? { code: 'mute', mute: muted } : null,
    calls: [],
  };
}

/** It still fires: whoever would have been called is called now. */
function afterMute(
  watched: Watched,
  state: EscalationState,
  policy: EscalationPolicy,
  now: number,
  overrides: readonly Override[],
  { name }: Muted,
): EscalationStep {
  const isCalled = watched.acknowledged === null && (state.level > 0 || calls(watched, policy));
  const level = isCalled ? Math.max(1, state.level) : 0;
  const act = { code: 'unmute', name, level } as const;
  if (isCalled) return callLevel(policy, level, now, overrides, act);
  return { kind: 'change', next: { escalation: restartEscalation(state, now), muted: null }, act, calls: [] };
}

function callLevel(
  policy: EscalationPolicy,
  level: number,
  now: number,
  overrides: readonly Override[],
  act: EscalationAct,
): EscalationStep {
  const escalation = { ...onLevel(policy, level, now, overrides), pushedAt: now };
  return { kind: 'change', next: { escalation, muted: null }, act, calls: escalation.called };
}

function whileAcknowledged(
  { severity }: Watched,
  state: EscalationState,
  { unresolved }: EscalationPolicy,
  now: number,
  { by, at }: NonNullable<Watched['acknowledged']>,
): EscalationStep {
  const every = unresolved[severity];
  if (every === null) return { kind: 'wait', until: null };
  const { remindedAt } = state;
  const base = remindedAt !== null && (remindedAt >= at || at > now) ? remindedAt : at;
  const reminded = { ...state, remindedAt: now };
  // The clock was set back: it is counted from now on.
  if (base > now)
    return { kind: 'change', next: { escalation: reminded, muted: null }, act: null, calls: [] };
  if (now < base + every) return { kind: 'wait', until: base + every };
  return {
    kind: 'change',
    next: { escalation: { ...reminded, pushedAt: now }, muted: null },
    act: { code: 'unresolved', waitedMs: Math.max(0, now - at) },
    calls: [by.id],
  };
}

function whileUnseen(
  { severity }: Watched,
  state: EscalationState,
  policy: EscalationPolicy,
  now: number,
  overrides: readonly Override[],
): EscalationStep {
  const { level, since, remindedAt, reminders } = state;
  if (since > now || (remindedAt ?? 0) > now)
    return {
      ...{ kind: 'change', act: null, calls: [] },
      next: { escalation: restartEscalation(state, now), muted: null },
    };
  const after = level < policy.levels.length ? (policy.levels[level - 1]?.after[severity] ?? null) : null;
  if (after !== null && now >= since + after)
    return callLevel(policy, level + 1, now, overrides, {
      ...{ code: 'escalate', level: level + 1, waitedMs: now - since },
    });
  const every = policy.remind[severity];
  const times = after === null ? 2 ** Math.min(reminders, 20) : 1;
  const interval = every === null ? null : Math.min(every * times, Math.max(every, REMIND_AT_LEAST_EVERY));
  const remindAt = interval === null ? null : (remindedAt ?? since) + interval;
  if (remindAt !== null && now >= remindAt) {
    const called = onCallAt(policy, level, now, overrides).people;
    return {
      kind: 'change',
      next: {
        escalation: { ...state, remindedAt: now, reminders: reminders + 1, called, pushedAt: now },
        muted: null,
      },
      act: { code: 'remind', level, waitedMs: now - since },
      calls: called,
    };
  }
  const due = [after === null ? null : since + after, remindAt].filter((at) => at !== null);
  return { kind: 'wait', until: due.length === 0 ? null : Math.min(...due) };
}
