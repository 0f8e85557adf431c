/** What people asked for, answered before the phase's own rule: a rollback beats everything. */

import type { Approval } from '../approval/approval.ts';
import type { Decision, Observed } from './decision.ts';
import {
  askOf,
  cause,
  event,
  isStableGone,
  pause,
  planOf,
  rollBack,
  shiftTo,
  wait,
  withoutAsks,
} from './moves.ts';
import { judged } from './phases/judged.ts';
import type { Phase, Rollout } from './rollout.ts';
import { podsFor } from './steps.ts';

/** Phases in which the candidate exists and a rollback means weight 0. */
const LIVE: readonly Phase[] = [
  'preparing',
  'probing',
  'shifting',
  'analysing',
  'paused',
  'baking',
  'draining',
];
/** Phases that `hold` can stop. */
const HOLDABLE: readonly Phase[] = ['preparing', 'probing', 'shifting', 'analysing', 'baking'];

/** null: nothing was asked that this phase answers here. */
export function answerAsks(rollout: Rollout, observed: Observed): Decision | null {
  if (!LIVE.includes(rollout.phase)) return null;
  return (
    answerRollback(rollout, observed) ??
    answerTraffic(rollout, observed) ??
    answerHold(rollout, observed) ??
    dropIdleAsks(rollout)
  );
}

function answerRollback(rollout: Rollout, observed: Observed): Decision | null {
  const ask = askOf(rollout, 'rollback');
  if (!ask) return null;
  const isLate =
    rollout.phase === 'draining' && (rollout.drainTowards === 'stable' || rollout.cause.code === 'drained');
  if (isLate) return wait(withoutAsks(rollout, 'rollback'));
  // An order that could not be carried out stands until stable is back, or until a person says go instead.
  const told = askOf(rollout, 'go');
  if (rollout.cause.code === 'stable_unavailable' && told && told.at > ask.at)
    return wait(withoutAsks(rollout, 'rollback'));
  const text = `${ask.by.name ?? ask.by.id} rolled back${ask.reason ? `: ${ask.reason}` : ''}`;
  return rollBack(rollout, observed, cause('asked_rollback', text, observed.now, ask.by));
}

/** Down at once, then paused at N. Up came through an approval and is handled by approvedTraffic(). */
function answerTraffic(rollout: Rollout, observed: Observed): Decision | null {
  const ask = askOf(rollout, 'traffic');
  if (!ask) return null;
  const base = withoutAsks(rollout, 'traffic');
  if (ask.percent >= rollout.confirmedPercent || rollout.phase === 'draining') return wait(base);
  if (isStableGone(observed)) {
    const who = ask.by.name ?? ask.by.id;
    const words = `Stable has no ready endpoint, so the candidate keeps its traffic (${who} asked for ${ask.percent} %)`;
    return wait(base, [], [event('needs_you', observed.now, words, { mention: 'page', by: ask.by })]);
  }
  const text = `${ask.by.name ?? ask.by.id} set ${ask.percent} % to the candidate`;
  const decision = pause(base, observed.now, cause('asked_traffic_down', text, observed.now, ask.by), {
    desiredPercent: ask.percent,
    pausedFrom: rollout.phase === 'paused' ? rollout.pausedFrom : rollout.phase,
  });
  const shift = event('weight', observed.now, `Shifting to ${ask.percent} %`, {
    by: ask.by,
    inThread: false,
    data: { from: rollout.confirmedPercent, to: ask.percent },
  });
  return {
    ...decision,
    effects: [{ kind: 'set-weight', percent: ask.percent }],
    events: [...decision.events, shift],
  };
}

function answerHold(rollout: Rollout, observed: Observed): Decision | null {
  const ask = askOf(rollout, 'hold');
  if (!ask) return null;
  const base = withoutAsks(rollout, 'hold');
  if (!HOLDABLE.includes(rollout.phase)) return wait(base);
  const text = `Paused by ${ask.by.name ?? ask.by.id}${ask.reason ? `: ${ask.reason}` : ''}`;
  return pause(base, observed.now, cause('asked_hold', text, observed.now, ask.by));
}

/** `go` where nothing is paused means nothing; left in the record it would end the next pause by itself. */
function dropIdleAsks(rollout: Rollout): Decision | null {
  const isAnswered =
    rollout.phase === 'paused' || (rollout.phase === 'draining' && rollout.drainTowards === 'stable');
  return !isAnswered && askOf(rollout, 'go') ? wait(withoutAsks(rollout, 'go')) : null;
}

/** Approvals inside a running rollout: `traffic N` up. */
export function answerApprovals(rollout: Rollout, observed: Observed): Decision | null {
  const { now } = observed;
  const open = rollout.approvals.find(
    (entry) => entry.subject.kind === 'traffic' && (entry.state === 'pending' || entry.state === 'approved'),
  );
  if (open?.subject.kind !== 'traffic') return null;
  const settle = (state: 'expired' | 'void' | 'applied'): Rollout => ({
    ...rollout,
    approvals: rollout.approvals.map((entry) =>
      entry.id === open.id ? { ...entry, state, decidedAt: now } : entry,
    ),
  });
  const { percent } = open.subject;
  if (
    rollout.step !== open.subject.step ||
    percent <= rollout.confirmedPercent ||
    rollout.phase === 'draining'
  )
    return wait(
      settle('void'),
      [],
      [event('void', now, `The approval for ${percent} % no longer fits the step`)],
    );
  if (open.state === 'pending') {
    if (now < open.expiresAt) return remind(rollout, open, percent, now);
    return wait(
      settle('expired'),
      [],
      [event('expired', now, `Nobody approved ${percent} % in time`, { mention: 'requester' })],
    );
  }
  if (!maySkipTo(rollout, observed, percent)) return null;
  // A yes given a minute ago is no reason to raise into a breach that this very look shows.
  const judgement = judged(rollout, observed);
  if (judgement.kind === 'decided') return judgement.decision;
  if (judgement.ticked?.verdict === 'breach') return null;
  return shiftTo(settle('applied'), percent, now, cause('asked_traffic_up', `${percent} % by approval`, now));
}

/** Probes are never skipped, and the object must have what the approver was shown. */
function maySkipTo(rollout: Rollout, { route, candidate }: Observed, percent: number): boolean {
  const isProbed = rollout.pausedFrom !== 'preparing' && rollout.pausedFrom !== 'probing';
  const isSeen = route?.kind === 'seen' && route.value.percent === rollout.confirmedPercent;
  const ready = candidate?.kind === 'seen' ? candidate.value.ready : 0;
  const isSteady = rollout.phase === 'analysing' || (rollout.phase === 'paused' && isProbed);
  return isSteady && isSeen && ready >= podsFor(planOf(rollout), percent);
}

function remind(rollout: Rollout, open: Approval, percent: number, now: number): Decision | null {
  if (open.reminded || now < open.remindAt) return null;
  const minutes = Math.max(1, Math.round((open.expiresAt - now) / 60_000));
  const text = `Still waiting for approval of ${percent} %; expires in ${minutes} min`;
  return wait(
    {
      ...rollout,
      approvals: rollout.approvals.map((entry) => (entry === open ? { ...entry, reminded: true } : entry)),
    },
    [],
    [event('reminder', now, text, { mention: 'approvers' })],
  );
}
