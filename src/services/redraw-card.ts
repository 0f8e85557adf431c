import type { Rollout } from '../core/rollout/rollout.ts';
import { hasEnded } from '../core/rollout/rollout.ts';
import { isDabbawalaError } from '../lib/errors.ts';
import type { Log } from '../lib/log.ts';
import type { DriveQueue } from '../ports/drive-queue.ts';
import type { RolloutStore } from '../ports/rollout-store.ts';

/** Races that a redraw may lose: whoever wins them makes the card dirty as well. */
const TRIES = 3;

/** Makes the card dirty without changing anything, so that the newest state is drawn over whatever stands there. */
export async function redrawCard(
  store: Pick<RolloutStore, 'load' | 'save'>,
  queue: Pick<DriveQueue, 'wakeChannel'>,
  rolloutId: string,
): Promise<void> {
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

/** Others are drawn again by their own progress, seconds later. */
const waitsForPerson = (rollout: Rollout): boolean =>
  !hasEnded(rollout) &&
  (rollout.phase === 'paused' ||
    rollout.hold !== null ||
    rollout.approvals.some((approval) => approval.state === 'pending'));

export interface RedrawDeps {
  readonly store: Pick<RolloutStore, 'load' | 'save' | 'active'>;
  readonly queue: Pick<DriveQueue, 'wakeChannel'>;
  readonly log: Log;
}

/**
 * Which cards are owed their buttons: a click took them away and the card could not be marked, the store being away; or
 * the process before this one died in between, which nobody saw, so a start owes one to every card that waits for a person.
 */
export class Redraws {
  readonly #deps: RedrawDeps;
  readonly #owed = new Set<string>();
  #hasLookedBack = false;

  constructor(deps: RedrawDeps) {
    this.#deps = deps;
  }

  /** @throws when the card could not be marked; it is tried again by the clock then */
  async draw(rolloutId: string): Promise<void> {
    this.#owed.add(rolloutId);
    await redrawCard(this.#deps.store, this.#deps.queue, rolloutId);
    this.#owed.delete(rolloutId);
  }

  /** By the clock. Never throws: what fails stays owed. */
  async drawOwed(): Promise<void> {
    try {
      if (!this.#hasLookedBack) await this.#lookBack();
      for (const id of [...this.#owed]) await this.draw(id);
    } catch (error) {
      if (!isDabbawalaError(error, 'store_unavailable'))
        this.#deps.log.error({ err: error }, 'cards could not be marked to be drawn again');
    }
  }

  async #lookBack(): Promise<void> {
    for (const id of await this.#deps.store.active()) {
      const stored = await this.#deps.store.load(id).catch((error: unknown) => {
        if (isDabbawalaError(error, 'store_unavailable')) throw error;
        // One that cannot be read is the sweep's to report.
        return null;
      });
      if (stored && waitsForPerson(stored.rollout)) this.#owed.add(id);
    }
    this.#hasLookedBack = true;
  }
}
