/** What the object's weight tells when it is compared with what we wrote and what we want. */
export type Drift =
  /** The object has what we want. */
  | 'as-desired'
  /** The object has what it had before: our write has not happened yet. */
  | 'as-before'
  /** Somebody lowered the candidate's weight: a rollback order, never re-asserted. */
  | 'lowered'
  /** Somebody set another weight. */
  | 'foreign';

/**
 * @param live candidate's percent on the object
 * @param confirmed percent that we last saw there by our own hand
 * @param desired percent that we want there
 */
export function classifyWeight(live: number, confirmed: number, desired: number): Drift {
  if (live === desired) return 'as-desired';
  if (live === confirmed) return 'as-before';
  return live < Math.min(confirmed, desired) ? 'lowered' : 'foreign';
}

/** Field manager of our own writes. */
const OURS = 'dabbawala';

/** A weight that was lowered without this rollout's doing, in words. */
export const loweredWords = (lastWriter: string | null, from: number, to: number): string => {
  const who = lastWriter === OURS ? 'A rollback without the state store' : (lastWriter ?? 'Somebody');
  return `${who} lowered the candidate from ${from} % to ${to} %: taken as a rollback order`;
};

export const REASSERT_WINDOW_MS = 120_000;
export const REASSERTS_AT_MOST = 2;

/** Re-assertions that still count at `now`. */
export const recentReasserts = (reasserts: readonly number[], now: number): readonly number[] =>
  reasserts.filter((at) => now - at < REASSERT_WINDOW_MS);
