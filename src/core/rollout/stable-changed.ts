/**
 * The version that a rollout compares with, and would go back to, is another than the approver saw. That is for a person to
 * judge: it is said and the rollout pauses. What has traffic is judged on, and a breach or an order still goes back.
 */
import { originalRole, workloadOf } from './adoption.ts';
import type { Decision, Observed } from './decision.ts';
import { cause, event, pause, planOf } from './moves.ts';
import { draining } from './phases/draining.ts';
import { judged } from './phases/judged.ts';
import { LIVE_PHASES, type Rollout, type RolloutEvent } from './rollout.ts';

/** From the first look on it is known which Deployment is stable: one made anew under its name is another. */
export function knowStable(rollout: Rollout, { stable }: Observed): Rollout {
  if (rollout.stableKnown || !rollout.plan || stable?.kind !== 'seen') return rollout;
  if (!LIVE_PHASES.includes(rollout.phase)) return rollout;
  return { ...rollout, stableKnown: { uid: stable.value.uid, digest: rollout.plan.from.digest } };
}

/** null: it is what it was, or cannot be seen. */
export function stableChanged(before: Rollout, observed: Observed): Decision | null {
  const text = whatChanged(before, observed);
  if (text === null || observed.stable?.kind !== 'seen') return null;
  const { uid, digest } = observed.stable.value;
  const known = { uid, digest: digest ?? before.stableKnown?.digest ?? '' };
  // A `go` from before it was said was for another stable.
  const asks = before.asks.filter(({ kind }) => kind !== 'go');
  const rollout: Rollout = { ...before, stableKnown: known, asks };
  const { now } = observed;
  const isBack = rollout.phase === 'draining' && rollout.drainTowards === 'stable';
  if (isBack) {
    const told = needsYou(`${text}. It goes back there all the same: somebody must look`, now);
    return withEvent(draining(rollout, observed), told);
  }
  const judgement = judged(rollout, observed);
  if (judgement.kind === 'decided') return withEvent(judgement.decision, needsYou(text, now));
  const why = cause(
    'stable_changed',
    `${text}. A rollback would go there; nobody approved a comparison with it`,
    now,
  );
  const pausedFrom = rollout.phase === 'paused' ? rollout.pausedFrom : rollout.phase;
  return pause(judgement.rollout, now, why, { pausedFrom });
}

const needsYou = (text: string, now: number): RolloutEvent =>
  event('needs_you', now, text, { mention: 'page', data: { code: 'stable_changed' } });

const withEvent = (decision: Decision, told: RolloutEvent): Decision => ({
  ...decision,
  events: [told, ...decision.events],
});

const short = (digest: string): string => digest.slice(7, 19);

function whatChanged(rollout: Rollout, { stable }: Observed): string | null {
  const { stableKnown, phase, plan } = rollout;
  if (!stableKnown || !plan || !LIVE_PHASES.includes(phase) || stable?.kind !== 'seen') return null;
  // Promoted in all but name: stable is about to be scaled down.
  if (rollout.cause.code === 'drained' || stable.value.isBeingDeleted) return null;
  const { uid, digest } = stable.value;
  const name = originalRole(plan) === 'stable' ? workloadOf(planOf(rollout), 'stable') : plan.stableColour;
  // A plain Deployment may name its image by tag alone.
  if (digest !== null && digest !== stableKnown.digest)
    return `Stable changed: ${name} runs ${short(digest)}, and ran ${short(stableKnown.digest)}${plan.from.tag && stableKnown.digest === plan.from.digest ? ` (${plan.from.tag})` : ''} before`;
  if (uid !== stableKnown.uid) return `Stable changed: ${name} was replaced by another Deployment`;
  return null;
}
