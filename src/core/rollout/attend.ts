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
    return rollBack(next, observed, cause('left_alone_too_long', text, now));
  }
  const events: RolloutEvent[] = [...decision.events];
  const hold = announce(next, now, events);
  const mentions = mention({ ...next, hold }, now, waited, events);
  return { ...decision, next: { ...next, hold, needsSince, mentions }, events };
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
  const why = next.phase === 'paused' ? next.cause.text : (next.hold?.text ?? '');
  const minutes = Math.round(waited / 60_000);
  if (waited >= times.escalateMs && next.mentions < 2) {
    events.push(
      event(
        'escalated',
        now,
        `Waiting for a person for ${minutes} min at ${next.confirmedPercent} %: ${why}`,
        { mention: 'page' },
      ),
    );
    return 2;
  }
  if (waited >= times.mentionMs && next.mentions < 1) {
    events.push(event('needs_you', now, `Needs you: ${why}`, { mention: 'page' }));
    return 1;
  }
  return next.mentions;
}

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
