import type { KnownBlock } from '@slack/types';

/** A rendered message. `text` is the whole fallback; `blocks` the card; `classic` the same without newer blocks. */
export interface Message {
  readonly text: string;
  readonly blocks: readonly KnownBlock[];
  readonly classic: readonly KnownBlock[];
}

/** Where Slack posts go. Throws DabbawalaError `slack_unavailable` with data {slackError, retryAfterMs?, isOutcomeUnknown}. */
export interface Chat {
  /** Posts a message; `dedupId` goes into metadata and the first block's block_id. Returns its ts. */
  post(channel: string, message: Message, dedupId: string, threadTs?: string): Promise<string>;
  /** Edits in place. Returns false when the message is gone. */
  update(channel: string, ts: string, message: Message, dedupId: string): Promise<boolean>;
  /** Looks for a message of ours by dedup id in channel or thread (newest 100); null: not there. */
  find(channel: string, dedupId: string, threadTs?: string): Promise<string | null>;
  permalink(channel: string, ts: string): Promise<string | null>;
  /** The dedup id that the message carries; null: it is gone, or none of ours. */
  dedupIdAt(channel: string, ts: string): Promise<string | null>;
}

/** The words of a person who named the bot in a message. */
export interface Mention {
  readonly userId: string;
  readonly team: string | null;
  readonly channel: string;
  /** null: not in a thread. */
  readonly threadTs: string | null;
  /** What follows the bot's name. */
  readonly text: string;
}

/** Files of ours in a thread. Throws as Chat does. */
export interface Attachments {
  attach(
    channel: string,
    threadTs: string,
    file: { readonly name: string; readonly title: string; readonly content: string },
  ): Promise<void>;
}

/** Answers that one person alone sees, where nothing came along that could be answered. Throws as Chat does. */
export interface Whispers {
  whisper(
    place: { readonly userId: string; readonly channel: string; readonly threadTs: string | null },
    message: Message,
  ): Promise<void>;
}

/** People. Throws `groups_unavailable` when Slack cannot say. */
export interface Directory {
  /** Single flight per group; an answer is valid 5 s. */
  members(groupId: string): Promise<readonly string[]>;
  /** Name and e-mail of a user id; nulls when Slack hides them. */
  person(
    userId: string,
  ): Promise<{ readonly name: string | null; readonly email: string | null; readonly isBot: boolean }>;
}
