import type { FaultRequest, Part, WORLD } from '../contract.ts';

/** A JSON object whose shape Slack, not we, decides. */
export type Json = Record<string, unknown>;
export type World = typeof WORLD;

export interface Message {
  type: 'message';
  ts: string;
  text: string;
  user: string;
  team: string;
  subtype?: string;
  bot_id?: string;
  app_id?: string;
  username?: string;
  blocks?: Json[];
  metadata?: { event_type: string; event_payload: Json };
  edited?: { user: string; ts: string };
  files?: Json[];
  thread_ts?: string;
  reply_count?: number;
  reply_users?: string[];
  latest_reply?: string;
}

/** A message as the control API shows it. */
export interface SeenMessage extends Message {
  readonly channel: string;
  /** Number of edits so far: give it back to `click` to press a button of an older form. */
  readonly revision: number;
  /** Only the user in `visibleTo` sees it. */
  readonly ephemeral?: true;
  readonly visibleTo?: string;
}

export interface Channel {
  readonly id: string;
  readonly name: string;
  hasBot: boolean;
  isArchived: boolean;
  /** The other person of a direct message. */
  readonly im?: string;
}

export interface View extends Json {
  id: string;
  type: 'modal' | 'home';
  hash: string;
  blocks: Json[];
  callback_id: string;
  private_metadata: string;
  state: { values: Record<string, Record<string, Json>> };
  root_view_id: string;
  previous_view_id: string | null;
}

/** One Web API call, or one use of a response_url (method `response_url`). */
export interface ApiCall {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly method: string;
  readonly channel: string | null;
  readonly ts: string | null;
  /** How long the answer took. */
  readonly ms: number;
  /** HTTP status; 0: no answer was given (fault). */
  readonly status: number;
  readonly result: 'ok' | 'error' | 'none';
  readonly error: string | null;
}

/** One request to the bot. */
export interface Delivery {
  readonly at: number;
  readonly kind:
    | 'command'
    | 'block_actions'
    | 'view_submission'
    | 'view_closed'
    | 'block_suggestion'
    | 'event';
  /** Command, action id, callback id or event type. */
  readonly name: string;
  readonly ms: number;
  /** HTTP status; 0: no answer. */
  readonly status: number;
  /** null: acknowledged. */
  readonly error: 'operation_timeout' | 'dispatch_failed' | null;
  readonly retry: number;
}

export interface Limits {
  /** One chat.postMessage per channel in this time. */
  readonly postIntervalMs: number;
  /** So many at once are tolerated. */
  readonly postBurst: number;
  /** Calls a minute of each Tier 3 method. */
  readonly tier3PerMinute: number;
  /** Calls a minute of every other method. */
  readonly otherPerMinute: number;
  /** Time in which the bot must answer. */
  readonly ackMs: number;
  readonly triggerMs: number;
  readonly responseUrlMs: number;
  readonly responseUrlUses: number;
  /** Waits before each repeat of an event that was not acknowledged. */
  readonly eventRetryMs: readonly number[];
}

export type DownMode = '500' | 'hang' | 'refuse' | null;

export interface SlackOptions {
  readonly port?: number;
  readonly host?: string;
  readonly signingSecret: string;
  readonly botToken: string;
  /** Current URL of the bot's /slack/events; null: the bot does not run. */
  readonly bot: () => string | null;
  readonly world?: World;
  /** Slash commands that exist, with the slash; without it each one is delivered. */
  readonly commands?: readonly string[];
  /** All faults but `slack429`, which is done here. */
  readonly onFault?: (fault: FaultRequest) => Promise<unknown>;
  readonly cluster?: (path: string) => Promise<{ readonly status: number; readonly body: unknown }>;
  readonly onReset?: () => Promise<void>;
  /** More facts for the page: services, versions, faults, load. */
  readonly extra?: () => Promise<object>;
  /** Built page: index.html, page.js, page.css. */
  readonly staticDir?: string;
  readonly limits?: Partial<Limits>;
  /** Clock of limits and lifetimes, ms. */
  readonly now?: () => number;
}

