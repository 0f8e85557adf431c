import type { Phase, Rollout } from '../core/rollout/rollout.ts';

/**
 * What a button of this card would do, as a short text: it changes when another set of buttons, another pending
 * approval, another count of votes or another meaning of "go on" is true, and not with metrics, ticks or the step that
 * is under way (a tap on Roll back means the same at 25 and at 50 %, and must not miss because a step began).
 */
export function cardRevision(rollout: Rollout): string {
  const approvals = rollout.approvals.map(
    (approval) =>
      `${approval.id}:${approval.state}:${approval.votes.map((vote) => `${vote.person.id}${vote.decision}`).join(',')}`,
  );
  const going =
    rollout.phase === 'paused'
      ? `${rollout.pausedFrom}:${rollout.step}:${rollout.desiredPercent}:${rollout.lostAt ?? ''}`
      : mayGoWithoutEvidence(rollout)
        ? `evidence:${rollout.step}`
        : '';
  const parts = [rollout.id, rollout.plan?.digest ?? '', stage(rollout), going, ...approvals];
  return hash(parts.join('\n'));
}

/** Held by low traffic, where an approver may let it go on. */
export const mayGoWithoutEvidence = ({ hold, phase }: Rollout): boolean =>
  hold?.mayBeApproved === true && (phase === 'analysing' || phase === 'baking');

const STAGES: Partial<Record<Phase, string>> = {
  preparing: 'before-traffic',
  probing: 'before-traffic',
  shifting: 'traffic',
  analysing: 'traffic',
  baking: 'traffic',
};

function stage(rollout: Rollout): string {
  if (rollout.phase === 'draining') return `draining-${rollout.drainTowards}`;
  if (rollout.phase === 'closed') return `closed-${rollout.outcome}`;
  return STAGES[rollout.phase] ?? rollout.phase;
}

/** FNV-1a over UTF-16 units, twice with different starts: it tells cards apart, it guards nothing. */
function hash(text: string): string {
  let first = 0x811c9dc5;
  let second = 0xdeadbeef;
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    first = Math.imul(first ^ unit, 0x01000193);
    second = Math.imul(second ^ unit, 0x5bd1e995);
  }
  return `${(first >>> 0).toString(36)}${(second >>> 0).toString(36)}`.slice(0, 12);
}
