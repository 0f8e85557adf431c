/**
 * Outbox to Slack. One loop per channel takes the most urgent undelivered piece, renders the newest state and posts or
 * edits it. Slack being down or slow ends nothing here: it only delays what is shown.
 */
import type { Config } from '../config/schema.ts';
import type { Log } from '../lib/log.ts';
import type { Chat, Message } from '../ports/chat.ts';
import type { CardState, Outbox, ThreadLine } from '../ports/rollout-store.ts';
import { type CardJob, type Delivered, deliveredNow, planJobs, type Urgency } from './card-jobs.ts';
import { dedupIdOf, isOver } from './card-subject.ts';
import { type Fault, isKnownNotDone, readDeliveryFault } from './delivery-fault.ts';
import { ListSender } from './send-list.ts';

export type SendMethod = 'chat.update' | 'chat.postMessage' | 'conversations.history';

export interface DeliveryHooks {
  readonly onSent?: (kind: CardJob['kind'], channel: string) => void;
  readonly onFailed?: (kind: CardJob['kind'] | 'read', slackError: string) => void;
  readonly onRateLimited?: (method: string, retryAfterMs: number) => void;
  /** An ended rollout has nothing left to deliver. Failures are logged; the sweeper asks again. */
  readonly onSettled?: (rolloutId: string) => Promise<void>;
}

export interface DeliveryDeps {
  readonly outbox: Outbox;
  readonly chat: Chat;
  readonly renderCard: (card: CardState) => Message;
  readonly renderLine: (line: ThreadLine) => Message;
  /** Puts a digest's list into its thread. Throws as Chat does. */
  readonly attachList?: (card: CardState, cardTs: string) => Promise<void>;
  /** 0: go; else ms until it is worth asking again. */
  readonly limits: { take(method: SendMethod, urgency: Urgency): Promise<number> };
  readonly createBackoff: () => { next(): number; reset(): void };
  /** How many rollouts are live in all channels: their edits share one budget. */
  readonly countLive: () => Promise<number>;
  readonly pace: Pick<Config['slack'], 'postIntervalMs' | 'editIntervalMs'>;
  readonly time: { now(): number; sleep(ms: number, signal: AbortSignal): Promise<void> };
  readonly log: Log;
  readonly hooks?: DeliveryHooks;
}

/** While something waits for its turn the outbox is read again this often: the newest state and new urgency count. */
const LOOK_AGAIN_MS = 250;
/** A look reads every card that waits: with many of them it is taken less often, or it would hold up everything else. */
const LOOK_AGAIN_PER_CARD_MS = 5;
const LOOK_AGAIN_AT_MOST_MS = 1000;
const EDIT_SHARE_MS = 1500;
const COUNT_VALID_MS = 2000;
/** Cards whose last delivery is remembered: a storm must not stay in this process for as long as its alerts do. */
const REMEMBERED = 500;
const THREAD_GONE = new Set(['thread_not_found', 'message_not_found', 'cannot_reply_to_message']);

const lookAgainMs = (cards: number): number =>
  Math.min(LOOK_AGAIN_AT_MOST_MS, Math.max(LOOK_AGAIN_MS, cards * LOOK_AGAIN_PER_CARD_MS));

export class CardDelivery {
  readonly #deps: DeliveryDeps;
  readonly #running = new Map<string, Promise<void>>();
  readonly #delivered = new Map<string, Delivered>();
  readonly #heldUntil = new Map<string, number>();
  readonly #cardBackoffs = new Map<string, { next(): number }>();
  /** By `chat.update`, `conversations.…` or `post:<channel>`: what a Retry-After named. */
  readonly #blockedUntil = new Map<string, number>();
  readonly #nextPostAt = new Map<string, number>();
  /** Posts known not to have happened: no need to look for them. */
  readonly #notPosted = new Set<string>();
  /** Threads whose sent lines this process knows: begun here, or looked at. */
  readonly #knownThreads = new Set<string>();
  readonly #uncertainLines = new Set<string>();
  readonly #urged = new Set<string>();
  readonly #lists: ListSender;
  #live = { count: 1, at: Number.NEGATIVE_INFINITY };

