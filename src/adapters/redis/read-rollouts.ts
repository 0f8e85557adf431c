import type { Rollout } from '../../core/rollout/rollout.ts';
import { decodeRollout, encodeAndRead } from './state-codec.ts';

/** More than the most rollouts that one process drives at once. */
const MOST_KEPT = 500;

/**
 * Stored rollouts as they were last read or written here. Every look, sweep and delivery reads whole documents, and nearly
 * always finds the text of the last time: parsing it again for a hundred rollouts would hold up whoever waits for an
 * answer. The text decides, so nothing here can be stale; a Rollout is never changed in place, so it may be shared.
 */
export class ReadRollouts {
  readonly #kept = new Map<string, { readonly text: string; readonly rollout: Rollout }>();

  /** As `decodeRollout`. */
  decode(id: string, text: string): Rollout {
    const known = this.#kept.get(id);
    if (known?.text === text) return known.rollout;
    return this.#keep(id, text, decodeRollout(id, text));
  }

  /** As `encodeRollout`; whoever reads it next has no work left. */
  encode(rollout: Rollout): string {
    const { text, read } = encodeAndRead(rollout);
    this.#keep(rollout.id, text, read);
    return text;
  }

  #keep(id: string, text: string, rollout: Rollout): Rollout {
    this.#kept.delete(id);
    this.#kept.set(id, { text, rollout });
    if (this.#kept.size > MOST_KEPT) {
      const [oldest] = this.#kept.keys();
      if (oldest !== undefined) this.#kept.delete(oldest);
    }
    return rollout;
  }
}
