import { randomBytes } from 'node:crypto';
import { EventEmitter } from 'node:events';
import { WORLD } from '../contract.ts';
import { Buckets } from './limits.ts';
import {
  type ApiCall,
  type Channel,
  ControlError,
  type Delivery,
  type DownMode,
  type Json,
  type Limits,
  type Message,
  type SeenMessage,
  type ShownEvent,
  type SlackOptions,
  type View,
  type World,
} from './types.ts';

export const APP_ID = 'A0DABBA';
/** The old verification token of payloads; nothing should trust it. */
export const PAYLOAD_TOKEN = 'sandbox-verification-token';
const KEPT_REVISIONS = 20;
const KEPT_LOG = 20_000;

export const random = (prefix: string, length = 10): string =>
  prefix +
  randomBytes(length)
    .toString('base64url')
    .replace(/[^A-Za-z0-9]/g, 'x')
    .toUpperCase()
    .slice(0, length);

/** A message with what only the server knows. */
export interface Kept {
  readonly channel: string;
  message: Message;
  /** Set: an ephemeral, seen by this user. */
  readonly visibleTo: string | null;
  revision: number;
  readonly earlier: Message[];
}

export interface ResponseUrl {
  readonly channel: string;
  readonly user: string;
  readonly expiresAt: number;
  uses: number;
  /** What replace_original and delete_original mean. */
  readonly original: Kept | null;
}

export interface Trigger {
  readonly user: string;
  readonly expiresAt: number;
  isUsed: boolean;
  /** Set when it comes from a modal: views.push is allowed. */
  readonly viewId: string | null;
}

export interface Faults {
  /** Until when every call gets 429; Infinity: until ended. */
  rateLimitedUntil: number;
  down: DownMode;
  resetsLeft: number;
  isTokenRevoked: boolean;
  areGroupsFailing: boolean;
  rejectedBlocks: readonly string[];
  dropsMetadata: boolean;
  unknownMethods: readonly string[];
}

const noFaults = (): Faults => ({
  rateLimitedUntil: 0,
  down: null,
  resetsLeft: 0,
  isTokenRevoked: false,
  areGroupsFailing: false,
  rejectedBlocks: [],
  dropsMetadata: false,
  unknownMethods: [],
});

const DEFAULTS: Limits = {
  postIntervalMs: 1000,
  postBurst: 2,
  tier3PerMinute: 50,
  otherPerMinute: 600,
  ackMs: 3000,
  triggerMs: 3000,
  responseUrlMs: 30 * 60_000,
  responseUrlUses: 5,
  eventRetryMs: [0, 60_000, 300_000],
};

/** Everything the local Slack remembers. One per server. */
export class State {
  readonly options: SlackOptions;
  readonly world: World;
  readonly limits: Limits;
  readonly now: () => number;
  readonly buckets: Buckets;
  readonly events = new EventEmitter<{ shown: [ShownEvent] }>();
  /** Own address, set once the server listens. */
  url = '';
  faults = noFaults();
  channels = new Map<string, Channel>();
  kept: Kept[] = [];
  views = new Map<string, View & { owner: string }>();
  /** Open modals per user, bottom first. */
  stacks = new Map<string, string[]>();
  homes = new Map<string, View>();
  triggers = new Map<string, Trigger>();
  responseUrls = new Map<string, ResponseUrl>();
  files = new Map<string, Json & { id: string; isUploaded: boolean; length: number }>();
  /** What a user chose in the inputs of a message: key `channel ts user`. */
  messageState = new Map<string, Record<string, Record<string, Json>>>();
  /** Options last offered by the bot for an external select: key `action user`. */
  offered = new Map<string, Json[]>();
  log: ApiCall[] = [];
  deliveries: Delivery[] = [];
  #lastTs = 0;

  constructor(options: SlackOptions) {
    this.options = options;
    this.world = options.world ?? WORLD;
    this.limits = { ...DEFAULTS, ...options.limits };
    this.now = options.now ?? Date.now;
    this.buckets = new Buckets(this.now);
    this.events.setMaxListeners(0);
    this.#fillChannels();
  }

