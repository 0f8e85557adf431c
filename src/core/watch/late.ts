/** What waits too long on its way to Slack: said once a channel, and again when it is over. Pure. */

/** A card with something undelivered. */
export interface WaitingCard {
  readonly id: string;
  readonly channel: string;
  /** Changes with each delivery. */
  readonly mark: string;
  /** ms since the epoch, of its oldest undelivered line; null: it has none. */
  readonly lineAt: number | null;
}

export interface LateNotice {
  /** The dedup id of its message. */
  readonly id: string;
  readonly at: number;
  readonly kind: 'late' | 'over';
  /** The channel that is late. */
  readonly channel: string;
  readonly cards: number;
  /** ms: how long the oldest has waited, or did at most. */
  readonly waitedMs: number;
}

interface LateChannel {
  /** ms since the epoch. */
  readonly since: number;
  readonly worstMs: number;
}

/** In the store, since another replica may be the next to look. */
export interface LateRecord {
  readonly schemaVersion: 1;
  /** Raised by every save. */
  readonly rev: number;
  /** By card: what was seen undelivered, and since when (ms since the epoch). */
  readonly seen: Readonly<Record<string, { readonly mark: string; readonly at: number }>>;
  readonly late: Readonly<Record<string, LateChannel>>;
  /** Not yet delivered, oldest first. */
  readonly unsaid: readonly LateNotice[];
}

export interface Waiting {
  readonly channel: string;
  readonly cards: number;
  /** ms since the epoch. */
  readonly oldestAt: number;
}

/** Of more than these the newest are forgotten: they are not the oldest. */
const SEEN_AT_MOST = 500;
const UNSAID_AT_MOST = 20;

const EMPTY: LateRecord = { schemaVersion: 1, rev: 0, seen: {}, late: {}, unsaid: [] };

export function watchDelivery(
  before: LateRecord | null,
  cards: readonly WaitingCard[],
  now: number,
  limitMs: number,
): { readonly next: LateRecord; readonly waiting: readonly Waiting[] } {
  const known = before ?? EMPTY;
  const since = new Map(cards.map((card) => [card.id, sinceOf(card, known, now)]));
  const waiting = byChannel(cards, since);
  const rev = known.rev + 1;
  const late: Record<string, LateChannel> = {};
  let unsaid = known.unsaid;
  for (const { channel, cards: count, oldestAt } of waiting) {
    const waitedMs = now - oldestAt;
    const was = Object.hasOwn(known.late, channel) ? known.late[channel] : undefined;
    // Half the limit ends it: at the limit itself it would come and go.
    if (waitedMs <= (was ? limitMs / 2 : limitMs)) continue;
    late[channel] = { since: was?.since ?? now, worstMs: Math.max(waitedMs, was?.worstMs ?? 0) };
    if (!was) unsaid = [...unsaid, notice('late', channel, count, waitedMs, now)];
  }
  for (const [channel, { worstMs }] of Object.entries(known.late)) {
    if (Object.hasOwn(late, channel)) continue;
    // What could not be said while it lasted is said in one.
    const others = unsaid.filter((one) => one.channel !== channel || one.kind !== 'late');
    unsaid = [...others, notice('over', channel, 0, worstMs, now)];
  }
  const oldest = [...cards]
    .sort((a, b) => (since.get(a.id) ?? 0) - (since.get(b.id) ?? 0))
    .slice(0, SEEN_AT_MOST);
  const seen = Object.fromEntries(oldest.map(({ id, mark }) => [id, { mark, at: since.get(id) ?? now }]));
  return { next: { schemaVersion: 1, rev, seen, late, unsaid: unsaid.slice(-UNSAID_AT_MOST) }, waiting };
}

function sinceOf({ id, mark, lineAt }: WaitingCard, { seen }: LateRecord, now: number): number {
  const known = Object.hasOwn(seen, id) ? seen[id] : undefined;
  const at = known?.mark === mark ? known.at : now;
  // A clock that was set back: from now on.
  return Math.min(at, lineAt ?? now, now);
}

function byChannel(cards: readonly WaitingCard[], since: ReadonlyMap<string, number>): readonly Waiting[] {
  return [...Map.groupBy(cards, ({ channel }) => channel)].map(([channel, own]) => ({
    channel,
    cards: own.length,
    oldestAt: Math.min(...own.map(({ id }) => since.get(id) ?? Number.POSITIVE_INFINITY)),
  }));
}

const notice = (
  kind: LateNotice['kind'],
  channel: string,
  cards: number,
  waitedMs: number,
  at: number,
): LateNotice => ({ id: `watch-${kind}-${channel}-${at}`, at, kind, channel, cards, waitedMs });

export const withoutLateNotice = (record: LateRecord, id: string): LateRecord => ({
  ...record,
  rev: record.rev + 1,
  unsaid: record.unsaid.filter((one) => one.id !== id),
});

/** Nothing waits, nothing was late: there is nothing to remember. */
export const isCalm = (record: LateRecord | null, cards: readonly WaitingCard[]): boolean =>
  cards.length === 0 &&
  (record === null ||
    (Object.keys(record.seen).length + Object.keys(record.late).length === 0 && record.unsaid.length === 0));