  constructor(deps: DeliveryDeps) {
    this.#deps = deps;
    this.#lists = new ListSender({
      ...{ outbox: deps.outbox, log: deps.log, now: deps.time.now },
      attach: deps.attachList ?? (async () => undefined),
    });
  }

  /** The card's next edit waits for no interval: its buttons are gone. Known to this process alone. */
  urge(rolloutId: string): void {
    this.#urged.add(rolloutId);
  }

  /** Ends when nothing of the channel is undelivered, or with the signal. Never throws. */
  deliverChannel(channel: string, signal: AbortSignal): Promise<void> {
    const known = this.#running.get(channel);
    if (known) return known;
    const run = this.#loop(channel, signal).finally(() => this.#running.delete(channel));
    this.#running.set(channel, run);
    return run;
  }

  async #loop(channel: string, signal: AbortSignal): Promise<void> {
    const { time, log, hooks } = this.#deps;
    const backoff = this.#deps.createBackoff();
    const ended = new Set<string>();
    while (!signal.aborted) {
      let job: CardJob | null = null;
      try {
        const cards = await this.#deps.outbox.dirty(channel);
        await this.#settle(ended, cards);
        if (cards.length === 0) return;
        const next = await this.#choose(channel, cards);
        if (typeof next === 'number') {
          await time.sleep(Math.max(1, Math.min(next, lookAgainMs(cards.length))), signal);
          continue;
        }
        job = next;
        await this.#send(channel, job);
        backoff.reset();
        hooks?.onSent?.(job.kind, channel);
      } catch (error) {
        const fault = readDeliveryFault(error);
        hooks?.onFailed?.(job?.kind ?? 'read', fault.slackError);
        log.warn(
          { channel, id: job?.card.id, kind: job?.kind, ...fault, why: String(error) },
          'not delivered yet',
        );
        const waitMs = this.#afterFailure(channel, job, fault, backoff);
        await time.sleep(waitMs, signal);
      }
    }
  }

  async #settle(ended: Set<string>, cards: readonly CardState[]): Promise<void> {
    const undelivered = new Set(cards.map((card) => card.id));
    for (const id of [...ended].filter((one) => !undelivered.has(one))) {
      ended.delete(id);
      for (const memory of [this.#delivered, this.#heldUntil, this.#cardBackoffs]) memory.delete(id);
      this.#knownThreads.delete(id);
      this.#notPosted.delete(id);
      this.#urged.delete(id);
      await this.#deps.hooks?.onSettled?.(id);
    }
    for (const card of cards) if (isOver(card)) ended.add(card.id);
  }

  /** The job to do now, or ms until one may be done. Its budget has been taken. */
  async #choose(channel: string, cards: readonly CardState[]): Promise<CardJob | number> {
    const now = this.#deps.time.now();
    const jobs = planJobs(cards, {
      delivered: this.#delivered,
      heldUntil: this.#heldUntil,
      linesHeldUntil: this.#lists.heldUntil,
      urged: this.#urged,
      editIntervalMs: Math.max(this.#deps.pace.editIntervalMs, EDIT_SHARE_MS * (await this.#countLive(now))),
    });
    let soonest = Number.POSITIVE_INFINITY;
    for (const job of jobs) {
      const waitMs = this.#earliest(channel, job) - now;
      const method = job.kind === 'edit' ? 'chat.update' : 'chat.postMessage';
      // A list is no post: it has a pace of its own.
      const isFree = waitMs > 0 || (job.kind === 'line' && job.line.isList);
      const taken = isFree ? waitMs : await this.#deps.limits.take(method, job.urgency);
      if (taken <= 0) return job;
      soonest = Math.min(soonest, taken);
    }
    return Number.isFinite(soonest) ? soonest : LOOK_AGAIN_MS;
  }

  #earliest(channel: string, job: CardJob): number {
    const blocked = (key: string): number => this.#blockedUntil.get(key) ?? 0;
    if (job.kind === 'edit') return Math.max(job.readyAt, blocked('chat.update'));
    if (job.kind === 'line' && job.line.isList) return Math.max(job.readyAt, this.#lists.nextAt);
    return Math.max(job.readyAt, blocked(`post:${channel}`), this.#nextPostAt.get(channel) ?? 0);
  }

  async #countLive(now: number): Promise<number> {
    if (now - this.#live.at >= COUNT_VALID_MS) this.#live = { count: await this.#deps.countLive(), at: now };
    return Math.max(1, this.#live.count);
  }

  #send(channel: string, job: CardJob): Promise<void> {
    if (job.kind === 'line') return this.#sendLine(channel, job.card, job.line, job.cardTs);
    return job.kind === 'post' ? this.#post(channel, job.card) : this.#edit(channel, job.card);
  }

  async #post(channel: string, card: CardState): Promise<void> {
    const { outbox, chat } = this.#deps;
    const dedupId = dedupIdOf(card);
    if (card.isPosting && !this.#notPosted.has(card.id)) {
      const found = await this.#find(channel, dedupId);
      // What it shows is not known: it stays dirty and is edited next.
      if (found !== null) return outbox.markPosted(card.id, 0, found);
    }
    await outbox.markPosting(card.id);
    this.#notPosted.delete(card.id);
    const ts = await chat.post(channel, this.#deps.renderCard(card), dedupId).catch((error: unknown) => {
      if (isKnownNotDone(error)) this.#notPosted.add(card.id);
      throw error;
    });
    this.#posted(channel);
    await outbox.markPosted(card.id, card.cardRev, ts);
    this.#knownThreads.add(card.id);
    this.#remember(card);
  }

  async #edit(channel: string, card: CardState): Promise<void> {
    const { outbox, chat } = this.#deps;
    const isThere = await chat.update(channel, card.ts ?? '', this.#deps.renderCard(card), dedupIdOf(card));
    if (!isThere) return this.#forgetCard(card);
    await outbox.markPosted(card.id, card.cardRev, card.ts);
    this.#remember(card);
  }

  async #sendLine(channel: string, card: CardState, line: ThreadLine, cardTs: string): Promise<void> {
    const { outbox, chat } = this.#deps;
    if (line.isList) return this.#lists.start(card, line, cardTs);
    try {
      if (this.#uncertainLines.has(line.id) || !this.#knownThreads.has(card.id)) {
        const found = await this.#find(channel, line.id, cardTs);
        this.#knownThreads.add(card.id);
        this.#uncertainLines.delete(line.id);
        if (found !== null) return await outbox.markLineSent(card.id, line.id);
      }
      this.#uncertainLines.add(line.id);
      await chat.post(channel, this.#deps.renderLine(line), line.id, cardTs);
    } catch (error) {
      const { slackError } = readDeliveryFault(error);
      if (isKnownNotDone(error)) this.#uncertainLines.delete(line.id);
      if (THREAD_GONE.has(slackError)) return this.#forgetCard(card);
      throw error;
    }
    this.#posted(channel);
    await outbox.markLineSent(card.id, line.id);
    this.#uncertainLines.delete(line.id);
  }

  async #find(channel: string, dedupId: string, threadTs?: string): Promise<string | null> {
    await this.#deps.limits.take('conversations.history', 'urgent');
    return this.#deps.chat.find(channel, dedupId, threadTs);
  }

  /** Somebody deleted the message: a fresh one is posted next. */
  #forgetCard(card: CardState): Promise<void> {
    this.#delivered.delete(card.id);
    this.#knownThreads.delete(card.id);
    return this.#deps.outbox.markPosted(card.id, 0, null);
  }

  #posted(channel: string): void {
    this.#nextPostAt.set(channel, this.#deps.time.now() + this.#deps.pace.postIntervalMs);
  }

  #remember(card: CardState): void {
    // The newest is last: what was delivered longest ago is forgotten first, and drawn without a pause the next time.
    this.#delivered.delete(card.id);
    this.#delivered.set(card.id, deliveredNow(card, this.#deps.time.now()));
    for (const memory of [this.#delivered, this.#knownThreads])
      for (const id of memory.keys()) {
        if (memory.size <= REMEMBERED) break;
        memory.delete(id);
      }
    this.#urged.delete(card.id);
    this.#heldUntil.delete(card.id);
    this.#cardBackoffs.delete(card.id);
  }

  /** ms to wait before anything else is tried: 0 where only one thing is held. */
  #afterFailure(channel: string, job: CardJob | null, fault: Fault, backoff: { next(): number }): number {
    const now = this.#deps.time.now();
    if (fault.retryAfterMs !== null) {
      const named = fault.method === 'chat.postMessage' ? `post:${channel}` : fault.method;
      this.#blockedUntil.set(named, now + fault.retryAfterMs);
      this.#deps.hooks?.onRateLimited?.(fault.method, fault.retryAfterMs);
      // Looking for a post has no way round: this card waits, the others go on.
      if (job !== null && fault.method.startsWith('conversations.'))
        this.#heldUntil.set(job.card.id, now + fault.retryAfterMs);
      return 0;
    }
    if (job !== null && fault.isCardsOwn) {
      const own = this.#cardBackoffs.get(job.card.id) ?? this.#deps.createBackoff();
      this.#cardBackoffs.set(job.card.id, own);
      this.#heldUntil.set(job.card.id, now + own.next());
      return 0;
    }
    return backoff.next();
  }
}
