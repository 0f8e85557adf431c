/** What a button on a card that is no rollout's carries: the card, and what of it the person saw. All facts are read again. */

export interface CardValue {
  /** Of an alert group `a-…`, of an incident `INC-…`. */
  readonly id: string;
  /** What of the card it is about: a request, a silence, a rollout; null: the card as a whole. At most 80 of [A-Za-z0-9._-]. */
  readonly part: string | null;
  /** What the card showed when it was drawn: the episode of an alert group; '' where nothing can be stale. */
  readonly shown: string;
}

/** Far below Slack's 2000 characters. */
export const encodeCardValue = ({ id, part, shown }: CardValue): string => [id, part ?? '-', shown].join('|');

/** null: not one of ours. */
export function decodeCardValue(text: string): CardValue | null {
  const parts = text.split('|');
  const [id = '', part = '', shown = ''] = parts;
  if (parts.length !== 3 || !/^(?:a-[0-9a-f]{16}|INC-\d{1,9})$/.test(id)) return null;
  if (!/^[A-Za-z0-9._-]{1,80}$/.test(part) || !/^[A-Za-z0-9._-]{0,80}$/.test(shown)) return null;
  return { id, part: part === '-' ? null : part, shown };
}
