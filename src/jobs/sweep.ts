/** The net under every wake: whatever needs somebody and has nobody is found within seconds. Runs on every replica. */
import { needsDrive } from '../core/rollout/agenda.ts';
import { hasEnded } from '../core/rollout/rollout.ts';
import { isDabbawalaError } from '../lib/errors.ts';
import type { Log } from '../lib/log.ts';
import type { Clock } from '../ports/clock.ts';
import type { DriveQueue } from '../ports/drive-queue.ts';
import type { Outbox, RolloutStore, TargetStore } from '../ports/rollout-store.ts';

export interface SweepDeps {
  readonly store: RolloutStore;
  readonly targets: TargetStore;
  readonly outbox: Outbox;
  readonly queue: DriveQueue;
  readonly clock: Clock;
  readonly log: Log;
  readonly onBacklog: (cards: number, oldestMs: number) => void;
}

/** A claim whose rollout is missing this long is freed. */
const ORPHAN_MS = 30_000;

export const SWEEP = { name: 'sweep', pattern: '*/5 * * * * *' } as const;

/** Never throws: with the store away there is nothing to sweep. */
export async function sweep(deps: SweepDeps): Promise<void> {
  try {
    const now = await deps.clock.now();
    await sweepRollouts(deps, now);
    await sweepClaims(deps, now);
    await sweepCards(deps, now);
  } catch (error) {
    if (isDabbawalaError(error, 'store_unavailable'))
      deps.log.debug({}, 'nothing swept: the state store is away');
    else deps.log.error({ err: error }, 'sweep failed');
  }
}

async function sweepRollouts({ store, queue, log }: SweepDeps, now: number): Promise<void> {
  for (const id of await store.active()) {
    try {
      const stored = await store.load(id);
      // Never cuts a look short: on a slow cluster the sweeps of all replicas would leave no look whole.
      if (stored && needsDrive(stored.rollout, now)) await queue.wake(id, 'soon');
    } catch (error) {
      if (isDabbawalaError(error, 'store_unavailable')) throw error;
      log.error({ rollout: id, err: error }, 'a rollout cannot be read and is left alone');
    }
  }
}

/** Ended or missing rollouts hold nothing. */
async function sweepClaims({ store, targets, log }: SweepDeps, now: number): Promise<void> {
  for (const { target, rolloutId, takenAt } of await targets.claims()) {
    const stored = await store.load(rolloutId).catch((error) => {
      if (isDabbawalaError(error, 'store_unavailable')) throw error;
      return undefined;
    });
    // One that cannot be read may still be moving traffic: its claim stays until a person looks.
    if (stored === undefined) continue;
    const isOrphan = stored === null ? now - takenAt > ORPHAN_MS : hasEnded(stored.rollout);
    if (!isOrphan) continue;
    log.warn({ rollout: rolloutId, service: target.service }, 'claim freed');
    await targets.releaseClaim(target, rolloutId);
  }
}

async function sweepCards({ outbox, queue, onBacklog }: SweepDeps, now: number): Promise<void> {
  const dirty = await outbox.dirty();
  const oldest = Math.min(now, ...dirty.flatMap((card) => card.lines.map((line) => line.at)));
  onBacklog(dirty.length, now - oldest);
  for (const channel of new Set(dirty.map((card) => card.channel))) await queue.wakeChannel(channel);
}
