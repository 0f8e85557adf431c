/** /api/<method>: reading arguments, token, faults, limits, then the method's own handler. */

import type { IncomingMessage, ServerResponse } from 'node:http';
import { isObject } from './check.ts';
import { SlackError } from './compose.ts';
import { readBody, sendJson } from './http.ts';
import { chat } from './methods/chat.ts';
import { conversations } from './methods/conversations.ts';
import { files } from './methods/files.ts';
import type { Methods } from './methods/kinds.ts';
import { people } from './methods/people.ts';
import { views } from './methods/views.ts';
import type { State } from './state.ts';
import type { Json } from './types.ts';

const METHODS: Methods = { ...people, ...chat, ...conversations, ...views, ...files };

const TIER_3 = new Set(['chat.update', 'chat.delete', 'conversations.history', 'conversations.replies']);
/** Arguments that are JSON inside a form. */
const JSON_ARGS = ['blocks', 'attachments', 'view', 'metadata', 'files'];

function parsedArgs(text: string, contentType: string): Json {
  if (contentType.includes('application/json')) {
    const body: unknown = text.trim() === '' ? {} : JSON.parse(text);
    if (!isObject(body)) throw new SyntaxError('not an object');
    return body;
  }
  return Object.fromEntries(new URLSearchParams(text));
}

/** Throws SlackError for an argument that is not JSON. */
function unpacked(args: Json): Json {
  const out: Json = { ...args };
  for (const name of JSON_ARGS) {
    const value = out[name];
    if (typeof value !== 'string') continue;
    try {
      out[name] = value === '' ? undefined : JSON.parse(value);
    } catch {
      throw new SlackError(name === 'blocks' ? 'invalid_blocks_format' : 'invalid_arguments', [
        `[ERROR] ${name} is not valid JSON`,
      ]);
    }
  }
  return out;
}

/** Milliseconds that the caller must wait; 0: go on. */
function waitFor(state: State, method: string, args: Json): number {
  const { limits, buckets } = state;
  if (method === 'chat.postMessage') {
    const channel = state.channel(args.channel);
    const key = `chat.postMessage ${channel?.id ?? ''}`;
    return buckets.take(key, limits.postBurst, limits.postIntervalMs);
  }
  const perMinute = TIER_3.has(method) ? limits.tier3PerMinute : limits.otherPerMinute;
  return buckets.take(method, perMinute, 60_000 / perMinute);
}

/** Milliseconds of the 429 fault that are left; 0: none. */
export function limitedFor(state: State): number {
  const left = state.faults.rateLimitedUntil - state.now();
  if (left <= 0) return 0;
  return Number.isFinite(left) ? left : 1000;
}

function tokenError(state: State, request: IncomingMessage, args: Json): string | null {
  const header = /^Bearer\s+(.+)$/i.exec(request.headers.authorization ?? '')?.[1];
  const token = header ?? args.token;
  if (typeof token !== 'string' || token === '') return 'not_authed';
  if (token !== state.options.botToken) return 'invalid_auth';
  return state.faults.isTokenRevoked ? 'token_revoked' : null;
}

interface Answer {
  readonly status: number;
  readonly body: Json;
  readonly headers?: Record<string, string>;
}

const failed = (error: string, messages: readonly string[] = []): Answer => ({
  status: 200,
  body: { ok: false, error, ...(messages.length > 0 ? { response_metadata: { messages } } : {}) },
});
const limited = (waitMs: number): Answer => ({
  status: 429,
  body: { ok: false, error: 'ratelimited' },
  headers: { 'retry-after': String(Math.max(1, Math.ceil(waitMs / 1000))) },
});

async function answer(state: State, method: string, request: IncomingMessage, args: Json): Promise<Answer> {
  const fault = limitedFor(state);
  if (fault > 0) return limited(fault);
  const handler = Object.hasOwn(METHODS, method) ? METHODS[method] : undefined;
  if (!handler || state.faults.unknownMethods.includes(method)) return failed('unknown_method');
  const refused = tokenError(state, request, args);
  if (refused) return failed(refused);
  const wait = waitFor(state, method, args);
  if (wait > 0) return limited(wait);
  try {
    return { status: 200, body: { ok: true, ...(await handler(state, unpacked(args))) } };
  } catch (error) {
    if (error instanceof SlackError) return failed(error.error, error.messages);
    throw error;
  }
}

/** What a fault does to a request before anything else; true: the request is done with. */
export function isDown(state: State, response: ServerResponse): boolean {
  const { down } = state.faults;
  if (down === null) return false;
  if (down === 'refuse') response.destroy();
  if (down === '500') sendJson(response, 500, { ok: false, error: 'internal_error' });
  // 'hang': the caller's own deadline ends it; the server's close() drops what is left.
  return true;
}

const textOr = (value: unknown): string | null => (typeof value === 'string' ? value : null);

export async function handleApi(
  state: State,
  method: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const at = state.now();
  let args: Json = {};
  const record = (status: number, body: Json): void => {
    const error = textOr(body.error);
    state.record({
      at,
      method,
      channel: textOr(body.channel) ?? textOr(args.channel) ?? textOr(args.channel_id),
      ts: textOr(body.ts) ?? textOr(body.message_ts) ?? textOr(args.ts) ?? textOr(args.message_ts),
      ms: Math.max(0, state.now() - at),
      status,
      result: status === 0 ? 'none' : error ? 'error' : 'ok',
      error,
    });
  };
  const text = (await readBody(request)).toString('utf8');
  const mode = state.faults.down;
  try {
    const query = Object.fromEntries(new URL(request.url ?? '/', state.url).searchParams);
    args = { ...query, ...parsedArgs(text, request.headers['content-type'] ?? '') };
  } catch {
    const bad = failed('invalid_json');
    record(bad.status, bad.body);
    sendJson(response, bad.status, bad.body);
    return;
  }
  if (isDown(state, response)) {
    record(mode === '500' ? 500 : 0, { error: mode === '500' ? 'internal_error' : mode });
    return;
  }
  const { status, body, headers } = await answer(state, method, request, args);
  if (method === 'chat.postMessage' && body.ok && state.faults.resetsLeft > 0) {
    state.faults.resetsLeft -= 1;
    record(0, { ...body, error: 'reset' });
    response.destroy();
    return;
  }
  record(status, body);
  sendJson(response, status, body, headers);
}
