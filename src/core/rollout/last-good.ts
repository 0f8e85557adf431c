import type { Revision } from './plan.ts';
import type { Rollout } from './rollout.ts';

/**
 * The newest digest other than the live one that ended promoted here and was not rolled back from since; last of all
 * what ran when the first rollout came. null: none, so there is nothing to go back to.
 * @param newestFirst the target's rollouts
 */
export function lastGood(newestFirst: readonly Rollout[], liveDigest: string): Revision | null {
  const bad = new Set<string>();
  let oldest: Revision | null = null;
  for (const { phase, kind, plan } of newestFirst) {
    if (!plan) continue;
    // An adoption that was rolled back says nothing about the version: it ran before and goes on running.
    const isJudged = kind === 'deploy' || kind === 'rollback';
    if (isJudged && (phase === 'rolled-back' || phase === 'failed')) bad.add(plan.to.digest);
    if (phase !== 'promoted') continue;
    // What was broken when it was left is nothing to go back to.
    if (kind === 'rollback' || plan.forceForward) bad.add(plan.from.digest);
    if (plan.to.digest !== liveDigest && !bad.has(plan.to.digest)) return plan.to;
    oldest = plan.from;
  }
  return oldest && oldest.digest !== liveDigest && !bad.has(oldest.digest) ? oldest : null;
}
