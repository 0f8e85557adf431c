import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { boltLogger } from '../../../src/adapters/slack/bolt-logger.ts';
import { createSlackClients, type SlackClients } from '../../../src/adapters/slack/clients.ts';
import { createFakeLog } from '../../fakes/fake-log.ts';

export interface WebApiCall {
  readonly method: string;
  readonly args: Readonly<Record<string, string>>;
}

type Answer =
  | object
  | { readonly status: number; readonly headers?: Record<string, string> }
  | 'hang'
  | 'reset';

export interface WebApiServer {
  readonly url: string;
  readonly clients: SlackClients;
  readonly calls: WebApiCall[];
  /** Answers in order; the last one stays. */
  answer(method: string, ...answers: Answer[]): void;
  close(): Promise<void>;
}

const read = async (request: IncomingMessage): Promise<Record<string, string>> => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Object.fromEntries(new URLSearchParams(Buffer.concat(chunks).toString()));
};

const isStatus = (answer: Answer): answer is { status: number; headers?: Record<string, string> } =>
  typeof answer === 'object' && 'status' in answer;

/** A Web API that says what a test wants to hear, for faults that the local Slack does not make. */
export async function startWebApi(timeoutMs = 5000): Promise<WebApiServer> {
  const calls: WebApiCall[] = [];
  const queues = new Map<string, Answer[]>();
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const method = (request.url ?? '').replace('/api/', '');
    calls.push({ method, args: await read(request) });
    const queue = queues.get(method) ?? [{}];
    const answer = (queue.length > 1 ? queue.shift() : queue[0]) ?? {};
    if (answer === 'hang') return;
    if (answer === 'reset') {
      request.socket.destroy();
      return;
    }
    if (isStatus(answer)) {
      response.writeHead(answer.status, answer.headers).end();
      return;
    }
    response
      .writeHead(200, { 'content-type': 'application/json' })
      .end(JSON.stringify({ ok: true, ...answer }));
  };
  const server = createServer((request, response) => void serve(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api`;
  return {
    url,
    clients: createSlackClients({
      apiUrl: url,
      token: 'xoxb-test',
      logger: boltLogger(createFakeLog()),
      timeoutMs,
    }),
    calls,
    answer: (method, ...answers) => {
      queues.set(method, [...answers]);
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
