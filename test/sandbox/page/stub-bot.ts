import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DEPLOY_MODAL, type Json } from './fixtures.ts';

const TAGS = ['v2.4.0', 'v2.3.1', 'v2.3.0', 'v2.2.1', 'v2.2.0', 'v2.1.0'];

export interface StubBot {
  readonly url: string;
  /** Every payload that the local Slack sent. */
  readonly got: Json[];
  /** Calls the Web API as the bot. */
  api(method: string, body: Json): Promise<Json>;
  attach(apiUrl: string): void;
  close(): Promise<void>;
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const part of request) text += String(part);
  return text;
}

/** The least that answers: `/deploy` opens a form, buttons are acknowledged, a version `v0…` is refused. */
export async function startStubBot(token: string): Promise<StubBot> {
  const got: Json[] = [];
  let apiUrl = '';
  const api = async (method: string, body: Json): Promise<Json> => {
    const answer = await fetch(`${apiUrl}${method}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json; charset=utf-8' },
      body: JSON.stringify(body),
    });
    return (await answer.json()) as Json;
  };
  const answer = async (payload: Json): Promise<Json | null> => {
    if (payload.type === 'block_suggestion') {
      const query = String(payload.value ?? '');
      return {
        options: TAGS.filter((tag) => tag.includes(query)).map((tag) => ({
          text: { type: 'plain_text', text: tag },
          value: tag,
        })),
      };
    }
    if (payload.type === 'view_submission') {
      const text = JSON.stringify(payload.view);
      return text.includes('please refuse')
        ? { response_action: 'errors', errors: { version: 'The registry has no such tag.' } }
        : null;
    }
    if (payload.command === '/deploy' && !payload.text)
      void api('views.open', { trigger_id: payload.trigger_id, view: DEPLOY_MODAL });
    else if (payload.command)
      return { response_type: 'ephemeral', text: `\`${String(payload.command)}\` is not for you, <@U0DEV>.` };
    return null;
  };
  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    const form = new URLSearchParams(await bodyOf(request));
    const inner = form.get('payload');
    const payload: Json = inner ? JSON.parse(inner) : Object.fromEntries(form);
    got.push(payload);
    const body = await answer(payload);
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(body ? JSON.stringify(body) : '');
  };
  const server = createServer((request, response) => {
    handle(request, response).catch(() => response.writeHead(500).end());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/slack/events`,
    got,
    api,
    attach: (url) => {
      apiUrl = url;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
