/** What every phase with traffic on the candidate does first: breaches act in the same pass that read them. */
import type { Decision, Observed } from '../decision.ts';
import { cause, planOf, rollBack } from '../moves.ts';
import type { Cause, Rollout } from '../rollout.ts';
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
    return { kind: 'decided', decision: rollBack(ticked.rollout, observed, why) };
  }
  return { kind: 'go-on', rollout: ticked.rollout, ticked };
}

/** No verdict for the plan's blind time and the plan says roll back. */
export function blindRollback(rollout: Rollout, observed: Observed, ticked: Ticked): Decision | null {
  const { analysis, times } = planOf(rollout);
  if (analysis.unknown !== 'rollback' || ticked.blindMs < times.blindMs) return null;
  const text = `No verdict for ${Math.round(ticked.blindMs / 1000)} s, and the plan says roll back when blind`;
  return rollBack(rollout, observed, cause('blind', text, observed.now));
}
