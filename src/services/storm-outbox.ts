/**
 * The outbox of alerts, in calm and in storm: hands out a group's own card while the channel can take it, else stores a
 * digest that names it and hands that out. A name is noted in the digest first, then at its group, and only then may the
 * next digest begin: whoever dies in between, the next look, on any replica, goes on where it stood.
 */
import {
  addNames,
  beginDigest,
  type Digest,
  type DigestEntry,
  entryOf,
  isComplete,
  planDigest,
  tellCard,
  tellChanges,
  tellPast,
} from '../core/alert/digest.ts';
import { SEVERITIES } from '../core/alert/severity.ts';
import type { Clock } from '../ports/clock.ts';
import type { AlertLook, AlertOutbox, DigestStore, StoredDigest } from '../ports/digest-store.ts';
import type { CardOf, CardState, Outbox } from '../ports/rollout-store.ts';

export interface StormPorts {
  readonly alerts: AlertOutbox;
  readonly digests: DigestStore;
  readonly clock: Clock;
  /** Pause between two posts to a channel. */
  readonly postIntervalMs: number;
  /** 12 characters of [a-z0-9]. */
  readonly newId: () => string;
}

/** Races that a note in a digest may lose: one replica delivers a channel, so more than one is rare. */
const TRIES = 10;

type AlertCard = CardOf<'alerts'>;

const isDigest = (id: string): boolean => id.startsWith('d-');

export class StormOutbox implements Outbox {
  readonly #ports: StormPorts;

  constructor(ports: StormPorts) {
    this.#ports = ports;
  }

  async dirty(channel?: string): Promise<readonly CardState[]> {
    const { alerts, digests } = this.#ports;
    if (channel === undefined) return (await Promise.all([alerts.dirty(), this.#digests()])).flat();
    // In this order: whom the newest digest names is out of the look, so that nobody is named in two.
    const newest = await this.#marked(await digests.newest(channel));
    const look = await alerts.look(channel);
    const own = await this.#ownCards(channel, look, newest);
    const changed = await this.#changed(await alerts.read(channel, look.changedIds));
    return [...own, ...changed, ...(await this.#digests(channel))];
  }

  /** A list is due when nobody is added to it any more. */
  async #digests(channel?: string): Promise<readonly CardOf<'digest'>[]> {
    const { digests, clock } = this.#ports;
    const cards = await digests.dirty(channel);
    const now = cards.length === 0 ? 0 : await clock.now();
    return cards
      .map((card) => (isComplete(card.digest, now) ? card : { ...card, lines: [] }))
      .filter((card) => card.ts === null || card.cardRev > card.postedRev || card.lines.length > 0);
  }

  /** Cards of groups that have none yet; what the channel cannot take is in a digest afterwards. */
  async #ownCards(
    channel: string,
    look: AlertLook,
    newest: StoredDigest | null,
  ): Promise<readonly AlertCard[]> {
    const { alerts, clock, postIntervalMs } = this.#ports;
    const now = await clock.now();
    const first = await alerts.read(channel, look.freshIds.slice(0, 1));
    const plan = planDigest({
      ...{ now, newest, postIntervalMs, fresh: look.fresh },
      worst: first[0]?.group.severity ?? null,
    });
    if (plan.kind === 'cards') {
      const ids = { fresh: look.freshIds, named: look.namedIds.slice(0, 1), none: [] }[plan.of];
      return this.#withoutPast(await alerts.read(channel, ids));
    }
    // One whose post was begun may stand in the channel already: it is looked for, as ever.
    const names = plan.kind === 'wait' ? 0 : plan.names;
    const waiting = await this.#withoutPast(await alerts.read(channel, look.freshIds.slice(0, names)));
    const begun = waiting.filter((card) => card.isPosting);
    const entries = waiting
      .filter((card) => !card.isPosting)
      .map(({ group, rev }) => entryOf(group, rev))
      .toSorted(worstFirst);
    if (entries.length > 0)
      await this.#name(channel, entries, plan.kind === 'grow' ? newest : null, newest, now);
    return begun;
  }

  async #name(
    channel: string,
    entries: readonly DigestEntry[],
    into: StoredDigest | null,
    newest: StoredDigest | null,
    now: number,
  ): Promise<void> {
    const { digests, newId } = this.#ports;
    if (into) {
      const digest = addNames(into.digest, entries, now);
      // Lost to another replica: the next look reads afresh.
      if ((await digests.save(digest, into.rev, false)) === 'conflict') return;
      return this.#mark(digest, into.rev + 1);
    }
    const digest = beginDigest(`d-${newId()}`, channel, entries, now);
    if ((await digests.begin(digest, newest?.digest.id ?? null)) === 'conflict') return;
    await this.#mark(digest, 1);
  }

  /** The newest digest as it may be built on: every group of it knows where it stands. */
  async #marked(newest: StoredDigest | null): Promise<StoredDigest | null> {
    if (newest === null || newest.isMarked) return newest;
    await this.#mark(newest.digest, newest.rev);
    return { ...newest, isMarked: true };
  }

  async #mark({ id, entries }: Digest, rev: number): Promise<void> {
    const { alerts, digests } = this.#ports;
    const marks = await Promise.all(
      entries
        .filter((entry) => !entry.hasCard)
        .map(async (entry) => ({
          entry,
          isHere: await alerts.markNamed(entry.id, entry.episode, id, entry.rev),
        })),
    );
    await digests.markNamed(id, rev);
    // It got a card, or began anew, while it was written down: whatever becomes of it is told there.
    for (const { entry, isHere } of marks)
      if (!isHere) await this.#tell(id, (digest) => tellCard(digest, entry.id, entry.episode));
  }

