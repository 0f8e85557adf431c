/** What a drive loop does whose rollout the store has no record of any more, besides watching it from memory. */
import type { Decision } from '../core/rollout/decision.ts';
import type { Rollout } from '../core/rollout/rollout.ts';
import { isDabbawalaError } from '../lib/errors.ts';
import type { Log } from '../lib/log.ts';
import type { DriveQueue } from '../ports/drive-queue.ts';
import type { RolloutStore, TargetStore } from '../ports/rollout-store.ts';
import type { TrafficRouter } from '../ports/traffic-router.ts';
import { auditOf, type MentionList, withLines } from './record.ts';

/**
 * Nothing of it stands in the cluster, so nobody will restore it: it had not begun there, or it has ended and given the
 * route back. As long as that cannot be seen the loop watches on.
 */
export async function isGone(
  router: TrafficRouter,
  { phase, plan, id }: Rollout,
  signal: AbortSignal,
): Promise<boolean> {
  if (!plan || phase === 'planning' || phase === 'awaiting-approval') return true;
  try {
    const { memory } = await router.recall(plan.route, signal);
    return memory.kind === 'none' || (memory.kind === 'known' && memory.value.id !== id);
  } catch {
    return false;
  }
}

export interface LostEndPorts {
  readonly store: RolloutStore;
  readonly targets: TargetStore;
  readonly queue: DriveQueue;
  readonly onCall: MentionList;
  readonly log: Log;
}

/** The store was wiped while an end was carried out: that end is recorded anew. false: there is a record of it. */
export async function recordLostEnd(
  { store, targets, queue, onCall, log }: LostEndPorts,
  { next, events }: Decision,
): Promise<boolean> {
  try {
    if ((await store.load(next.id)) !== null) return false;
    const { next: counted, lines } = withLines(next, events, onCall);
    await targets.appendHistory(next.target, next.id, next.createdAt);
    await store.create(
      counted,
      events.map((event) => auditOf(next, event)),
      lines,
    );
  } catch (error) {
    if (isDabbawalaError(error, 'state_conflict') || isDabbawalaError(error, 'store_unavailable'))
      return false;
    throw error;
  }
  log.warn(
    { rollout: next.id, phase: next.phase },
    'the store was wiped while the rollout ended: recorded anew',
  );
  await queue.wakeChannel(next.channel);
  return true;
}
