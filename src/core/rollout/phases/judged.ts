/** What every phase with traffic on the candidate does first: breaches act in the same pass that read them. */
import type { Decision, Observed } from '../decision.ts';
import { cause, isStableGone, pause, planOf, rollBack } from '../moves.ts';
import type { Cause, Rollout } from '../rollout.ts';
import { judgeStable } from '../stable-trouble.ts';
import { type Ticked, tick } from '../tick.ts';

export type Judged =
  /** A breach is due: this is the decision. */
  | { readonly kind: 'decided'; readonly decision: Decision }
  /** Go on with this rollout; `ticked` is null when the look was no tick. */
  | { readonly kind: 'go-on'; readonly rollout: Rollout; readonly ticked: Ticked | null };

export function judged(rollout: Rollout, observed: Observed): Judged {
  const ticked = tick(rollout, observed);
  if (!ticked) return { kind: 'go-on', rollout, ticked: null };
  if (ticked.due) {
    const rule = planOf(rollout).rules.find((entry) => entry.id === ticked.due?.ruleId);
    const why: Cause = cause(
      ticked.due.isCritical ? 'rule_breached_critical' : 'rule_breached',
      `${rule?.title ?? ticked.due.ruleId} ${ticked.due.detail}`,
      observed.now,
    );
    const stays = staysForward(ticked.rollout, observed, why);
    if (stays === 'said') return { kind: 'go-on', rollout: ticked.rollout, ticked };
    return { kind: 'decided', decision: stays ?? rollBack(ticked.rollout, observed, why) };
  }
  return { kind: 'go-on', rollout: ticked.rollout, ticked };
}

/**
 * Forced forward from a stable that broke its rules: as long as nothing shows that it keeps them by now, going back would
 * trade one fault for another, so a person decides. null: it goes back.
 */
function staysForward(rollout: Rollout, observed: Observed, why: Cause): Decision | 'said' | null {
  const plan = planOf(rollout);
  if (!plan.forceForward || !observed.sample || isStableGone(observed)) return null;
  const { verdict, broken } = judgeStable(plan, observed.sample.stable);
  const isMended = verdict === 'pass' || (verdict === 'unknown' && plan.stableTrouble?.kind !== 'rule');
  if (isMended) return null;
  if (rollout.phase === 'paused') return 'said';
  const known =
    verdict === 'breach' ? `it breaks its rules too (${broken})` : 'it broke its rules when it was left';
  const text = `${why.text}; nothing goes back to ${plan.from.tag ?? plan.stableColour} by itself: ${known}`;
  return pause(rollout, observed.now, cause('both_breach', text, observed.now));
}

/** No verdict for the plan's blind time and the plan says roll back. */
export function blindRollback(rollout: Rollout, observed: Observed, ticked: Ticked): Decision | null {
  const { analysis, times } = planOf(rollout);
  if (analysis.unknown !== 'rollback' || ticked.blindMs < times.blindMs) return null;
  const text = `No verdict for ${Math.round(ticked.blindMs / 1000)} s, and the plan says roll back when blind`;
  const why = cause('blind', text, observed.now);
  const stays = staysForward(rollout, observed, why);
  return stays === null || stays === 'said' ? rollBack(rollout, observed, why) : stays;
}
