/** The moves that several phases share. Each takes a draft of the decision and returns a new one. */
import type { Person } from '../target.ts';
import type { Decision, Effect, Observed } from './decision.ts';
import type { Plan } from './plan.ts';
import type {
  Ask,
  Cause,
  ClosedOutcome,
  EventCode,
  Hold,
  Phase,
  ReasonCode,
  Rollout,
  RolloutEvent,
} from './rollout.ts';
import { freshClock } from './steps.ts';
import { BACK_WITHIN_MS, bringUpStable, keepsAtFirst, wayBackWords } from './way-back.ts';

type EventExtras = Partial<Pick<RolloutEvent, 'by' | 'mention' | 'inThread' | 'data'>>;

export const event = (code: EventCode, at: number, text: string, extras: EventExtras = {}): RolloutEvent => ({
  code,
  at,
  text,
  by: extras.by ?? null,
  mention: extras.mention ?? 'none',
  inThread: extras.inThread ?? true,
  data: extras.data ?? {},
});

export const cause = (code: ReasonCode, text: string, at: number, by: Person | null = null): Cause => ({
  code,
  text,
  at,
  by,
});

/** Nothing to do but wait for the next look. */
export const wait = (
  rollout: Rollout,
  effects: readonly Effect[] = [],
  events: readonly RolloutEvent[] = [],
): Decision => ({
  next: rollout,
  effects,
  reason: 'waiting',
  events,
});

export const planOf = (rollout: Rollout): Plan => {
  if (!rollout.plan) throw new Error(`rollout ${rollout.id} has no plan in ${rollout.phase}`);
  return rollout.plan;
};

/** Into another phase: its clock starts, the hold of the last one ends. */
export const enter = (
  rollout: Rollout,
  phase: Phase,
  now: number,
  changes: Partial<Rollout> = {},
): Rollout => ({
  ...rollout,
  phase,
  phaseSince: now,
  hold: null,
  ...changes,
});

export const withoutAsks = (rollout: Rollout, kind: Ask['kind']): Rollout => ({
  ...rollout,
  asks: rollout.asks.filter((ask) => ask.kind !== kind),
});

export const askOf = <K extends Ask['kind']>(
  rollout: Rollout,
  kind: K,
): Extract<Ask, { kind: K }> | undefined =>
  rollout.asks.findLast((ask): ask is Extract<Ask, { kind: K }> => ask.kind === kind);

/** A hold keeps its start while its cause stays the same. */
export const holdFor = (rollout: Rollout, code: Hold['code'], text: string, now: number): Hold =>
  rollout.hold?.code === code ? { ...rollout.hold, text } : { code, text, since: now };

/** Ends without traffic ever having been touched by this rollout. */
export function close(
  rollout: Rollout,
  outcome: ClosedOutcome,
  why: Cause,
  happened: RolloutEvent,
): Decision {
  return {
    next: enter(rollout, 'closed', why.at, {
      outcome,
      cause: why,
      endedAt: why.at,
      asks: [],
      needsSince: null,
    }),
    effects: [{ kind: 'release-claim' }],
    reason: why.code,
    events: [happened],
  };
}

/** Stable can surely take no traffic. One that is scaled to 0 still shows ready pods for a moment: they are going. */
export const isStableGone = ({ stable }: Observed): boolean =>
  stable?.kind === 'absent' ||
  (stable?.kind === 'seen' && (stable.value.ready === 0 || stable.value.replicas === 0));

/** What the candidate has by the object, and where that cannot be read the most that it may have. */
const livePercent = (rollout: Rollout, { route }: Observed): number =>
  route?.kind === 'seen' ? route.value.percent : Math.max(rollout.confirmedPercent, rollout.desiredPercent);

/**
 * The candidate goes to 0 now, in steps where stable is short of pods (way-back.ts). A rollback has no phase of its own:
 * the weight is written, then it drains towards stable. Refused only where traffic would move to a stable without a ready endpoint: then it pauses and pages. Without traffic
 * on the candidate there is nothing to refuse.
 */
export function rollBack(rollout: Rollout, observed: Observed, why: Cause): Decision {
  const plan = planOf(rollout);
  const base = { ...rollout, asks: rollout.asks.filter((ask) => ask.kind !== 'rollback') };
  const live = livePercent(rollout, observed);
  if (live > 0 && isStableGone(observed)) {
    if (rollout.cause.code === 'stable_unavailable' && rollout.phase === 'paused') return wait(rollout);
    const text = `${plan.from.tag ?? 'stable'} has no ready endpoint, so the candidate keeps its traffic (${why.text})`;
    return {
      next: enter(rollout, 'paused', observed.now, {
        cause: cause('stable_unavailable', text, observed.now, why.by),
        pausedFrom: rollout.phase === 'paused' ? rollout.pausedFrom : rollout.phase,
        needsSince: rollout.needsSince ?? observed.now,
      }),
      effects: [],
      reason: 'stable_unavailable',
      events: [event('needs_you', observed.now, text, { mention: 'page', by: why.by })],
    };
  }
  const keeps = keepsAtFirst(plan, rollout, observed, why.code);
  const text = keeps > 0 ? `${why.text}. ${wayBackWords(plan, observed, keeps)}` : why.text;
  return {
    next: enter(base, 'draining', observed.now, {
      drainTowards: 'stable',
      desiredPercent: keeps,
      wayBack: keeps > 0 ? { until: observed.now + BACK_WITHIN_MS } : null,
      // A weight may have been written and not yet read back: then it has to be proven that it drained.
      peakPercent: Math.max(rollout.peakPercent, rollout.desiredPercent, live),
      cause: why,
      pausedFrom: null,
      needsSince: null,
      mentions: 0,
      // Whoever undid an earlier weight has not yet undone this one.
      reasserts: [],
    }),
    effects: [{ kind: 'set-weight', percent: keeps }, ...(keeps > 0 ? bringUpStable(plan, observed) : [])],
    reason: why.code,
    events: [
      event('rollback', observed.now, text, {
        by: why.by,
        mention: 'page',
        data: { from: rollout.confirmedPercent, to: keeps, reason: why.code },
      }),
    ],
  };
}

/** Stops where it is until a person says go or rollback. Step and clock stay. */
export function pause(rollout: Rollout, now: number, why: Cause, changes: Partial<Rollout> = {}): Decision {
  return {
    next: enter(rollout, 'paused', now, {
      pausedFrom: rollout.phase,
      cause: why,
      needsSince: now,
      mentions: 0,
      ...changes,
    }),
    effects: [],
    reason: why.code,
    events: [event('paused', now, why.text, { by: why.by, mention: 'page' })],
  };
}

/** To a new weight; the step's clock starts when the object and the observed share have it. */
export function shiftTo(
  rollout: Rollout,
  percent: number,
  now: number,
  why: Cause,
  by: Person | null = null,
): Decision {
  const { times } = planOf(rollout);
  return {
    next: enter(rollout, 'shifting', now, {
      desiredPercent: percent,
      cause: why,
      clock: freshClock(percent >= 100 ? times.bakeMs : times.stepMs, times.tickMs),
      pausedFrom: null,
      needsSince: null,
      mentions: 0,
    }),
    effects: [{ kind: 'set-weight', percent }],
    reason: why.code,
    events: [
      event('weight', now, `Shifting to ${percent} %`, {
        by,
        data: { from: rollout.confirmedPercent, to: percent },
      }),
    ],
  };
}
