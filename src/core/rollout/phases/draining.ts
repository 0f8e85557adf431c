import { knownRequests } from '../../analysis/share.ts';
import { isShared, originalRole, promotedWords, settleBack, strayClients } from '../adoption.ts';
import type { Decision, Effect, Observed } from '../decision.ts';
import { askOf, cause, enter, event, holdFor, planOf, wait } from '../moves.ts';
import type { Rollout } from '../rollout.ts';
import { settleScaling } from '../scaling.ts';
import { see } from '../tick.ts';
import { bringUpStable, isStableLost, keepsNow } from '../way-back.ts';
import { keepPods, writeZero } from './contested-way-back.ts';
import { endNotDone, isUndone } from './end-not-done.ts';
import { checkWeight, routeGone } from './foreign-hands.ts';
import { judged } from './judged.ts';

/** Traffic has moved; what no longer has any is scaled down once that is proven. */
export const draining = (rollout: Rollout, observed: Observed): Decision =>
  endNotDone(
    rollout,
    observed,
    rollout.drainTowards === 'stable'
      ? drainTowardsStable(rollout, observed)
      : drainTowardsCandidate(rollout, observed),
  );

/** "Rolled back" is said only when weight is 0 and the candidate's observed rate is 0. */
function drainTowardsStable(rollout: Rollout, observed: Observed): Decision {
  const { now, route, sample } = observed;
  const plan = planOf(rollout);
  if (route?.kind !== 'seen') {
    const detail = route?.kind === 'unknown' ? route.detail : routeGone(rollout);
    const held = {
      ...rollout,
      hold: holdFor(rollout, 'cluster_unavailable', `Weight 0 is not confirmed: ${detail}`, now),
    };
    // In steps nothing is written unseen, since it must only fall.
    const isAll = keepsNow(rollout, plan, observed, rollout.desiredPercent) === 0;
    return wait(held, isAll ? [{ kind: 'set-weight', percent: 0 }] : []);
  }
  const { percent } = route.value;
  if (percent !== 0 && rollout.wayBack) return goBackInSteps(rollout, observed, percent);
  if (percent !== 0) return writeZero(rollout, observed, percent);

  const back = {
    ...rollout,
    confirmedPercent: 0,
    desiredPercent: 0,
    wayBack: null,
    hold: isOver(rollout.hold) ? null : rollout.hold,
  };
  const settling = settleBack(back, observed);
  if (settling) return settling;
  // Where the route names no colour the candidate gets requests until its pods go: there is nothing to prove.
  if (rollout.peakPercent === 0 || isShared(plan, 0))
    return keepPods(back, now) ?? settleScaling(back, observed, 'stable') ?? endRolledBack(back, now);
  const looked = sample
    ? { ...see(back, plan, sample, now), clock: { ...back.clock, lastTickAt: now } }
    : back;
  const requests = sample
    ? knownRequests(sample.candidate, sample.stable, plan.times.scrapeIntervalMs)
    : null;
  if (requests === 0)
    return keepPods(looked, now) ?? settleScaling(looked, observed, 'stable') ?? endRolledBack(looked, now);

  const told = askOf(rollout, 'go');
  if (told && sample && requests === null) {
    const text = `Weight 0, not verified: ${told.by.name ?? told.by.id} ended the wait without a look at the traffic`;
    return (
      settleScaling(looked, observed, 'stable') ??
      end(looked, 'failed', cause('drain_unverified', text, now, told.by))
    );
  }
  const ignored = { ...looked, asks: looked.asks.filter((ask) => ask.kind === 'rollback') };
  if (!sample) return wait(ignored);
  if (requests === null)
    return wait({
      ...ignored,
      hold: holdFor(ignored, 'stable_rate_unknown', 'Weight 0, but the traffic still seen is not known', now),
    });
  return wait({ ...ignored, hold: null });
}

/** What kept the weight from being 0, now that it is. */
const isOver = (hold: Rollout['hold']): boolean =>
  hold?.code === 'cluster_unavailable' || hold?.code === 'way_back_contested';

