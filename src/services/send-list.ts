/**
 * The names of a digest as a file in its thread. An addition: it goes beside the deliveries, holds nobody up, and what
 * Slack does not take is left out after a few tries.
 */
import type { Log } from '../lib/log.ts';
import type { CardState, Outbox, ThreadLine } from '../ports/rollout-store.ts';
import { readDeliveryFault } from './delivery-fault.ts';

export interface ListDeps {
  readonly outbox: Pick<Outbox, 'markLineSent'>;
  /** Uploads it. Throws as Chat does. */
  readonly attach: (card: CardState, cardTs: string) => Promise<void>;
  readonly now: () => number;
  readonly log: Log;
}

/** Three calls each: far below what Slack allows of them. */
const PACE_MS = 2000;
const TRIES = 3;
const PAUSE_MS = 5000;

export class ListSender {
  readonly #deps: ListDeps;
  readonly #tries = new Map<string, number>();
  readonly #heldUntil = new Map<string, number>();

  constructor(deps: ListDeps) {
    this.#deps = deps;
  }

  #nextAt = 0;

  /** When the next one may begin. */
  get nextAt(): number {
    return this.#nextAt;
  }

  /** By line id: not before this time. */
  get heldUntil(): ReadonlyMap<string, number> {
    return this.#heldUntil;
  }

  /** Never throws, and does not wait for its end. */
  start(card: CardState, line: ThreadLine, cardTs: string): void {
    this.#heldUntil.set(line.id, Number.POSITIVE_INFINITY);
    this.#nextAt = this.#deps.now() + PACE_MS;
    void this.#send(card, line, cardTs);
  }

  async #send(card: CardState, line: ThreadLine, cardTs: string): Promise<void> {
    const { outbox, attach, now, log } = this.#deps;
    try {
      await attach(card, cardTs);
    } catch (error) {
      const tries = (this.#tries.get(line.id) ?? 0) + 1;
      const fault = readDeliveryFault(error);
      if (tries < TRIES) {
        this.#tries.set(line.id, tries);
        this.#heldUntil.set(line.id, now() + Math.max(PAUSE_MS, fault.retryAfterMs ?? 0));
        return;
      }
      log.warn(
        { id: card.id, ...fault, why: String(error) },
        'the list of a digest is left out: its card names all',
      );
    }
    try {
      await outbox.markLineSent(card.id, line.id);
      this.#heldUntil.delete(line.id);
      this.#tries.delete(line.id);
    } catch (error) {
      log.debug({ id: card.id, err: error }, 'a list that was sent is not noted yet');
      this.#heldUntil.set(line.id, now() + PAUSE_MS);
      this.#tries.set(line.id, TRIES);
    }
  }
}
