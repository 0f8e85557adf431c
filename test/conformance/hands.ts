/** Hands on an API server over HTTP or HTTPS, in the names of several people. */
import { request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Body, Reply, Request, Who } from './sequence.ts';

export interface Hands {
  send(request: Request): Promise<Reply>;
  /** Resolves when the stream is open, or with the refusal. */
  watch(request: Request): Promise<WatchHands | Reply>;
}

export interface WatchHands {
  /** Resolves with as many events, oldest first; rejects when they do not come within 20 s. */
  take(count: number): Promise<readonly Body[]>;
  close(): void;
}

export interface Server {
  readonly url: string;
  readonly ca?: Buffer;
  readonly tokens: Readonly<Record<'admin' | 'stranger', string>>;
}

const WATCH_WITHIN_MS = 20_000;
const ANSWER_WITHIN_MS = 30_000;

export function handsOn(server: Server): Hands {
  const open = (asked: Request): Promise<IncomingMessage> => {
    const { headers, payload } = written(asked, server.tokens);
    const url = new URL(asked.path, server.url);
    const options: RequestOptions & { ca?: Buffer } = {
      method: asked.method,
      headers,
      agent: false,
      ...(server.ca && { ca: server.ca }),
    };
    return new Promise((resolve, reject) => {
      const outgoing = (url.protocol === 'https:' ? httpsRequest : httpRequest)(url, options, resolve);
      outgoing.setTimeout(ANSWER_WITHIN_MS, () =>
        outgoing.destroy(new Error(`${asked.method} ${asked.path}: no answer`)),
      );
      outgoing.on('error', reject);
      outgoing.end(payload);
    });
  };
  return {
    send: async (asked) => read(await open(asked)),
    watch: async (asked) => {
      const response = await open(asked);
      return response.statusCode === 200 ? follow(response) : read(response);
    },
  };
}

function written(
  { body, contentType, as = 'admin' }: Request,
  tokens: Server['tokens'],
): { readonly headers: Record<string, string>; readonly payload: string | undefined } {
  const payload = body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body);
  const token = tokenOf(as, tokens);
  return {
    payload,
    headers: {
      accept: 'application/json',
      'user-agent': 'dabbawala',
      ...(token !== null && { authorization: `Bearer ${token}` }),
      ...(payload !== undefined && {
        'content-type': contentType ?? 'application/json',
        'content-length': String(Buffer.byteLength(payload)),
      }),
    },
  };
}

const tokenOf = (who: Who, tokens: Server['tokens']): string | null => {
  if (who === 'nobody') return null;
  return who === 'impostor' ? 'a-token-that-nobody-has' : tokens[who];
};

async function read(response: IncomingMessage): Promise<Reply> {
  const chunks: Buffer[] = [];
  for await (const chunk of response as AsyncIterable<Buffer>) chunks.push(chunk);
  return {
    status: response.statusCode ?? 0,
    contentType: response.headers['content-type'] ?? '',
    warnings: warningsOf(response),
    retryAfter: response.headers['retry-after'] ?? null,
    body: parsed(Buffer.concat(chunks).toString()),
  };
}

/** One header per warning: `299 - "text"`. */
const warningsOf = (response: IncomingMessage): readonly string[] =>
  (response.headersDistinct['warning'] ?? []).map((text) => text.replace(/^299 - /, ''));

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
};

function follow(response: IncomingMessage): WatchHands {
  const events: Body[] = [];
  let rest = '';
  let wake = (): void => undefined;
  let hasEnded = false;
  response.setEncoding('utf8');
  response.on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    events.push(...lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Body));
    wake();
  });
  response.on('close', () => {
    hasEnded = true;
    wake();
  });
  response.on('error', () => undefined);
  return {
    take: async (count) => {
      const deadline = performance.now() + WATCH_WITHIN_MS;
      while (events.length < count && !hasEnded && performance.now() < deadline)
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, 1000);
          wake = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      if (events.length >= count) return events.slice(0, count);
      throw new Error(`${count} events wanted, these came: ${events.map(({ type }) => type).join(', ')}`);
    },
    close: () => response.destroy(),
  };
}
