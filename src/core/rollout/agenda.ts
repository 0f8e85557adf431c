/** What the next look must bring, when it is due, and whether anybody must drive the rollout at all. Pure. */
import type { Approval } from '../approval/approval.ts';
import { isAskDue } from './attend.ts';
import { hasEnded, LIVE_PHASES, type Phase, type Rollout } from './rollout.ts';

export interface Wants {
  /** Plan it, or plan it again to compare. */
  readonly planning: boolean;
  /** Whether it is its turn: of a rollout that was asked for instead of another. */
  readonly turn: boolean;
  readonly world: boolean;
  /** Ask Prometheus: this look is a tick. */
  readonly sample: boolean;
  /** Ask who sends requests to a candidate that has no weight yet. */
  readonly strays: boolean;
  /** Names of probes to look at. */
  readonly probes: readonly string[];
}

const WATCHED: readonly Phase[] = ['preparing', 'shifting', 'analysing', 'baking', 'draining', 'paused'];
const POLL_MS = 1000;

const isApproved = (rollout: Rollout): boolean =>
  rollout.approvals.some((approval) => approval.subject.kind === 'plan' && approval.state === 'approved');

const hasTraffic = (rollout: Rollout): boolean => rollout.confirmedPercent > 0 || rollout.desiredPercent > 0;

/** Until it is asked a candidate gets no weight: so at once when the probes are done. */
const arePassed = ({ phase, probes }: Rollout): boolean =>
  phase === 'probing' && probes.every(({ status }) => status === 'passed' || status === 'failed');

/** Two scrapes since it was made: before that nothing can be told apart from what its name got before. */
const isOldEnough = ({ phase, candidateAt, plan }: Rollout, now: number): boolean => {
  // One that an older version of this program made was made long ago.
  if (candidateAt === undefined) return phase === 'probing';
  return plan !== null && now - candidateAt >= 2 * plan.times.scrapeIntervalMs;
};

export function wants(rollout: Rollout, now: number): Wants {
  const { phase, plan } = rollout;
  const isTick = plan !== null && now >= nextTickAt(rollout);
  const isAsked = rollout.asks.some((ask) => ask.kind === 'rollback');
  const isBefore = (phase === 'preparing' || phase === 'probing') && plan?.adoption === undefined;
  const strays = isBefore && !isAsked && (isTick || arePassed(rollout)) && isOldEnough(rollout, now);
  return {
    planning: phase === 'planning' || (phase === 'awaiting-approval' && isApproved(rollout)),
    turn: phase === 'planning' && rollout.supersedes !== undefined,
    world: LIVE_PHASES.includes(phase),
    // A rollback that was asked for waits for no metric.
    sample:
      (isTick && !isAsked && WATCHED.includes(phase) && (phase !== 'paused' || hasTraffic(rollout))) ||
      strays,
    strays,
    probes:
      phase === 'probing'
        ? rollout.probes
            .filter(
              (probe) => (probe.status === 'waiting' && probe.nextAt <= now) || probe.status === 'running',
            )
            .map((probe) => probe.name)
        : [],
  };
}

const nextTickAt = (rollout: Rollout): number =>
  rollout.clock.lastTickAt === null ? 0 : rollout.clock.lastTickAt + (rollout.plan?.times.tickMs ?? POLL_MS);

/** Phases that wait for a person hold no job; everything else is driven by a loop in some process. */
export function isDriven(rollout: Rollout): boolean {
  if (hasEnded(rollout)) return false;
  if (rollout.phase === 'awaiting-approval') return isApproved(rollout);
  if (rollout.phase === 'paused') return hasTraffic(rollout);
  return true;
}

/** Whether a pass is due now, also for a rollout that waits: something was asked, or a deadline came. */
export function needsDrive(rollout: Rollout, now: number): boolean {
  if (hasEnded(rollout)) return false;
  if (isDriven(rollout) || rollout.asks.length > 0) return true;
  if (rollout.approvals.some(isUnanswered)) return true;
  if (rollout.approvals.some((approval) => isDue(approval, now))) return true;
  if (rollout.phase !== 'paused' || rollout.needsSince === null || !rollout.plan) return false;
  const waited = now - rollout.needsSince;
  const { mentionMs, escalateMs } = rollout.plan.times;
  const isFirst =
    (rollout.mentions < 1 && waited >= mentionMs) || (rollout.mentions < 2 && waited >= escalateMs);
  return isFirst || isAskDue(rollout, now);
}

/** Its reminder or its end has come. */
const isDue = ({ state, reminded, expiresAt, remindAt }: Approval, now: number): boolean =>
  state === 'pending' && (now >= expiresAt || (!reminded && now >= remindAt));

/** Decided by people, not yet by the engine. */
const isUnanswered = ({ subject, state }: Approval): boolean =>
  subject.kind === 'plan' ? state === 'rejected' || state === 'void' : state === 'approved';

/** How long the drive loop may sleep before its next look, ms. A wake cuts it short. */
export function sleepMs(rollout: Rollout, now: number): number {
  const tickMs = rollout.plan?.times.tickMs ?? POLL_MS;
  const poll = Math.min(POLL_MS, tickMs);
  if (
    rollout.phase === 'planning' ||
    rollout.phase === 'awaiting-approval' ||
    rollout.phase === 'preparing' ||
    rollout.phase === 'probing'
  )
    return poll;
  if (rollout.phase === 'draining') return poll;
  const untilTick = Math.min(tickMs, nextTickAt(rollout) - now);
  if (untilTick > 0) return untilTick;
  // Overdue: at once, unless nothing asks for a tick. A loop that waits for pods or people must not spin.
  return wants(rollout, now).sample ? 0 : poll;
}
