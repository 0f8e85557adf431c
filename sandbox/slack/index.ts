/** A local Slack: Web API, signed requests to the bot, people who type and click, limits, faults. */

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { typeText } from './commands.ts';
import { handleControl, type Served } from './control.ts';
import { Dispatcher, FORM, JSON_TYPE } from './dispatch.ts';
import { EventStreams } from './events.ts';
import { readBody, refusal, sendJson, serveStatic } from './http.ts';
import { click, suggest } from './interact.ts';
import { handleResponseUrl } from './response-url.ts';
import { PAYLOAD_TOKEN, random, State } from './state.ts';
import { closeByUser, openViews, submit } from './submit.ts';
import { ControlError, type Slack, type SlackOptions } from './types.ts';
import { handleApi, isDown } from './web-api.ts';

export { messageIssues, viewIssues } from './block-limits.ts';
export { textLength } from './block-text.ts';
export { sign, signedHeaders } from './signing.ts';
export * from './types.ts';

async function upload(state: State, id: string, request: IncomingMessage, response: ServerResponse) {
  const file = state.files.get(id);
  const bytes = await readBody(request);
  if (isDown(state, response)) return;
  if (!file) throw new ControlError('no such upload', 404);
  file.isUploaded = true;
  response.writeHead(200, { 'content-type': 'text/plain' });
  response.end(`OK - ${bytes.length}`);
}

async function route(served: Served, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const refused = refusal(request);
  if (refused) throw new ControlError(refused, 403);
  const url = new URL(request.url ?? '/', served.state.url);
  const [, first = '', second = '', third = ''] = url.pathname.split('/');
  if (first === 'api') return handleApi(served.state, second, request, response);
  if (first === 'response') return handleResponseUrl(served.state, third, request, response);
  if (first === 'upload') return upload(served.state, second, request, response);
  if (first === 'control') return handleControl(served, url, request, response);
  return serveStatic(served.state.options.staticDir, url.pathname, response);
}

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

/** Everything but the server's own life. */
function surface(state: State, dispatcher: Dispatcher): Omit<Slack, 'close'> {
  return {
    get url() {
      return state.url;
    },
    get apiUrl() {
      return `${state.url}/api/`;
    },
    log: () => [...state.log],
    deliveries: () => [...state.deliveries],
    messages: (channel, thread, user) => state.messages(channel, thread, user),
    views: (user) => openViews(state, user),
    home: (user) => state.homes.get(user) ?? null,
    command: (request) => typeText(state, dispatcher, request),
    click: (request) => click(state, dispatcher, request),
    submit: (request) => submit(state, dispatcher, request),
    closeView: async ({ user, viewId }) => closeByUser(state, dispatcher, user, viewId),
    suggest: (request) => suggest(state, dispatcher, request),
    onEvent: (listener) => {
      state.events.on('shown', listener);
      return () => state.events.off('shown', listener);
    },
    reset: () => state.reset(),
    verifyUrl: async () => {
      const challenge = random('', 20);
      const body = JSON.stringify({ token: PAYLOAD_TOKEN, challenge, type: 'url_verification' });
      const sent = await dispatcher.send('event', 'url_verification', JSON_TYPE, body);
      return sent.error === null && sent.body.includes(challenge);
    },
    sslCheck: async () => {
      const body = new URLSearchParams({ ssl_check: '1', token: PAYLOAD_TOKEN }).toString();
      return (await dispatcher.send('event', 'ssl_check', FORM, body)).status === 200;
    },
    set429: (fault) => {
      const ms = (fault?.seconds ?? Number.POSITIVE_INFINITY) * 1000;
      state.faults.rateLimitedUntil = fault === null ? 0 : state.now() + ms;
    },
    setDown: (mode) => {
      state.faults.down = mode;
    },
    resetAfterPost: (count) => {
      state.faults.resetsLeft = count;
    },
    revokeToken: (isRevoked) => {
      state.faults.isTokenRevoked = isRevoked;
    },
    kick: (channel, isKicked) => {
      state.needChannel(channel).hasBot = !isKicked;
    },
    archive: (channel, isArchived) => {
      state.needChannel(channel).isArchived = isArchived;
    },
    failGroups: (isFailing) => {
      state.faults.areGroupsFailing = isFailing;
    },
    rejectBlocks: (types) => {
      state.faults.rejectedBlocks = [...types];
    },
    dropMetadata: (isDropped) => {
      state.faults.dropsMetadata = isDropped;
    },
    unknownMethods: (methods) => {
      state.faults.unknownMethods = [...methods];
    },
  };
}

/** Starts a local Slack and resolves once it listens. Rejects when the port is taken. */
export async function startSlack(options: SlackOptions): Promise<Slack> {
  const state = new State(options);
  const dispatcher = new Dispatcher(state);
  const streams = new EventStreams(state);
  let closing: Promise<void> | null = null;
  const server = createServer((request, response) => {
    route(served, request, response).catch((error: unknown) => {
      const isOurs = error instanceof ControlError;
      if (!isOurs) console.error('local Slack:', error);
      const message = error instanceof Error ? error.message : String(error);
      sendJson(response, isOurs ? error.status : 500, { error: message });
    });
  });
  // Longer than a client keeps an idle connection: no reset that Slack would not cause.
  server.keepAliveTimeout = 65_000;
  const close = (): Promise<void> => {
    closing ??= new Promise((resolve) => {
      streams.close();
      dispatcher.close();
      server.close(() => resolve());
      server.closeAllConnections();
    });
    return closing;
  };
  const host = options.host ?? '127.0.0.1';
  await listen(server, options.port ?? 0, host);
  const { port } = server.address() as AddressInfo;
  const name = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host.includes(':') ? `[${host}]` : host;
  state.url = `http://${name}:${port}`;
  const slack: Slack = Object.assign(surface(state, dispatcher), { close });
  const served: Served = { state, slack, streams };
  return slack;
}
