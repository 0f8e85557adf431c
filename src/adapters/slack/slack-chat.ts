import type { KnownBlock } from '@slack/types';
import type { Attachments, Chat, Message, Whispers } from '../../ports/chat.ts';
import type { SlackClients } from './clients.ts';
import { readFault, slackUnavailable } from './web-errors.ts';

const REFUSED_BLOCKS = new Set([
  'invalid_blocks',
  'invalid_blocks_format',
  'msg_blocks_too_long',
  'unsupported_block_type',
]);
const GONE = new Set(['message_not_found', 'cant_update_message', 'cant_update', 'edit_window_closed']);
const THREAD_GONE = new Set(['thread_not_found', 'message_not_found']);
const LOOK_BACK = 100;
/** A message whose blocks were refused is not tried in them again for so long: a refused call costs budget too. */
const CLASSIC_FOR_MS = 600_000;
const MOST_REMEMBERED = 1000;

/** The dedup id twice: in metadata, and in the first block's id for servers that drop metadata. */
const body = (message: Message, blocks: readonly KnownBlock[], dedupId: string) => {
  const [first, ...rest] = blocks;
  return {
    text: message.text,
    blocks: first === undefined ? [] : [{ ...first, block_id: dedupId }, ...rest],
    metadata: { event_type: 'dabbawala', event_payload: { dedup_id: dedupId } },
  };
};

interface FoundMessage {
  readonly ts?: string | undefined;
  readonly metadata?: { readonly event_payload?: object | undefined } | undefined;
  readonly blocks?: readonly { readonly block_id?: string | undefined }[] | undefined;
}

const inMetadata = (message: FoundMessage): unknown =>
  (message.metadata?.event_payload as { dedup_id?: unknown } | undefined)?.dedup_id;

const carries = (message: FoundMessage, dedupId: string): boolean =>
  inMetadata(message) === dedupId || message.blocks?.[0]?.block_id === dedupId;

export class SlackChat implements Chat, Whispers, Attachments {
  readonly #clients: SlackClients;
  readonly #now: () => number;
  /** By dedup id. */
  readonly #classicUntil = new Map<string, number>();

  constructor(clients: SlackClients, now: () => number = () => performance.now()) {
    this.#clients = clients;
    this.#now = now;
  }

  async post(channel: string, message: Message, dedupId: string, threadTs?: string): Promise<string> {
    const send = async (blocks: readonly KnownBlock[]): Promise<string> => {
      const answer = await this.#clients.write.chat.postMessage({
        channel,
        ...body(message, blocks, dedupId),
        ...(threadTs === undefined ? {} : { thread_ts: threadTs }),
        unfurl_links: false,
        unfurl_media: false,
      });
      return answer.ts ?? '';
    };
    return this.#withClassic('chat.postMessage', message, dedupId, send);
  }

  async update(channel: string, ts: string, message: Message, dedupId: string): Promise<boolean> {
    const send = async (blocks: readonly KnownBlock[]): Promise<boolean> => {
      await this.#clients.write.chat.update({ channel, ts, ...body(message, blocks, dedupId) });
      return true;
    };
    try {
      return await this.#withClassic('chat.update', message, dedupId, send);
    } catch (error) {
      const cause = error instanceof Error ? error.cause : null;
      if (GONE.has(readFault(cause).slackError)) return false;
      throw error;
    }
  }

  async find(channel: string, dedupId: string, threadTs?: string): Promise<string | null> {
    const method = threadTs === undefined ? 'conversations.history' : 'conversations.replies';
    try {
      const answer =
        threadTs === undefined
          ? await this.#clients.read.conversations.history({
              channel,
              limit: LOOK_BACK,
              include_all_metadata: true,
            })
          : await this.#clients.read.conversations.replies({
              channel,
              ts: threadTs,
              limit: LOOK_BACK,
              include_all_metadata: true,
            });
      const messages = (answer.messages ?? []) as readonly FoundMessage[];
      return messages.find((message) => carries(message, dedupId))?.ts ?? null;
    } catch (error) {
      throw slackUnavailable(method, error);
    }
  }

  async permalink(channel: string, ts: string): Promise<string | null> {
    try {
      const answer = await this.#clients.read.chat.getPermalink({ channel, message_ts: ts });
      return answer.permalink ?? null;
    } catch (error) {
      if (readFault(error).slackError === 'message_not_found') return null;
      throw slackUnavailable('chat.getPermalink', error);
    }
  }

  async dedupIdAt(channel: string, ts: string): Promise<string | null> {
    try {
      const answer = await this.#clients.read.conversations.replies({
        channel,
        ts,
        limit: 1,
        include_all_metadata: true,
      });
      const message = (answer.messages as readonly FoundMessage[] | undefined)?.find((one) => one.ts === ts);
      if (!message) return null;
      const id = inMetadata(message);
      return typeof id === 'string' ? id : (message.blocks?.[0]?.block_id ?? null);
    } catch (error) {
      if (THREAD_GONE.has(readFault(error).slackError)) return null;
      throw slackUnavailable('conversations.replies', error);
    }
  }

  /** A server that does not know ephemeral messages gets no public answer instead: what it says is meant for one person. */
  async whisper(
    place: { readonly userId: string; readonly channel: string; readonly threadTs: string | null },
    message: Message,
  ): Promise<void> {
    try {
      await this.#clients.write.chat.postEphemeral({
        channel: place.channel,
        user: place.userId,
        ...(place.threadTs === null ? {} : { thread_ts: place.threadTs }),
        text: message.text,
        blocks: [...message.classic],
      });
    } catch (error) {
      throw slackUnavailable('chat.postEphemeral', error);
    }
  }

  /** Three calls: an address, the content, its place. A file that never got its place is seen by nobody. */
  async attach(...[channel, threadTs, file]: Parameters<Attachments['attach']>): Promise<void> {
    try {
      await this.#clients.write.files.uploadV2({
        ...{ channel_id: channel, thread_ts: threadTs },
        ...{ filename: file.name, title: file.title, content: file.content },
      });
    } catch (error) {
      throw slackUnavailable('files.uploadV2', error);
    }
  }

  /** Blocks that the server refuses are sent again at once in their classic form. */
  async #withClassic<T>(
    method: string,
    message: Message,
    dedupId: string,
    send: (blocks: readonly KnownBlock[]) => Promise<T>,
  ): Promise<T> {
    try {
      if ((this.#classicUntil.get(dedupId) ?? 0) <= this.#now()) return await send(message.blocks);
    } catch (error) {
      if (!REFUSED_BLOCKS.has(readFault(error).slackError)) throw slackUnavailable(method, error);
      if (this.#classicUntil.size >= MOST_REMEMBERED) this.#classicUntil.clear();
      this.#classicUntil.set(dedupId, this.#now() + CLASSIC_FOR_MS);
    }
    try {
      return await send(message.classic);
    } catch (error) {
      throw slackUnavailable(method, error);
    }
  }
}