export interface CommandRequest {
  readonly user: string;
  readonly channel: string;
  /** As typed. */
  readonly text: string;
  readonly thread?: string | undefined;
}

export interface ClickRequest {
  readonly user: string;
  readonly actionId: string;
  readonly channel?: string | undefined;
  readonly ts?: string | undefined;
  readonly viewId?: string | undefined;
  /** Chosen option (its value or text) of a select; of several buttons with one action id, the one with this value. */
  readonly value?: unknown;
  readonly blockId?: string | undefined;
  /** Press the button as it was after so many edits. */
  readonly revision?: number | undefined;
}

export interface SubmitRequest {
  readonly user: string;
  readonly viewId: string;
  /** Flat {block_id or action_id: value}, or Slack's nested state. */
  readonly values?: Json | undefined;
}

export interface DeliveryResult {
  readonly ok: true;
  /** False: the user was told that the bot did not answer. */
  readonly delivered: boolean;
  readonly error?: 'operation_timeout' | 'dispatch_failed';
  /** How long the bot took to acknowledge. */
  readonly ms: number;
  /** What Slack itself told the user, if anything. */
  readonly notice?: string;
}

export interface CommandResult extends DeliveryResult {
  /** Set when the text was a message. */
  readonly ts?: string;
}

export type SubmitResult =
  | { readonly closed: true }
  | { readonly errors: Readonly<Record<string, string>> }
  | { readonly updated: View }
  | { readonly pushed: View };

/** What a wrong control request throws; over HTTP it is the status and {error}. */
export class ControlError extends Error {
  readonly status: number;
  constructor(message: string, status = 400) {
    super(message);
    this.name = 'ControlError';
    this.status = status;
  }
}

export interface ShownEvent {
  readonly type: string;
  readonly data: Json;
}

/** A local Slack. */
export interface Slack extends Part {
  readonly url: string;
  /** For `clientOptions.slackApiUrl`. */
  readonly apiUrl: string;
  log(): readonly ApiCall[];
  deliveries(): readonly Delivery[];
  /** Oldest first. Without `thread`: top level. With `user`: what only this user sees, too. */
  messages(channel: string, thread?: string, user?: string): readonly SeenMessage[];
  /** Open modals of a user, the topmost last. */
  views(user: string): readonly View[];
  home(user: string): View | null;
  command(request: CommandRequest): Promise<CommandResult>;
  click(request: ClickRequest): Promise<DeliveryResult>;
  submit(request: SubmitRequest): Promise<SubmitResult>;
  closeView(request: { readonly user: string; readonly viewId: string }): Promise<void>;
  suggest(request: {
    readonly user: string;
    readonly viewId?: string | undefined;
    readonly channel?: string | undefined;
    readonly ts?: string | undefined;
    readonly actionId: string;
    readonly query: string;
  }): Promise<readonly Json[]>;
  /** Calls listener for each thing that happens; returns the end of it. */
  onEvent(listener: (event: ShownEvent) => void): () => void;
  reset(): void;
  /** Sends Slack's URL check; true: the challenge came back. */
  verifyUrl(): Promise<boolean>;
  /** Sends Slack's TLS check; true: answered 200. */
  sslCheck(): Promise<boolean>;

  /** Every Web API call answers 429 for so long; without seconds until null is set. */
  set429(fault: { readonly seconds?: number } | null): void;
  /** What every Web API call and response_url gets. */
  setDown(mode: DownMode): void;
  /** The next n posts are made, and their connection is dropped without an answer. */
  resetAfterPost(count: number): void;
  /** `token_revoked` for every call. */
  revokeToken(isRevoked: boolean): void;
  kick(channel: string, isKicked: boolean): void;
  archive(channel: string, isArchived: boolean): void;
  /** usergroups.* answer `internal_error`. */
  failGroups(isFailing: boolean): void;
  /** `invalid_blocks` for a message that holds one of these block types. */
  rejectBlocks(types: readonly string[]): void;
  /** Takes the metadata of messages and forgets it, as other Slack-compatible servers do. */
  dropMetadata(isDropped: boolean): void;
  /** These methods answer `unknown_method`. */
  unknownMethods(methods: readonly string[]): void;
}
