/** Several outboxes as one: whatever is undelivered, each told of its own by the first letters of its ids. */
import type { Outbox } from '../ports/rollout-store.ts';

export function outboxOf(byPrefix: Readonly<Record<string, Outbox>>): Outbox {
  const of = (id: string): Outbox => {
    const found = Object.entries(byPrefix).find(([prefix]) => id.startsWith(prefix));
    if (!found) throw new Error(`no outbox holds ${id}`);
    return found[1];
  };
  return {
    dirty: async (channel) =>
      (
        await Promise.all([...new Set(Object.values(byPrefix))].map((outbox) => outbox.dirty(channel)))
      ).flat(),
    markPosting: (id) => of(id).markPosting(id),
    markPosted: (id, cardRev, ts) => of(id).markPosted(id, cardRev, ts),
    markLineSent: (id, lineId) => of(id).markLineSent(id, lineId),
    cardTs: (id) => of(id).cardTs(id),
  };
}
