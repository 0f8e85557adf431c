/** The dedup id that a card's message carries, and the rollout back from it. */
export const cardDedupId = (rolloutId: string): string => `card-${rolloutId}`;

export const rolloutIdOfCard = (dedupId: string): string | null =>
  /^card-(r-[a-z0-9]{12})$/.exec(dedupId)?.[1] ?? null;

/** Each episode of an alert group has a card of its own. */
export const alertDedupId = (groupId: string, episode: number): string => `card-${groupId}-${episode}`;

export const groupIdOfCard = (dedupId: string): string | null =>
  /^card-(a-[0-9a-f]{16})-\d+$/.exec(dedupId)?.[1] ?? null;

export const digestDedupId = (digestId: string): string => `card-${digestId}`;
