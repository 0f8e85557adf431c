/** What people asked for, answered before the phase's own rule: a rollback beats everything. */

import type { Person } from '../target.ts';
import type { Decision, Observed } from './decision.ts';
import { askOf, cause, event, isStableGone, pause, rollBack, wait, withoutAsks } from './moves.ts';
import { LIVE_PHASES, type Phase, type Rollout } from './rollout.ts';
import { isSecondOrder } from './way-back.ts';

/** Phases that `hold` can stop. */
const HOLDABLE: readonly Phase[] = ['preparing', 'probing', 'shifting', 'analysing', 'baking'];

/** null: nothing was asked that this phase answers here. */
export function answerAsks(rollout: Rollout, observed: Observed): Decision | null {
  if (!LIVE_PHASES.includes(rollout.phase)) return null;
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
  if (isSecondOrder(rollout, ask.at))
    return isStableGone(observed) ? null : allAtOnce(rollout, observed, ask.by);
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

/** It went back in steps to spare stable; a person who orders it again wants it back whatever stable carries. */
function allAtOnce(rollout: Rollout, { now }: Observed, by: Person): Decision {
  const text = `${by.name ?? by.id} ordered it again: all traffic goes to stable at once`;
  return {
    next: { ...withoutAsks(rollout, 'rollback'), desiredPercent: 0, wayBack: null },
    effects: [{ kind: 'set-weight', percent: 0 }],
    reason: 'asked_rollback',
    events: [event('weight', now, text, { by, data: { from: rollout.confirmedPercent, to: 0 } })],
  };
}

/** Down at once, then paused at N. Up comes through an approval: see midway.ts. */
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
