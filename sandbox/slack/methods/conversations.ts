import { SlackError } from '../compose.ts';
import type { State } from '../state.ts';
import type { Channel, Json, Message } from '../types.ts';
import { needChannel, shownMessage } from './chat.ts';
import type { Methods } from './kinds.ts';

export const isYes = (value: unknown): boolean =>
  value === true || value === 'true' || value === '1' || value === 1;

export const limitOf = (value: unknown, fallback = 100, max = 999): number => {
  const limit = Number(value ?? fallback);
  return Number.isFinite(limit) && limit >= 1 ? Math.min(Math.floor(limit), max) : fallback;
};

function readable(state: State, key: unknown): Channel {
  const channel = needChannel(state, key);
  if (!channel.hasBot) throw new SlackError('not_in_channel');
  return channel;
}

/** Compares as numbers of microseconds: a ts has more digits than a double keeps. */
const order = (ts: string): bigint => {
  const [seconds = '0', micros = '0'] = ts.split('.');
  return BigInt(seconds) * 1_000_000n + BigInt(micros.padEnd(6, '0').slice(0, 6));
};

function inRange(args: Json, message: Message): boolean {
  const at = order(message.ts);
  const isInclusive = isYes(args.inclusive);
  for (const [name, sign] of [
    ['oldest', 1n],
    ['latest', -1n],
  ] as const) {
    const bound = args[name];
    if (bound === undefined || bound === null || bound === '' || bound === '0') continue;
    if (!/^\d+(\.\d+)?$/.test(String(bound)))
      throw new SlackError(name === 'oldest' ? 'invalid_ts_oldest' : 'invalid_ts_latest');
    const distance = (at - order(String(bound))) * sign;
    if (isInclusive ? distance < 0n : distance <= 0n) return false;
  }
  return true;
}

function page(all: readonly Message[], args: Json): Json {
  const limit = limitOf(args.limit);
  const start = args.cursor ? Number(Buffer.from(String(args.cursor), 'base64').toString().slice(5)) : 0;
  if (!Number.isInteger(start) || start < 0) throw new SlackError('invalid_cursor');
  const next = start + limit < all.length ? Buffer.from(`next:${start + limit}`).toString('base64') : '';
  const hasMetadata = isYes(args.include_all_metadata);
  return {
    messages: all.slice(start, start + limit).map((each) => shownMessage(each, hasMetadata)),
    has_more: next !== '',
    response_metadata: { next_cursor: next },
  };
}

const described = (channel: Channel): Json => ({
  id: channel.id,
  name: channel.name,
  is_channel: !channel.im,
  is_group: false,
  is_im: channel.im !== undefined,
  is_private: channel.im !== undefined,
  is_archived: channel.isArchived,
  is_member: channel.hasBot,
  ...(channel.im ? { user: channel.im } : {}),
});

export const conversations: Methods = {
  'conversations.history': (state, args) => {
    const channel = readable(state, args.channel);
    const all = state
      .public(channel.id)
      .filter((each) => !each.thread_ts || each.thread_ts === each.ts)
      .filter((each) => inRange(args, each))
      .reverse();
    return page(all, args);
  },
  'conversations.replies': (state, args) => {
    const channel = readable(state, args.channel);
    const found = state.find(channel.id, args.ts);
    if (!found || found.visibleTo !== null) throw new SlackError('thread_not_found');
    const parentTs = found.message.thread_ts ?? found.message.ts;
    const all = state
      .public(channel.id)
      .filter((each) => each.ts === parentTs || (each.thread_ts === parentTs && inRange(args, each)));
    return page(all, args);
  },
  'conversations.info': (state, args) => ({ channel: described(needChannel(state, args.channel)) }),
  'conversations.list': (state) => ({
    channels: [...state.channels.values()].filter((each) => !each.im).map(described),
    response_metadata: { next_cursor: '' },
  }),
  'conversations.members': (state, args) => {
    const channel = needChannel(state, args.channel);
    const members = channel.im ? [channel.im] : state.world.users.map((each) => each.id);
    return {
      members: channel.hasBot ? [...members, state.world.bot.userId] : members,
      response_metadata: { next_cursor: '' },
    };
  },
  'conversations.open': (state, args) => {
    const channel = state.channel(String(args.users ?? args.channel ?? ''));
    if (!channel?.im) throw new SlackError('user_not_found');
    return { channel: described(channel) };
  },
};
