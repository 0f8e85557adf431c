/** The dedup id that a card's message carries, and the rollout back from it. */
export const cardDedupId = (rolloutId: string): string => `card-${rolloutId}`;

export const rolloutIdOfCard = (dedupId: string): string | null =>
  /^card-(r-[a-z0-9]{12})$/.exec(dedupId)?.[1] ?? null;
