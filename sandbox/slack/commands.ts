/** Text typed into the box of a channel. */

import { isObject } from './check.ts';
import { notice, SlackError } from './compose.ts';
import { type Dispatcher, FORM, type Sent } from './dispatch.ts';
import { appMention, slashCommand } from './payloads.ts';
import { reply } from './response-url.ts';
import { random, type State } from './state.ts';
import { asSent } from './typed.ts';
import {
  type Channel,
  type CommandRequest,
  type CommandResult,
  ControlError,
  type Json,
  type Message,
} from './types.ts';

/** The acknowledgement of a command as a message; null: empty. */
function ackBody(text: string): Json | null {
  const trimmed = text.trim();
  if (trimmed === '') return null;
  try {
    const parsed: unknown = JSON.parse(trimmed);
    return isObject(parsed) ? (Object.keys(parsed).length > 0 ? parsed : null) : { text: trimmed };
  } catch {
    return { text: trimmed };
  }
}

export const failure = (what: string, error: string): string => `${what} failed with the error "${error}"`;

function refused(state: State, request: CommandRequest, channel: Channel, text: string): CommandResult {
  notice(state, channel.id, request.user, text, request.thread);
  return { ok: true, delivered: false, ms: 0, notice: text };
}

async function slash(
  state: State,
  dispatcher: Dispatcher,
  request: CommandRequest,
  channel: Channel,
): Promise<CommandResult> {
  const [, command = '/', rest = ''] = /^(\/\S*)\s*([\s\S]*)$/.exec(request.text.trimEnd()) ?? [];
  if (request.thread)
    return refused(state, request, channel, `${command} is not supported in threads. Sorry!`);
  const { commands } = state.options;
  if (command === '/' || (commands && !commands.includes(command)))
    return refused(
      state,
      request,
      channel,
      `${command} is not a valid command. In Slack, all messages that start with the “/” character are interpreted as commands.`,
    );
  const fields = slashCommand(state, {
    user: request.user,
    channel,
    command,
    text: asSent(state, rest, true),
  });
  state.show('typing', { channel: channel.id, user: state.world.bot.userId });
  const sent: Sent = await dispatcher.send('command', command, FORM, new URLSearchParams(fields).toString());
  if (sent.error) {
    const told = failure(command, sent.error);
    notice(state, channel.id, request.user, told);
    return { ok: true, delivered: false, error: sent.error, ms: sent.ms, notice: told };
  }
  const body = ackBody(sent.body);
  if (body) {
    try {
      reply(state, { channel: channel.id, user: request.user }, body);
    } catch (error) {
      if (!(error instanceof SlackError)) throw error;
      const told = failure(command, error.message);
      notice(state, channel.id, request.user, told);
      return { ok: true, delivered: true, ms: sent.ms, notice: told };
    }
  }
  return { ok: true, delivered: true, ms: sent.ms };
}

/** A person writes a message; one that mentions the bot becomes an event. */
function write(
  state: State,
  dispatcher: Dispatcher,
  request: CommandRequest,
  channel: Channel,
): CommandResult {
  const parent = request.thread === undefined ? null : state.find(channel.id, request.thread);
  if (request.thread !== undefined && !parent)
    throw new ControlError(`no message ${request.thread} in ${channel.id} to answer to`);
  const text = asSent(state, request.text, false);
  const thread = parent ? (parent.message.thread_ts ?? parent.message.ts) : undefined;
  const message: Message = {
    type: 'message',
    user: request.user,
    team: state.world.team.id,
    ts: state.nextTs(),
    text,
    blocks: [
      {
        type: 'rich_text',
        block_id: random('', 5),
        elements: [{ type: 'rich_text_section', elements: [{ type: 'text', text: request.text }] }],
      },
    ],
    ...(thread ? { thread_ts: thread } : {}),
  };
  state.add(channel.id, message);
  const isMention = new RegExp(`<@${state.world.bot.userId}(\\|[^>]*)?>`).test(text);
  const isDelivered = isMention && channel.hasBot && !channel.im;
  if (isDelivered) void dispatcher.event('app_mention', appMention(state, channel, message));
  return { ok: true, delivered: isDelivered, ms: 0, ts: message.ts };
}

export async function typeText(
  state: State,
  dispatcher: Dispatcher,
  request: CommandRequest,
): Promise<CommandResult> {
  state.needUser(request.user);
  const channel = state.needChannel(request.channel);
  if (typeof request.text !== 'string' || request.text.trim() === '')
    throw new ControlError('text is missing: what the user types');
  return request.text.startsWith('/')
    ? slash(state, dispatcher, request, channel)
    : write(state, dispatcher, request, channel);
}
