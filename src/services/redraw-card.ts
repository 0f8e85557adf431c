import type { DriveQueue } from '../ports/drive-queue.ts';
import type { RolloutStore } from '../ports/rollout-store.ts';

/** Races that a redraw may lose: whoever wins them makes the card dirty as well. */
const TRIES = 3;

/** Makes the card dirty without changing anything, so that the newest state is drawn over whatever stands there. */
export async function redrawCard(store: RolloutStore, queue: DriveQueue, rolloutId: string): Promise<void> {
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const stored = await store.load(rolloutId);
    if (!stored) return;
    const result = await store.save(rolloutId, {
      next: stored.rollout,
      expectedRev: stored.rev,
      token: null,
      lines: [],
      audit: [],
      isDirty: true,
    });
    await queue.wakeChannel(stored.rollout.channel);
    if (result.kind === 'saved') return;
  }
}