  /** Where a new episode begins before its digest was told of the end of the last one. */
  async #withoutPast(cards: readonly AlertCard[]): Promise<readonly AlertCard[]> {
    const { alerts } = this.#ports;
    for (const { id, group, pastDigest } of cards) {
      if (!pastDigest) continue;
      await this.#tell(pastDigest, (digest) => tellPast(digest, id, group.episode, group.since));
      await alerts.forgetPast(id);
    }
    return cards;
  }

  /** Cards whose message shows an older state. What only a digest names is told there, or gets its own card at once. */
  async #changed(cards: readonly AlertCard[]): Promise<readonly AlertCard[]> {
    const named = cards.filter((card) => card.ts === null && card.digest);
    const byDigest = Map.groupBy(named, (card) => card.digest ?? '');
    const own = new Set(cards.filter((card) => !named.includes(card)));
    for (const [id, those] of byDigest) for (const card of await this.#tellIn(id, those)) own.add(card);
    return cards.filter((card) => own.has(card));
  }

  /** Notes them in their digest; those that need a card of their own at once. */
  async #tellIn(digestId: string, cards: readonly AlertCard[]): Promise<readonly AlertCard[]> {
    const { alerts, digests } = this.#ports;
    const stored = await digests.load(digestId);
    const urgent = cards.filter((card) => !stored || needsCard(card, stored.digest));
    const told = cards.filter((card) => !urgent.includes(card));
    const entries = told.map(({ group, rev }) => entryOf(group, rev));
    const isNoted = await this.#tell(digestId, (digest) => tellChanges(digest, entries));
    if (isNoted)
      await Promise.all(told.map(({ id, group, rev }) => alerts.markNamed(id, group.episode, digestId, rev)));
    return urgent;
  }

  /** false: somebody else wrote all the time, the next look tries again. A digest that is long gone has nothing to tell. */
  async #tell(digestId: string, change: (digest: Digest) => Digest | null): Promise<boolean> {
    const { digests } = this.#ports;
    for (let attempt = 0; attempt < TRIES; attempt += 1) {
      const stored = await digests.load(digestId);
      const next = stored && change(stored.digest);
      if (!stored || !next) return true;
      if ((await digests.save(next, stored.rev, stored.isMarked)) === 'done') return true;
    }
    return false;
  }

  markPosting(id: string): Promise<void> {
    return this.#of(id).markPosting(id);
  }

  async markPosted(id: string, cardRev: number, ts: string | null): Promise<void> {
    if (!isDigest(id) && ts !== null) await this.#tellCard(id);
    await this.#of(id).markPosted(id, cardRev, ts);
  }

  /** Before the group forgets where it was named: whatever comes between is done again. */
  async #tellCard(id: string): Promise<void> {
    const place = await this.#ports.alerts.placeOf(id);
    if (place?.digest) await this.#tell(place.digest, (digest) => tellCard(digest, id, place.episode));
  }

  markLineSent(id: string, lineId: string): Promise<void> {
    return this.#of(id).markLineSent(id, lineId);
  }

  cardTs(id: string): Promise<string | null> {
    return this.#of(id).cardTs(id);
  }

  #of(id: string): Outbox {
    return isDigest(id) ? this.#ports.digests : this.#ports.alerts;
  }
}

const rank = ({ endedAt, severity }: DigestEntry): number =>
  endedAt === null ? SEVERITIES.indexOf(severity) : SEVERITIES.length;

const worstFirst = (a: DigestEntry, b: DigestEntry): number => rank(a) - rank(b) || b.since - a.since;

/** It got worse than its digest ever said, or somebody is called in its thread: an edit would push nothing. */
function needsCard({ id, group, lines }: AlertCard, { entries }: Digest): boolean {
  if (group.state === 'resolved') return false;
  if (lines.some(({ mentions }) => mentions.length > 0)) return true;
  const entry = entries.find((one) => one.id === id && one.episode === group.episode);
  return !entry || SEVERITIES.indexOf(group.severity) < SEVERITIES.indexOf(entry.severity);
}
