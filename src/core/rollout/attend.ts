/** A rollout that waits for a person says so: it mentions, escalates, and in the end returns to stable by itself. */
import type { Decision, Observed } from './decision.ts';
import { cause, event, rollBack } from './moves.ts';
import { hasEnded, type Rollout, type RolloutEvent } from './rollout.ts';

/** A hold shorter than this many ticks is shown on the card alone. */
const ANNOUNCE_AFTER_TICKS = 3;

export function attend(before: Rollout, decision: Decision, observed: Observed): Decision {
  const { next } = decision;
  if (hasEnded(next) || !next.plan) return decision;
  const { now } = observed;
  const isWaiting = next.phase === 'paused' || (next.hold !== null && next.hold.code !== 'store_unavailable');
  if (!isWaiting) return settled(before, decision, now);

  const needsSince = next.needsSince ?? next.hold?.since ?? now;
  const waited = now - needsSince;
  const { times } = next.plan;
  const isAtPartialWeight = next.confirmedPercent > 0 && next.confirmedPercent < 100;
  // A first step that never finds its pods has no other deadline.
  const isStuckAtZero = next.phase === 'shifting' && next.confirmedPercent === 0;
  if (waited >= times.returnMs && (isAtPartialWeight || isStuckAtZero) && next.phase !== 'draining') {
    const minutes = Math.round(waited / 60_000);
    const text = `Nobody decided for ${minutes} min at ${next.confirmedPercent} %: returning to stable`;
    const back = rollBack(next, observed, cause('left_alone_too_long', text, now));
    // Refused before, since stable has no endpoint: then it goes on asking, as at 100 %.
    if (back.events.length > 0) return { ...back, events: [...decision.events, ...back.events] };
  }
  const events: RolloutEvent[] = [...decision.events];
  const hold = announce(next, now, events);
  const mentions = mention({ ...next, hold }, now, waited, events);
  const waiting: Rollout = { ...next, hold, needsSince, mentions };
  if (!isAskDue(waiting, now)) return { ...decision, next: waiting, events };
  events.push(stillWaiting(waiting, now, waited));
  return { ...decision, next: { ...waiting, askedAt: now }, events };
}

/** Escalated, left where it is, and a whole time to decide gone by since it was last said: it is said again. */
export function isAskDue({ plan, needsSince, mentions, askedAt }: Rollout, now: number): boolean {
  if (!plan || needsSince === null || mentions < 2) return false;
  const last = Math.max(askedAt ?? 0, needsSince + plan.times.escalateMs);
  return now - last >= plan.times.returnMs;
}

function announce(next: Rollout, now: number, events: RolloutEvent[]): Rollout['hold'] {
  const { hold, plan } = next;
  if (!hold || hold.isAnnounced || !plan || now - hold.since < ANNOUNCE_AFTER_TICKS * plan.times.tickMs)
    return hold;
  const asked = hold.query ? ` Asked: \`${hold.query.slice(0, 500)}\`` : '';
  const text = `Holding at ${next.confirmedPercent} %: ${hold.text}.${asked}`;
  events.push(event('hold', now, text, { mention: 'page', data: { code: hold.code } }));
  return { ...hold, isAnnounced: true };
}

function mention(next: Rollout, now: number, waited: number, events: RolloutEvent[]): Rollout['mentions'] {
  const times = next.plan?.times;
  if (!times) return next.mentions;
  if (waited >= times.escalateMs && next.mentions < 2) {
    events.push(stillWaiting(next, now, waited));
    return 2;
  }
  if (waited >= times.mentionMs && next.mentions < 1) {
    events.push(event('needs_you', now, `Needs you: ${whyOf(next)}`, { mention: 'page' }));
    return 1;
  }
  return next.mentions;
}

const whyOf = ({ phase, cause: why, hold }: Rollout): string =>
  phase === 'paused' ? why.text : (hold?.text ?? '');

const stillWaiting = (rollout: Rollout, now: number, waited: number): RolloutEvent =>
  event(
    'escalated',
    now,
    `Waiting for a person for ${Math.round(waited / 60_000)} min at ${rollout.confirmedPercent} %: ${whyOf(rollout)}`,
    { mention: 'page' },
  );

/** The cause of a hold is gone: the thread hears it if it heard of the hold. */
function settled(before: Rollout, decision: Decision, now: number): Decision {
  const wasTold = before.hold?.isAnnounced === true && decision.next.phase === before.phase;
  const events = wasTold
    ? [...decision.events, event('resumed', now, 'Resumed: the cause of the hold is gone')]
    : decision.events;
  const isAsking = decision.next.needsSince === null && decision.next.mentions === 0;
  return isAsking
    ? { ...decision, events }
    : { ...decision, events, next: { ...decision.next, needsSince: null, mentions: 0 } };
}
