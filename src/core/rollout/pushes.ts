/** Which thread lines may mention somebody: few enough that people still look, with room kept for what matters most. */
import { hasEnded, type PushKind, type Rollout, type RolloutEvent } from './rollout.ts';

const MOST = 5;
/** Each keeps one place free until it is used. */
const KEPT_FREE: readonly PushKind[] = ['rolled-back', 'needs-you', 'finished'];

const KINDS: Partial<Record<RolloutEvent['code'], PushKind>> = {
  rollback: 'rolled-back',
  needs_you: 'needs-you',
  escalated: 'needs-you',
  restored: 'needs-you',
  reminder: 'expiring',
  expired: 'expiring',
};

function kindOf(next: Rollout, event: RolloutEvent): PushKind {
  if (event.code === 'rollback') return 'rolled-back';
  if (event.mention === 'approvers' && event.code !== 'reminder') return 'needs-you';
  return hasEnded(next) ? 'finished' : (KINDS[event.code] ?? 'held');
}

function isFree(kind: PushKind, pushed: readonly PushKind[]): boolean {
  const kept = KEPT_FREE.filter((one) => one !== kind && !pushed.includes(one));
  return pushed.length + kept.length < MOST;
}

/** The state with its pushes counted; events beyond the count keep their line and mention nobody. */
export function countPushes(
  next: Rollout,
  events: readonly RolloutEvent[],
): { readonly next: Rollout; readonly events: readonly RolloutEvent[] } {
  const pushed: PushKind[] = [...(next.pushes ?? [])];
  const counted = events.map((event): RolloutEvent => {
    if (!event.inThread || event.mention === 'none') return event;
    const kind = kindOf(next, event);
    if (!isFree(kind, pushed)) return { ...event, mention: 'none' };
    pushed.push(kind);
    return event;
  });
  const isCounted = pushed.length > (next.pushes ?? []).length;
  return { next: isCounted ? { ...next, pushes: pushed } : next, events: counted };
}
