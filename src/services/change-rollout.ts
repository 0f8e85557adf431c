/** A person's change of a running rollout: load, judge, save by compare-and-set, wake the driver. */
import { hasEnded, type Rollout, type RolloutEvent } from '../core/rollout/rollout.ts';
import { DabbawalaError } from '../lib/errors.ts';
import type { Stored } from '../ports/rollout-store.ts';
import { auditOf, type MentionList, withLines } from './record.ts';
import type { Actor } from './services.ts';
import type { UseCasePorts } from './use-case-ports.ts';

export type ChangePorts = Pick<UseCasePorts, 'store' | 'clock' | 'queue'> & {
  readonly config: { readonly slack: { readonly onCall: MentionList } };
};

/** Races that one change may lose before it gives up; each loss means that somebody else's change went in. */
const TRIES = 40;

export interface Change {
  readonly next: Rollout;
  readonly events: readonly RolloutEvent[];
}

export async function loadRunning(ports: Pick<UseCasePorts, 'store'>, rolloutId: string): Promise<Stored> {
  const stored = await ports.store.load(rolloutId);
  if (!stored) throw new DabbawalaError('no_rollout', `There is no rollout ${rolloutId}.`);
  return stored;
}

/**
 * @param judge pure; throws DabbawalaError to refuse, returns null when there is nothing to change
 */
export async function changeRollout(
  ports: ChangePorts,
  actor: Actor,
  rolloutId: string,
  judge: (rollout: Rollout, now: number) => Change | null,
): Promise<Stored> {
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const stored = await loadRunning(ports, rolloutId);
    const change = judge(stored.rollout, await ports.clock.now());
    if (!change) return stored;
    const counted = withLines(change.next, change.events, ports.config.slack.onCall);
    const result = await ports.store.save(rolloutId, {
      ...counted,
      expectedRev: stored.rev,
      token: null,
      audit: change.events.map((event) => auditOf(change.next, event, actor.origin)),
      isDirty: true,
    });
    if (result.kind === 'saved') {
      await Promise.all([ports.queue.wake(rolloutId), ports.queue.wakeChannel(change.next.channel)]);
      return { rollout: counted.next, rev: result.rev, token: stored.token };
    }
  }
  throw new DabbawalaError('state_conflict', 'Too many people change this rollout at once.');
}

/** The running rollout of a target; `no_rollout` when there is none. */
export async function runningOf(ports: UseCasePorts, target: Rollout['target']): Promise<Stored | null> {
  const id = await ports.targets.readClaim(target);
  const stored = id === null ? null : await ports.store.load(id);
  return stored && !hasEnded(stored.rollout) ? stored : null;
}
