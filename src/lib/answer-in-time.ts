/** Slack waits 3 seconds for an answer: whatever is ready by the deadline goes into it, the rest follows later. */

export type InTime<T> = { readonly kind: 'ready'; readonly value: T } | { readonly kind: 'late' };

/** `work` must not reject. */
export async function waitAtMost<T>(work: Promise<T>, ms: number): Promise<InTime<T>> {
  const { promise, resolve } = Promise.withResolvers<InTime<T>>();
  const timer = setTimeout(() => resolve({ kind: 'late' }), Math.max(0, ms));
  const first = await Promise.race([work.then((value): InTime<T> => ({ kind: 'ready', value })), promise]);
  clearTimeout(timer);
  return first;
}

/** What is left of the deadline, counted from when the request had been read. */
export const remaining = (receivedAt: unknown, deadlineMs: number): number =>
  typeof receivedAt === 'number' ? deadlineMs - (performance.now() - receivedAt) : deadlineMs;
