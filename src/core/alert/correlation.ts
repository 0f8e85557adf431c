/** What changed: the rollouts of an alert's service around its beginning. Pure. */
import { hasEnded, type Rollout } from '../rollout/rollout.ts';
import type { Person, Target } from '../target.ts';

/** A rollout as an alert's card tells it. */
export interface RelatedRollout {
  readonly rolloutId: string;
  readonly target: Target;
  readonly kind: Rollout['kind'];
  /** What people call the versions; null: not known. */
  readonly from: string | null;
  readonly to: string;
  /** `running`: it has a candidate, or is about to get one. `going-back`: stable gets everything back just now. */
  readonly state: 'running' | 'going-back' | 'promoted' | 'rolled-back' | 'failed';
  /** The candidate's percent as last confirmed. */
  readonly percent: number;
  readonly requester: Person;
  /** ms since the epoch. */
  readonly startedAt: number;
  readonly endedAt: number | null;
  /** Whether one tap may take it back; a person's right is asked at the click. */
  readonly mayGoBack: boolean;
}

/** A deploy longer ago is rarely the cause, and one more line on the card always is one line more to read. */
export const RELATED_WITHIN_MS = 3_600_000;
const RELATED_AT_MOST = 3;

/** Of what a rollout did before its approval nothing can have changed. */
const UNTOUCHED: readonly Rollout['phase'][] = ['planning', 'awaiting-approval', 'closed'];

/**
 * Rollouts that could have moved something from an hour before the alert began on, newest first.
 * @param newestFirst all rollouts of one target that are known, newest first
 */
export function relatedRollouts(newestFirst: readonly Rollout[], since: number): readonly RelatedRollout[] {
  const live = newestFirst.find((rollout) => !UNTOUCHED.includes(rollout.phase));
  return newestFirst
    .filter((rollout) => !UNTOUCHED.includes(rollout.phase))
    .filter(({ endedAt }) => endedAt === null || endedAt >= since - RELATED_WITHIN_MS)
    .slice(0, RELATED_AT_MOST)
    .map((rollout) => told(rollout, rollout === live));
}

/** @param isNewest no later rollout of this target has touched anything: going back undoes this one and no other */
function told(rollout: Rollout, isNewest: boolean): RelatedRollout {
  const { plan, version } = rollout;
  const state = stateOf(rollout);
  return {
    rolloutId: rollout.id,
    target: rollout.target,
    kind: rollout.kind,
    from: plan === null ? null : (plan.from.tag ?? plan.from.digest),
    to: plan === null ? version : (plan.to.tag ?? plan.to.digest),
    state,
    percent: rollout.confirmedPercent,
    requester: rollout.requester,
    startedAt: rollout.createdAt,
    endedAt: rollout.endedAt,
    mayGoBack: isNewest && (state === 'running' || (state === 'promoted' && rollout.kind === 'deploy')),
  };
}

function stateOf(rollout: Rollout): RelatedRollout['state'] {
  const { phase, drainTowards } = rollout;
  if (phase === 'promoted' || phase === 'rolled-back' || phase === 'failed') return phase;
  return phase === 'draining' && drainTowards !== 'candidate' && !hasEnded(rollout)
    ? 'going-back'
    : 'running';
}
