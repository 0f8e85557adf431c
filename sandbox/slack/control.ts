/** /control/…: the JSON API that a page, a script or a test drives this Slack with. */

import type { IncomingMessage, ServerResponse } from 'node:http';
import { FAULT_KINDS, type FaultRequest } from '../contract.ts';
import type { EventStreams } from './events.ts';
import { jsonBody, sendJson } from './http.ts';
import type { State } from './state.ts';
import {
  type ClickRequest,
  type CommandRequest,
  ControlError,
  type Json,
  type Slack,
  type SubmitRequest,
} from './types.ts';
import { limitedFor } from './web-api.ts';

const FAULT_SECONDS = 30;

export interface Served {
  readonly state: State;
  readonly slack: Slack;
  readonly streams: EventStreams;
}
type Handler = (served: Served, input: Json) => Promise<unknown> | unknown;

const needText = (input: Json, name: string): string => {
  const value = input[name];
  if (typeof value !== 'string' || value === '') throw new ControlError(`${name} is missing`);
  return value;
};

async function fault({ state, slack }: Served, input: Json): Promise<unknown> {
  const named = needText(input, 'kind');
  const kind = FAULT_KINDS.find((one) => one === named);
  if (!kind) throw new ControlError(`unknown kind ${named}; known: ${FAULT_KINDS.join(', ')}`);
  const request = { ...input, kind } as FaultRequest;
  let answer: unknown;
  if (kind === 'slack429') {
    const seconds = Number(request.seconds ?? FAULT_SECONDS);
    if (!(seconds > 0)) throw new ControlError('seconds must be above 0');
    slack.set429(request.off ? null : { seconds });
    answer = request.off ? {} : { seconds };
  } else if (state.options.onFault) answer = await state.options.onFault(request);
  else throw new ControlError(`no world is attached: ${kind} cannot be done here, only slack429`);
  state.show('fault', { ...request });
  return { ok: true, ...(typeof answer === 'object' && answer !== null ? answer : {}) };
}

async function world({ state }: Served): Promise<unknown> {
  const { team, bot, users, groups } = state.world;
  const { rateLimitedUntil: _, ...faults } = state.faults;
  return {
    team,
    bot,
    users,
    groups,
    channels: [...state.channels.values()],
    commands: state.options.commands ?? null,
    slack: { ...faults, rateLimitedForMs: limitedFor(state) },
    ...(state.options.extra ? await state.options.extra() : {}),
  };
}

const GET: Readonly<Record<string, Handler>> = {
  messages: ({ state, slack }, input) => {
    if (input.user !== undefined) state.needUser(input.user);
    const [thread, user] = [input.thread as string | undefined, input.user as string | undefined];
    return { messages: slack.messages(needText(input, 'channel'), thread, user) };
  },
  views: ({ state, slack }, input) => {
    const { id } = state.needUser(input.user);
    return { views: slack.views(id), home: slack.home(id) };
  },
  log: ({ slack }, input) => {
    const since = Number(input.since ?? 0);
    return {
      calls: slack
        .log()
        .filter((each) => each.at >= since && (!input.method || each.method === input.method)),
      deliveries: slack.deliveries().filter((each) => each.at >= since),
    };
  },
  world,
  suggest: async ({ slack }, input) => ({
    options: await slack.suggest({
      user: needText(input, 'user'),
      ...(input.viewId ? { viewId: String(input.viewId) } : {}),
      ...(input.channel ? { channel: String(input.channel) } : {}),
      ...(input.ts ? { ts: String(input.ts) } : {}),
      actionId: needText(input, 'actionId'),
      query: String(input.query ?? ''),
    }),
  }),
};

const POST: Readonly<Record<string, Handler>> = {
  command: ({ slack }, input) => slack.command(input as unknown as CommandRequest),
  click: ({ slack }, input) => slack.click(input as unknown as ClickRequest),
  submit: ({ slack }, input) => slack.submit(input as unknown as SubmitRequest),
  close: async ({ slack }, input) => {
    await slack.closeView({ user: needText(input, 'user'), viewId: needText(input, 'viewId') });
    return { closed: true };
  },
  fault,
  reset: async ({ state, slack }) => {
    await state.options.onReset?.();
    slack.reset();
    return { ok: true };
  },
};

async function cluster(state: State, url: URL, response: ServerResponse): Promise<void> {
  if (!state.options.cluster) throw new ControlError('no cluster is attached', 404);
  const path = url.pathname.slice('/control/cluster'.length) || '/';
  const { status, body } = await state.options.cluster(path + url.search);
  sendJson(response, status, body);
}

export async function handleControl(
  served: Served,
  url: URL,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const name = url.pathname.slice('/control/'.length);
  const method = request.method ?? 'GET';
  if (method === 'GET' && name === 'events') {
    served.streams.add(response, url.searchParams.get('user'));
    return;
  }
  if (method === 'GET' && (name === 'cluster' || name.startsWith('cluster/')))
    return cluster(served.state, url, response);
  const table = method === 'GET' ? GET : method === 'POST' ? POST : {};
  const handler = Object.hasOwn(table, name) ? table[name] : undefined;
  if (!handler) {
    const known = [
      ...Object.keys(POST).map((each) => `POST ${each}`),
      ...[...Object.keys(GET), 'events', 'cluster/<path>'].map((each) => `GET ${each}`),
    ];
    throw new ControlError(`no control call ${method} ${name}; there are: ${known.join(', ')}`, 404);
  }
  const input = method === 'GET' ? Object.fromEntries(url.searchParams) : await jsonBody(request);
  sendJson(response, 200, await handler(served, input));
}
