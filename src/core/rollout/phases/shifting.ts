import { hasReached, observedShare } from '../../analysis/share.ts';
import { isShared, verifyMove } from '../adoption.ts';
import type { Decision, Observed } from '../decision.ts';
import { cause, enter, event, holdFor, planOf, wait } from '../moves.ts';
import type { Rollout } from '../rollout.ts';
import { freshClock, stepIndex } from '../steps.ts';
import { holdForUnknown, type Ticked } from '../tick.ts';
import { checkWeight } from './foreign-hands.ts';
import { blindRollback, judged } from './judged.ts';

/** The weight is on its way: reached when the object has it and the observed share of requests shows it. */
export function shifting(rollout: Rollout, observed: Observed): Decision {
  const judgement = judged(rollout, observed);
  if (judgement.kind === 'decided') return judgement.decision;
  const check = checkWeight(judgement.rollout, observed);
  if (check.kind === 'decided') return check.decision;
  return judgement.ticked ? waitForShare(check.rollout, observed, judgement.ticked) : wait(check.rollout);
}

/** A share that cannot be seen for a moment is no news; one that stays unseen is a hold that names its query. */
const BLIND_TICKS = 3;

function waitForShare(rollout: Rollout, observed: Observed, ticked: Ticked): Decision {
  const { now, sample } = observed;
  const plan = planOf(rollout);
  const { times } = plan;
  const share = sample && observedShare(sample, times.scrapeIntervalMs);
  const percent = rollout.confirmedPercent;
  if (isShared(plan, percent) || (share && hasReached(share, percent)))
    return verifyMove(rollout, observed) ?? reached(rollout, now);
  if (!share && ticked.blindMs >= BLIND_TICKS * times.tickMs)
    return blindRollback(rollout, observed, ticked) ?? wait(holdForUnknown(rollout, now));
  if (now - rollout.phaseSince < times.shareMs) return wait({ ...rollout, hold: null });
  const text = share
    ? `The mesh serves ${share.percent.toFixed(1)} % to the candidate where the route says ${percent} %`
    : 'The share of requests cannot be seen';
  return wait({ ...rollout, hold: holdFor(rollout, 'share_not_reached', text, now) });
}

function reached(rollout: Rollout, now: number): Decision {
  const { times } = planOf(rollout);
  const percent = rollout.confirmedPercent;
  const isSharing = isShared(planOf(rollout), percent);
  const isFull = percent >= 100;
  return {
    next: enter(rollout, isFull ? 'baking' : 'analysing', now, {
      step: stepIndex(planOf(rollout), percent),
      clock: {
        ...freshClock(isFull ? times.bakeMs : times.stepMs, times.tickMs),
        lastTickAt: rollout.clock.lastTickAt,
        blindSince: rollout.clock.blindSince,
      },
      cause: cause(
        'share_reached',
        isSharing
          ? 'The route names no colour; both share the traffic while this is watched'
          : isFull
            ? 'All traffic is on the candidate; watching'
            : `${percent} % reached; watching`,
        now,
      ),
    }),
    effects: [],
    reason: 'share_reached',
    events: [
      event('step', now, `${percent} % reached, ${rollout.observedShare ?? '?'} % seen`, {
        data: { percent, seen: rollout.observedShare },
      }),
    ],
  };
}
