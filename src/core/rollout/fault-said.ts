/** What a rule tries again in silence is said once the cluster refused it: a right that is gone does not come back by itself. */
import type { Decision, Effect, Observed } from './decision.ts';
import { holdFor } from './moves.ts';
import type { Rollout } from './rollout.ts';

/** Other effects have rules of their own that say what refused them. */
const isTriedAgain = ({ kind }: Effect): boolean => kind === 'set-weight' || kind === 'start-probe';

/** @param before as the last look left it: a hold keeps its start while it lasts */
export function sayFault(before: Rollout, decision: Decision, { fault, now }: Observed): Decision {
  const { next, effects } = decision;
  // What a rule has just said knows more; what it only left standing may be an older fault.
  const isJustSaid = next.hold !== null && next.hold !== before.hold;
  const isOfOtherKind = next.hold !== null && next.hold.code !== 'cluster_unavailable';
  if (fault === null || isJustSaid || isOfOtherKind || !effects.some(isTriedAgain)) return decision;
  const hold = holdFor(before, 'cluster_unavailable', `Not done yet: ${fault}`, now);
  return { ...decision, next: { ...next, hold } };
}
