import {
  botMessage,
  checkedContent,
  checkedMetadata,
  POST_TEXT,
  SlackError,
  UPDATE_TEXT,
} from '../compose.ts';
import type { Kept, State } from '../state.ts';
import type { Channel, Json, Message } from '../types.ts';
import type { Methods } from './kinds.ts';

export function needChannel(state: State, key: unknown): Channel {
  const channel = state.channel(key);
  if (!channel) throw new SlackError('channel_not_found');
  return channel;
}

/** A channel that the bot may write to. */
export function writable(state: State, key: unknown): Channel {
  const channel = needChannel(state, key);
  if (channel.isArchived) throw new SlackError('is_archived');
  if (!channel.hasBot) throw new SlackError('not_in_channel');
  return channel;
}

function threadOf(state: State, channel: Channel, args: Json): string | undefined {
  if (args.thread_ts === undefined || args.thread_ts === null || args.thread_ts === '') return undefined;
  const parent = state.find(channel.id, args.thread_ts);
  if (!parent || parent.visibleTo !== null) throw new SlackError('thread_not_found');
  return parent.message.thread_ts ?? parent.message.ts;
}

function own(state: State, channel: Channel, ts: unknown, error: string): Kept {
  const kept = state.find(channel.id, ts);
  if (!kept || kept.visibleTo !== null) throw new SlackError('message_not_found');
  if (kept.message.user !== state.world.bot.userId) throw new SlackError(error);
  return kept;
}

/** What stays of a message when text and blocks are replaced. Without blocks, new text drops the old ones. */
export function replaced(
  before: Message,
  args: Json,
  content: { text: string; blocks: Json[] | undefined },
  metadata: Message['metadata'] | null | undefined,
): Message {
  const { blocks: oldBlocks, metadata: oldMetadata, ...rest } = before;
  const hasText = args.text !== undefined && args.text !== null;
  const blocks = content.blocks ?? (hasText ? undefined : oldBlocks);
  const kept = metadata === undefined ? oldMetadata : metadata;
  return {
    ...rest,
    text: hasText ? content.text : before.text,
    ...(blocks && blocks.length > 0 ? { blocks } : {}),
    ...(kept ? { metadata: kept } : {}),
  };
}

function metadataOf(state: State, args: Json): Message['metadata'] | null | undefined {
  const metadata = checkedMetadata(args.metadata);
  return state.faults.dropsMetadata ? undefined : metadata;
}

const withoutMetadata = ({ metadata: _, ...rest }: Message): Json => rest;

export const chat: Methods = {
  'chat.postMessage': (state, args) => {
    const channel = writable(state, args.channel);
    const thread = threadOf(state, channel, args);
    const content = checkedContent(state, args, POST_TEXT);
    const metadata = metadataOf(state, args);
    const message: Message = {
      ...botMessage(state, content),
      ...(thread ? { thread_ts: thread } : {}),
      ...(metadata ? { metadata } : {}),
    };
    state.add(channel.id, message);
    return { channel: channel.id, ts: message.ts, message: { ...message } };
  },
  'chat.update': (state, args) => {
    const channel = writable(state, args.channel);
    const kept = own(state, channel, args.ts, 'cant_update_message');
    const content = checkedContent(state, args, UPDATE_TEXT);
    const metadata = metadataOf(state, args);
    const message: Message = {
      ...replaced(kept.message, args, content, metadata),
      edited: { user: state.world.bot.userId, ts: `${Math.floor(state.now() / 1000)}.000000` },
    };
    state.edit(kept, message);
    return { channel: channel.id, ts: message.ts, text: message.text, message: { ...message } };
  },
  'chat.delete': (state, args) => {
    const channel = writable(state, args.channel);
    const kept = own(state, channel, args.ts, 'cant_delete_message');
    state.remove(kept);
    return { channel: channel.id, ts: kept.message.ts };
  },
  'chat.postEphemeral': (state, args) => {
    const channel = writable(state, args.channel);
    const user = state.user(String(args.user));
    if (!user) throw new SlackError('user_not_in_channel');
    const thread = threadOf(state, channel, args);
    const message: Message = {
      ...botMessage(state, checkedContent(state, args)),
      ...(thread ? { thread_ts: thread } : {}),
    };
    state.add(channel.id, message, user.id);
    return { message_ts: message.ts };
  },
  'chat.getPermalink': (state, args) => {
    const channel = needChannel(state, args.channel);
    const kept = state.find(channel.id, args.message_ts);
    if (!kept || kept.visibleTo !== null) throw new SlackError('message_not_found');
    const { ts, thread_ts } = kept.message;
    const query = thread_ts && thread_ts !== ts ? `?thread_ts=${thread_ts}&cid=${channel.id}` : '';
    return {
      channel: channel.id,
      permalink: `${state.url}/archives/${channel.id}/p${ts.replace('.', '')}${query}`,
    };
  },
};

/** A message as history shows it. */
export const shownMessage = (message: Message, hasMetadata: boolean): Json =>
  hasMetadata ? { ...message } : withoutMetadata(message);
