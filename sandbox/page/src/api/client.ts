import type { FaultRequest } from '../../../contract.ts';
import type { Dict, LogEntry, Message, Option, View } from './types.ts';

/** A refusal of the control API, in words that can be shown. */
export class ControlError extends Error {
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

const PLAIN: Readonly<Record<string, string>> = {
  dispatch_failed: 'the bot could not be reached',
  operation_timeout: 'the bot did not answer within 3 seconds',
  dispatch_unknown_command: 'no app answers to this command',
  unknown_command: 'no app answers to this command',
  trigger_expired: 'the bot took longer than 3 seconds to open its form',
  not_in_channel: 'the bot is not in this channel',
};

export const inPlainWords = (code: string): string =>
  PLAIN[code] ? `${PLAIN[code]} (${code})` : code.replaceAll('_', ' ');

async function call(path: string, init?: RequestInit): Promise<unknown> {
  let answer: Response;
  try {
    answer = await fetch(path, init);
  } catch {
    throw new ControlError('unreachable', 'The sandbox does not answer. Is `npm run demo` still running?');
  }
  const text = await answer.text();
  let body: unknown = null;
  try {
    body = text === '' ? null : JSON.parse(text);
  } catch {
    throw new ControlError('not_json', `The sandbox answered ${answer.status} without JSON`);
  }
  const failed = body as { ok?: unknown; error?: unknown; message?: unknown } | null;
  if (!answer.ok || failed?.ok === false) {
    const code = String(failed?.error ?? failed?.message ?? `http_${answer.status}`);
    throw new ControlError(code, inPlainWords(code));
  }
  return body;
}

const query = (params: Dict): string => {
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(params)) if (value !== undefined) search.set(key, String(value));
  return search.toString();
};

const post = (path: string, body: object): Promise<unknown> =>
  call(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });

/** The list itself, or the first list inside an envelope such as {ok, messages: []}. */
export function listOf<T>(body: unknown, key: string): readonly T[] {
  if (Array.isArray(body)) return body as T[];
  const inner = (body as Dict | null)?.[key];
  return Array.isArray(inner) ? (inner as T[]) : [];
}

export interface ClickTarget {
  readonly user: string;
  readonly actionId: string;
  readonly value?: unknown;
  readonly channel?: string;
  readonly ts?: string;
  readonly viewId?: string;
  readonly blockId?: string;
  readonly revision?: number;
}

export type Submitted = { readonly errors: Readonly<Record<string, string>> };

export const control = {
  command: (body: { user: string; channel: string; text: string; thread?: string }) =>
    post('/control/command', body),
  /** `notice`: what the person is told when the bot did not answer. */
  async click(body: ClickTarget): Promise<{ notice: string | null }> {
    const answer = (await post('/control/click', body)) as Dict | null;
    return { notice: typeof answer?.notice === 'string' ? answer.notice : null };
  },
  async submit(body: { user: string; viewId: string; values: Dict }): Promise<Submitted> {
    const answer = (await post('/control/submit', body)) as Dict | null;
    return { errors: (answer?.errors as Record<string, string> | undefined) ?? {} };
  },
  close: (body: { user: string; viewId: string }) => post('/control/close', body),
  messages: async (params: { channel: string; user: string; thread?: string }) =>
    listOf<Message>(await call(`/control/messages?${query(params)}`), 'messages'),
  views: async (user: string) => listOf<View>(await call(`/control/views?${query({ user })}`), 'views'),
  async suggest(params: {
    user: string;
    viewId: string;
    actionId: string;
    query: string;
  }): Promise<readonly Option[]> {
    const body = (await call(`/control/suggest?${query(params)}`)) as Dict | null;
    const groups = listOf<{ options: readonly Option[] }>(body?.option_groups ?? null, 'option_groups');
    return groups.length > 0 ? groups.flatMap((group) => group.options) : listOf<Option>(body, 'options');
  },
  fault: (body: FaultRequest) => post('/control/fault', body),
  reset: () => post('/control/reset', {}),
  world: () => call('/control/world'),
  cluster: (path: string) => call(`/control/cluster${path}`),
  log: async () => {
    const body = await call('/control/log');
    const calls = listOf<LogEntry>(body, 'log');
    return calls.length > 0 ? calls : listOf<LogEntry>(body, 'calls');
  },
};
