/**
 * In a storm the same people are not called hundreds of times in a minute: after some calls the other lines say so without
 * a mention. Read from what is stored, so that a restart or another replica changes little.
 */
import type { AlertGroup } from '../../core/alert/alert-group.ts';

const CALLS = 5;
const WITHIN_MS = 60_000;

const keyOf = (channel: string, calls: readonly string[]): string =>
  `${channel} ${[...calls].sort().join(' ')}`;

export class CallBudget {
  /** By channel and callees: when which group called them last, ms since the epoch. */
  readonly #calls = new Map<string, Map<string, number>>();

  /** A group as it is stored. */
  note({ id, channel, escalation, acknowledged }: AlertGroup, now: number): void {
    const { pushedAt, called } = escalation ?? {};
    if (pushedAt === undefined || called === undefined || now - pushedAt >= WITHIN_MS) return;
    const key = keyOf(channel, acknowledged ? [acknowledged.by.id] : called);
    const known = this.#calls.get(key) ?? new Map<string, number>();
    known.set(id, pushedAt);
    this.#calls.set(key, known);
  }

  mayCall(channel: string, calls: readonly string[], now: number): boolean {
    const known = this.#calls.get(keyOf(channel, calls));
    if (!known) return true;
    // A clock that was set back must not silence anybody.
    for (const [id, at] of known) if (now - at >= WITHIN_MS || at > now) known.delete(id);
    return known.size < CALLS;
  }
}
