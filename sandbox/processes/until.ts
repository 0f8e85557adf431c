/** How long to wait, and for what: the sentence ends up in the error. */
export interface Deadline {
  readonly what: string;
  readonly timeoutMs: number;
  readonly everyMs?: number;
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * Asks until the answer is neither null nor false. Everything in the sandbox waits on a condition with a deadline, never
 * for a fixed time. The last error of `ask` is the cause of the one that is thrown.
 */
export async function until<T>(ask: () => Promise<T | null | false>, deadline: Deadline): Promise<T> {
  const end = performance.now() + deadline.timeoutMs;
  let cause: unknown;
  for (;;) {
    try {
      const answer = await ask();
      if (answer !== null && answer !== false) return answer;
      cause = undefined;
    } catch (error) {
      cause = error;
    }
    if (performance.now() >= end)
      throw new Error(`${deadline.what}: not within ${deadline.timeoutMs} ms`, { cause });
    await pause(deadline.everyMs ?? 50);
  }
}
