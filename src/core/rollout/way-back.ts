/**
 * How fast traffic goes back to stable. At once, unless stable's ready pods are fewer than 70 % of what it had at the
 * start: then they would be run over, and the way back is worse than what it flees from. It takes what they carry at
 * once, more as pods get ready, and all when the time is over.
 */
import type { Effect, Observed, Seen, WorkloadSeen } from './decision.ts';
import type { Plan } from './plan.ts';
import type { Cause, Rollout } from './rollout.ts';

export const BACK_WITHIN_MS = 120_000;
const ENOUGH_PERCENT = 70;
/** A second order within this is a second click, not a second thought. */
const SAME_ORDER_MS = 3000;

/** Percent of its replicas at the start that is ready. */
const readyPercent = (plan: Plan, ready: number): number =>
  plan.replicas === 0 ? 100 : Math.floor((100 * ready) / plan.replicas);

const isGone = (workload: Seen<WorkloadSeen> | null): boolean =>
  workload?.kind === 'absent' || (workload?.kind === 'seen' && workload.value.ready === 0);

/**
 * What the candidate keeps when the way back begins; 0: nothing. Only what is seen is a reason to wait. It always falls:
 * where stable carries more than its ready share already, the candidate keeps half of what it has.
 */
export function keepsAtFirst(
  plan: Plan,
  { desiredPercent }: Rollout,
  observed: Observed,
  code: Cause['code'],
): number {
  const { route, stable, candidate } = observed;
  // An adoption moves all or nothing; and what is lost, or is not what was approved, gets no request more.
  if (plan.adoption || code === 'candidate_lost' || isGone(candidate)) return 0;
  if (route?.kind !== 'seen' || stable?.kind !== 'seen') return 0;
  const ready = readyPercent(plan, stable.value.ready);
  if (ready >= ENOUGH_PERCENT) return 0;
  // A weight that was asked down and is not yet written counts as written; one that was asked up does not.
  const live = Math.min(route.value.percent, desiredPercent);
  const rest = 100 - ready;
  return rest < live ? rest : Math.floor(live / 2);
}

/** What it keeps now, never more than it has. While stable has no endpoint at all nothing more goes there. */
export function keepsNow(rollout: Rollout, plan: Plan, observed: Observed, live: number): number {
  const { stable, candidate, now } = observed;
  const { wayBack, desiredPercent } = rollout;
  if (!wayBack) return 0;
  const kept = Math.min(desiredPercent, live);
  if (isGone(stable)) return kept;
  if (now >= wayBack.until || isGone(candidate)) return 0;
  if (stable?.kind !== 'seen') return kept;
  const ready = readyPercent(plan, stable.value.ready);
  return ready >= ENOUGH_PERCENT ? 0 : Math.min(kept, 100 - ready);
}

/** Whether nothing more goes to stable because nobody there answers. */
export const isStableLost = ({ wayBack }: Rollout, { stable }: Observed): boolean =>
  wayBack != null && isGone(stable);

/** Somebody, or an autoscaler that saw its share fall, took pods from stable: it gets back what it had at the start. */
export function bringUpStable(plan: Plan, { stable }: Observed): readonly Effect[] {
  if (stable?.kind !== 'seen' || stable.value.rolloutId === null || stable.value.isBeingDeleted) return [];
  return stable.value.replicas < plan.replicas
    ? [{ kind: 'scale', role: 'stable', replicas: plan.replicas }]
    : [];
}

/** Why not all goes back at once, for thread and audit. */
export function wayBackWords(plan: Plan, { stable }: Observed, keeps: number): string {
  const name = plan.from.tag ?? plan.stableColour;
  const { ready, replicas } = stable?.kind === 'seen' ? stable.value : { ready: 0, replicas: plan.replicas };
  const scaled =
    replicas < plan.replicas ? ` It wants ${replicas} pods and is scaled to ${plan.replicas}.` : '';
  return `${name} has ${ready} of ${plan.replicas} pods ready: the candidate keeps ${keeps} % for now, less as pods get ready, nothing after ${BACK_WITHIN_MS / 1000} s.${scaled}`;
}

/** A second order to go back, while it goes in steps: all at once. */
export const isSecondOrder = (rollout: Rollout, askedAt: number): boolean =>
  rollout.phase === 'draining' && rollout.wayBack != null && askedAt - rollout.phaseSince >= SAME_ORDER_MS;