  #fillChannels(): void {
    this.channels = new Map(
      this.world.channels.map((each) => [each.id, { ...each, isArchived: false } satisfies Channel]),
    );
  }

  reset(): void {
    this.faults = noFaults();
    this.#fillChannels();
    this.kept = [];
    for (const each of [this.views, this.stacks, this.homes, this.triggers, this.responseUrls]) each.clear();
    for (const each of [this.files, this.messageState, this.offered]) each.clear();
    this.log = [];
    this.deliveries = [];
    this.buckets.clear();
    this.show('reset', {});
  }

  show(type: string, data: Json): void {
    this.events.emit('shown', { type, data });
  }

  record(call: ApiCall): void {
    this.log.push(call);
    if (this.log.length > KEPT_LOG) this.log.splice(0, this.log.length - KEPT_LOG);
  }

  recordDelivery(delivery: Delivery): void {
    this.deliveries.push(delivery);
    if (this.deliveries.length > KEPT_LOG) this.deliveries.splice(0, this.deliveries.length - KEPT_LOG);
  }

  /** A new message id: rises always, also when the clock does not. */
  nextTs(): string {
    this.#lastTs = Math.max(this.#lastTs + 1, Math.floor(this.now() * 1000));
    const seconds = Math.floor(this.#lastTs / 1_000_000);
    return `${seconds}.${String(this.#lastTs % 1_000_000).padStart(6, '0')}`;
  }

  user(id: string) {
    return this.world.users.find((each) => each.id === id) ?? null;
  }

  /** For control requests: throws on an unknown one. */
  needUser(id: unknown) {
    const user = typeof id === 'string' ? this.user(id) : null;
    if (user) return user;
    const known = this.world.users.map((each) => each.id).join(', ');
    throw new ControlError(`unknown user ${JSON.stringify(id)}; known: ${known}`);
  }

  /** By id, `#name` or name; a user's id means the direct channel with them, opened on first use. */
  channel(key: unknown): Channel | null {
    if (typeof key !== 'string') return null;
    const name = key.replace(/^#/, '');
    const found =
      this.channels.get(key) ?? [...this.channels.values()].find((each) => !each.im && each.name === name);
    if (found) return found;
    const user = this.user(key) ?? this.user(key.replace(/^D/, 'U'));
    if (!user) return null;
    const id = user.id.replace(/^U/, 'D');
    const direct = this.channels.get(id) ?? {
      id,
      name: user.name.toLowerCase(),
      hasBot: true,
      isArchived: false,
      im: user.id,
    };
    this.channels.set(id, direct);
    return direct;
  }

  needChannel(key: unknown): Channel {
    const channel = this.channel(key);
    if (channel) return channel;
    const known = [...this.channels.values()].map((each) => `${each.id} (#${each.name})`).join(', ');
    throw new ControlError(`unknown channel ${JSON.stringify(key)}; known: ${known}`);
  }

  find(channel: string, ts: unknown): Kept | null {
    return this.kept.find((each) => each.channel === channel && each.message.ts === ts) ?? null;
  }

  /** Public messages of a channel, oldest first. */
  public(channel: string): Message[] {
    return this.kept
      .filter((each) => each.channel === channel && each.visibleTo === null)
      .map((each) => each.message);
  }

  add(channel: string, message: Message, visibleTo: string | null = null): Kept {
    const kept: Kept = { channel, message, visibleTo, revision: 0, earlier: [] };
    this.kept.push(kept);
    if (visibleTo === null && message.thread_ts && message.thread_ts !== message.ts) this.#countReply(kept);
    this.show(visibleTo === null ? 'message' : 'ephemeral', { channel, message: this.seen(kept) });
    return kept;
  }

  #countReply(reply: Kept): void {
    const parent = this.find(reply.channel, reply.message.thread_ts);
    if (!parent) return;
    const replies = this.public(reply.channel).filter(
      (each) => each.thread_ts === parent.message.ts && each.ts !== parent.message.ts,
    );
    const last = replies.at(-1);
    parent.message = {
      ...parent.message,
      thread_ts: parent.message.ts,
      reply_count: replies.length,
      reply_users: [...new Set(replies.map((each) => each.user))],
      ...(last ? { latest_reply: last.ts } : {}),
    };
    this.show('update', { channel: reply.channel, message: this.seen(parent) });
  }

  edit(kept: Kept, message: Message): void {
    kept.earlier.push(kept.message);
    if (kept.earlier.length > KEPT_REVISIONS) kept.earlier.shift();
    kept.message = message;
    kept.revision += 1;
    this.show(kept.visibleTo === null ? 'update' : 'ephemeral', {
      channel: kept.channel,
      message: this.seen(kept),
    });
  }

  remove(kept: Kept): void {
    this.kept = this.kept.filter((each) => each !== kept);
    this.show('delete', { channel: kept.channel, ts: kept.message.ts });
    if (kept.message.thread_ts && kept.visibleTo === null) this.#countReply(kept);
  }

  seen(kept: Kept): SeenMessage {
    const shown = { ...kept.message, channel: kept.channel, revision: kept.revision };
    return kept.visibleTo === null ? shown : { ...shown, ephemeral: true, visibleTo: kept.visibleTo };
  }

  /** What the control API shows. */
  messages(channelKey: string, thread?: string, user?: string): SeenMessage[] {
    const channel = this.needChannel(channelKey);
    return this.kept
      .filter((each) => each.channel === channel.id && (each.visibleTo === null || each.visibleTo === user))
      .filter(({ message }) => {
        const parent = message.thread_ts ?? message.ts;
        return thread === undefined ? parent === message.ts : parent === thread || message.ts === thread;
      })
      .map((each) => this.seen(each));
  }

  newTrigger(user: string, viewId: string | null = null): string {
    const id = `${Math.floor(this.now())}.${random('', 8)}.${random('', 24).toLowerCase()}`;
    this.triggers.set(id, { user, viewId, isUsed: false, expiresAt: this.now() + this.limits.triggerMs });
    return id;
  }

  newResponseUrl(channel: string, user: string, original: Kept | null): string {
    const id = random('', 24);
    const expiresAt = this.now() + this.limits.responseUrlMs;
    this.responseUrls.set(id, { channel, user, expiresAt, uses: 0, original });
    return `${this.url}/response/${this.world.team.id}/${id}`;
  }
}
