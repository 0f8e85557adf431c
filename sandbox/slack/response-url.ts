/** POST to a response_url: 5 uses within 30 minutes. */

import type { IncomingMessage, ServerResponse } from 'node:http';
import { botMessage, checkedContent, SlackError } from './compose.ts';
import { jsonBody, sendJson } from './http.ts';
import { replaced } from './methods/chat.ts';
import { isYes } from './methods/conversations.ts';
import type { Kept, ResponseUrl, State } from './state.ts';
import type { Json, Message } from './types.ts';
import { isDown } from './web-api.ts';

/** A reply outside the channel's own posts: the bot need not be a member. Throws SlackError. */
export function reply(
  state: State,
  place: { channel: string; user: string; thread?: string | undefined },
  body: Json,
): Kept {
  const message: Message = {
    ...botMessage(state, checkedContent(state, body)),
    ...(place.thread ? { thread_ts: place.thread } : {}),
  };
  return state.add(place.channel, message, body.response_type === 'in_channel' ? null : place.user);
}

/** The original as it is now; null: it is gone, or there never was one. */
const current = (state: State, url: ResponseUrl): Kept | null =>
  url.original && state.kept.includes(url.original) ? url.original : null;

function use(state: State, url: ResponseUrl, body: Json): string | null {
  const original = current(state, url);
  if (isYes(body.delete_original)) {
    if (!original) throw new SlackError('message_not_found');
    state.remove(original);
    return original.message.ts;
  }
  if (isYes(body.replace_original) && original) {
    const content = checkedContent(state, body);
    state.edit(original, replaced(original.message, body, content, undefined));
    return original.message.ts;
  }
  const thread =
    typeof body.thread_ts === 'string'
      ? body.thread_ts
      : original && original.message.thread_ts !== original.message.ts
        ? original.message.thread_ts
        : undefined;
  return reply(state, { channel: url.channel, user: url.user, thread }, body).message.ts;
}

export async function handleResponseUrl(
  state: State,
  id: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const at = state.now();
  const url = state.responseUrls.get(id);
  const done = (status: number, error: string | null, ts: string | null, extra: Json = {}): void => {
    const result = status === 0 ? 'none' : error ? 'error' : 'ok';
    const ms = Math.max(0, state.now() - at);
    state.record({
      at,
      method: 'response_url',
      channel: url?.channel ?? null,
      ts,
      ms,
      status,
      result,
      error,
    });
    if (status === 0) return;
    sendJson(response, status, { ok: error === null, ...(error ? { error } : {}), ...extra });
  };
  const body = await jsonBody(request);
  const mode = state.faults.down;
  if (isDown(state, response)) return done(mode === '500' ? 500 : 0, mode, null);
  if (!url) return done(404, 'no_such_url', null);
  if (state.now() > url.expiresAt) return done(404, 'expired_url', null);
  if (url.uses >= state.limits.responseUrlUses) return done(404, 'used_url', null);
  url.uses += 1;
  try {
    return done(200, null, use(state, url, body));
  } catch (error) {
    if (!(error instanceof SlackError)) throw error;
    const messages = error.messages.length > 0 ? { response_metadata: { messages: error.messages } } : {};
    return done(400, error.error, null, messages);
  }
}
