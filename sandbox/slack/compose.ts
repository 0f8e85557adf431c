/** What a message or a view must be like before Slack takes it. */

import { messageIssues, viewIssues } from './block-limits.ts';
import { blockTypes, MESSAGE_CHARACTERS, textLength, worded } from './block-text.ts';
import { stateOf, type Values, withIds } from './blocks.ts';
import { isObject } from './check.ts';
import { APP_ID, random, type State } from './state.ts';
import type { Json, Message, View } from './types.ts';

/** Slack's answer {ok: false, error}. */
export class SlackError extends Error {
  readonly error: string;
  readonly messages: readonly string[];
  constructor(error: string, messages: readonly string[] = []) {
    super(messages.length > 0 ? `${error}: ${messages.join('; ')}` : error);
    this.name = 'SlackError';
    this.error = error;
    this.messages = messages;
  }
}

export const POST_TEXT = 40_000;
export const UPDATE_TEXT = 4_000;

/** Blocks as Slack keeps them; undefined when none were sent. Throws SlackError. */
export function checkedBlocks(state: State, blocks: unknown): Json[] | undefined {
  if (blocks === undefined || blocks === null) return undefined;
  if (!Array.isArray(blocks)) throw new SlackError('invalid_blocks_format');
  const refused = blockTypes(blocks.filter(isObject)).find((type) =>
    state.faults.rejectedBlocks.includes(type),
  );
  const issues = messageIssues(blocks);
  if (refused) issues.unshift({ path: '/blocks', message: `unsupported type: ${refused}` });
  if (issues.length > 0) throw new SlackError('invalid_blocks', worded(issues));
  const total = textLength(blocks);
  if (total > MESSAGE_CHARACTERS)
    throw new SlackError('msg_blocks_too_long', [
      `[ERROR] text of all blocks must be less than ${MESSAGE_CHARACTERS + 1} characters, is ${total} [json-pointer:/blocks]`,
    ]);
  return withIds(blocks as Json[]);
}

/** Text and blocks of a message to be. Throws SlackError. */
export function checkedContent(
  state: State,
  args: Json,
  maxText = POST_TEXT,
): { text: string; blocks: Json[] | undefined } {
  const blocks = checkedBlocks(state, args.blocks);
  const text = args.text === undefined || args.text === null ? '' : String(args.text);
  if (text.length > maxText) throw new SlackError('msg_too_long');
  const hasMore =
    (blocks && blocks.length > 0) || (Array.isArray(args.attachments) && args.attachments.length > 0);
  if (text.trim() === '' && !hasMore) throw new SlackError('no_text');
  return { text, blocks };
}

/** metadata of a message; undefined when none was sent, null when it is to be taken away. */
export function checkedMetadata(metadata: unknown): Message['metadata'] | null | undefined {
  if (metadata === undefined) return undefined;
  if (metadata === null || (isObject(metadata) && Object.keys(metadata).length === 0)) return null;
  if (!isObject(metadata)) throw new SlackError('invalid_metadata_format');
  const { event_type, event_payload } = metadata;
  if (typeof event_type !== 'string' || event_type === '' || !isObject(event_payload))
    throw new SlackError('invalid_metadata_schema', [
      '[ERROR] metadata needs event_type and event_payload [json-pointer:/metadata]',
    ]);
  return { event_type, event_payload };
}

export function botMessage(state: State, content: { text: string; blocks: Json[] | undefined }): Message {
  return {
    type: 'message',
    user: state.world.bot.userId,
    bot_id: state.world.bot.botId,
    app_id: APP_ID,
    team: state.world.team.id,
    ts: state.nextTs(),
    text: content.text,
    ...(content.blocks ? { blocks: content.blocks } : {}),
  };
}

/** What only the user sees, from Slack itself. */
export function notice(state: State, channel: string, user: string, text: string, thread?: string): void {
  const message: Message = {
    type: 'message',
    user: 'USLACKBOT',
    username: 'Slackbot',
    team: state.world.team.id,
    ts: state.nextTs(),
    text,
    ...(thread ? { thread_ts: thread } : {}),
  };
  state.add(channel, message, user);
}

/** A view as Slack keeps it. Throws SlackError. */
export function checkedView(sent: unknown): Json & { blocks: Json[] } {
  if (!isObject(sent)) throw new SlackError('invalid_arguments', ['[ERROR] missing required field: view']);
  const issues = viewIssues(sent);
  if (issues.length > 0) throw new SlackError('invalid_arguments', worded(issues));
  return { ...sent, blocks: withIds(sent.blocks as Json[]) };
}

export const newHash = (state: State): string => `${Math.floor(state.now() / 1000)}.${random('', 8)}`;

/** A stored view from a checked one. `before` is the one it replaces. */
export function storedView(
  state: State,
  sent: Json & { blocks: Json[] },
  before?: View,
  place: { root?: string; previous?: string } = {},
): View {
  const id = before?.id ?? random('V', 10);
  const { bot, team } = state.world;
  const values: Values = stateOf(sent.blocks, before?.state.values);
  return {
    title: null,
    submit: null,
    close: null,
    clear_on_close: false,
    notify_on_close: false,
    submit_disabled: false,
    external_id: '',
    ...sent,
    id,
    team_id: team.id,
    type: sent.type as View['type'],
    callback_id: String(sent.callback_id ?? ''),
    private_metadata: String(sent.private_metadata ?? ''),
    blocks: sent.blocks,
    state: { values },
    hash: newHash(state),
    root_view_id: before?.root_view_id ?? place.root ?? id,
    previous_view_id: before?.previous_view_id ?? place.previous ?? null,
    app_id: APP_ID,
    app_installed_team_id: team.id,
    bot_id: bot.botId,
  };
}