/** Stable is short of pods: it takes what they carry, and the candidate's weight only falls. */
function goBackInSteps(before: Rollout, observed: Observed, live: number): Decision {
  const { now, sample } = observed;
  const plan = planOf(before);
  const keeps = keepsNow(before, plan, observed, live);
  const looked = sample
    ? { ...see(before, plan, sample, now), clock: { ...before.clock, lastTickAt: now } }
    : before;
  const rollout: Rollout = {
    ...looked,
    confirmedPercent: live,
    desiredPercent: keeps,
    wayBack: keeps > 0 ? (before.wayBack ?? null) : null,
    hold: isStableLost(before, observed) ? stableLost(before, live, now) : null,
  };
  const asks = rollout.asks.filter((ask) => ask.kind === 'rollback');
  const effects = bringUpStable(plan, observed);
  if (live <= keeps) return wait({ ...rollout, asks }, effects);
  const text =
    keeps > 0
      ? `More pods of stable are ready: the candidate keeps ${keeps} %`
      : 'All traffic goes to stable';
  const step = event('weight', now, text, { inThread: false, data: { from: live, to: keeps } });
  return wait(
    { ...rollout, asks },
    [{ kind: 'set-weight', percent: keeps }, ...effects],
    keeps < before.desiredPercent ? [step] : [],
  );
}

const stableLost = (rollout: Rollout, live: number, now: number): Rollout['hold'] =>
  holdFor(
    rollout,
    'stable_lost',
    `${planOf(rollout).from.tag ?? 'Stable'} has no ready endpoint any more: ${live} % stay on the candidate until it has`,
    now,
  );

const endRolledBack = (rollout: Rollout, now: number): Decision =>
  end(rollout, 'rolled-back', rollout.cause, now);

/**
 * Back to stable at any time by weight alone: the former stable still runs in full. The end is stored in two passes: once
 * the cause says drained, a rollback is no longer a weight change, so nobody is promised one while pods go.
 */
function drainTowardsCandidate(rollout: Rollout, observed: Observed): Decision {
  const judgement = judged(rollout, observed);
  if (judgement.kind === 'decided') return judgement.decision;
  const check = checkWeight(judgement.rollout, observed);
  if (check.kind === 'decided') return check.decision;
  const { now, sample } = observed;
  const plan = planOf(rollout);
  if (rollout.cause.code === 'drained') {
    const settling = settleScaling(check.rollout, observed, 'candidate');
    if (settling) return settling;
  }
  if (!sample || now - rollout.phaseSince < plan.times.drainMs) return wait(check.rollout);
  // The way back is not taken down in the tick that shows the first of two breaches.
  if (judgement.ticked?.verdict === 'breach') return wait(check.rollout);
  const stray = strayClients(check.rollout, observed);
  if (stray) return stray;
  // Where the route names no colour the former stable gets requests until its pods go: there is nothing to prove.
  const requests = isShared(plan, 100)
    ? 0
    : knownRequests(sample.stable, sample.candidate, plan.times.scrapeIntervalMs);
  if (requests === 0 && rollout.cause.code !== 'drained')
    return wait({
      ...check.rollout,
      hold: isUndone(check.rollout) ? check.rollout.hold : null,
      cause: cause('drained', promotedWords(plan), now),
    });
  if (requests === 0) return end(check.rollout, 'promoted', cause('drained', promotedWords(plan), now));
  const text =
    requests === null
      ? 'It is not known whether the former stable still gets requests'
      : 'The former stable still gets requests: some client does not go through the mesh';
  return wait({ ...check.rollout, hold: holdFor(check.rollout, 'stable_rate_unknown', text, now) });
}

function end(
  rollout: Rollout,
  phase: 'promoted' | 'rolled-back' | 'failed',
  why: Rollout['cause'],
  now = why.at,
): Decision {
  const words = { promoted: 'Promoted', 'rolled-back': 'Rolled back', failed: 'Failed' }[phase];
  return {
    next: enter(rollout, phase, now, { cause: why, endedAt: now, asks: [], needsSince: null }),
    effects: [...takeDown(rollout, phase), { kind: 'release-route' }, { kind: 'release-claim' }],
    reason: why.code,
    events: [event('ended', now, `${words}: ${why.text}`, { mention: 'page', by: why.by, data: { phase } })],
  };
}

/** What an end takes down. An undo leaves nothing of the colours; everything else is scaled to 0 and kept. */
function takeDown(rollout: Rollout, phase: 'promoted' | 'rolled-back' | 'failed'): readonly Effect[] {
  if (phase === 'failed') return [];
  if (phase === 'rolled-back') return [{ kind: 'scale', role: 'candidate', replicas: 0 }];
  return originalRole(planOf(rollout)) === 'candidate'
    ? [{ kind: 'delete-colours' }]
    : [{ kind: 'scale', role: 'stable', replicas: 0 }];
}
