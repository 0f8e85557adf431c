import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Access } from './access.ts';
import type { Api } from './api.ts';
import { decodeLoosely, readBody } from './body.ts';
import { discover } from './discovery.ts';
import type { Catalogue } from './kinds.ts';
import { managerFromUserAgent } from './managed-fields.ts';
import { parseResourceRequest } from './request-info.ts';
import { internalError, PlainNotFound, StatusError, unknownResource } from './status.ts';
import type { Watches } from './watch.ts';

/** The HTTP side: listening, who asks, the log of requests, and the ways in which an API server is out. */

export interface LoggedRequest {
  /** ms since the epoch. */
  readonly at: number;
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly contentType: string | null;
  /** Decoded JSON where it is JSON; null when there was none. */
  readonly body: unknown;
  /** null while it has no answer. */
  readonly status: number | null;
  readonly userAgent: string | null;
  /** What managedFields would name: the query's, else the User-Agent up to its slash. */
  readonly fieldManager: string;
}

/** `refuse`: nothing listens. `hang`: connections open, no answer comes. `500`: etcd does not answer. */
export type DownMode = 'refuse' | 'hang' | '500' | null;

const LOG_LIMIT = 20_000;

export class ApiServer {
  readonly #api: Api;
  readonly #access: Access;
  readonly #catalogue: Catalogue;
  readonly #watches: Watches;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #host: string;
  #port: number;
  #log: LoggedRequest[] = [];
  #down: DownMode = null;

  constructor(options: {
    api: Api;
    access: Access;
    catalogue: Catalogue;
    watches: Watches;
    host: string;
    port: number;
  }) {
    this.#api = options.api;
    this.#access = options.access;
    this.#catalogue = options.catalogue;
    this.#watches = options.watches;
    this.#host = options.host;
    this.#port = options.port;
    // Longer than any client keeps an idle connection, so that the server never closes one under a request.
    this.#server = createServer({ keepAliveTimeout: 120_000 }, (request, response) => {
      void this.#serve(request, response);
    });
    this.#server.requestTimeout = 0;
    this.#server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
    });
  }

  get port(): number {
    return this.#port;
  }

  get log(): readonly LoggedRequest[] {
    return this.#log;
  }

  get address(): string {
    return `${this.#host}:${this.#port}`;
  }

  clearLog(): void {
    this.#log = [];
  }

  async listen(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(this.#port, this.#host, () => {
        this.#server.off('error', reject);
        resolve();
      });
    });
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  async setDown(mode: DownMode): Promise<void> {
    const before = this.#down;
    if (mode === before) return;
    this.#down = mode;
    this.#watches.setPaused(mode === 'hang');
    if (mode === '500') this.#watches.endAll();
    if (mode === 'refuse') await this.stop();
    if (before === 'refuse') await this.listen();
    // Requests that were held never get an answer: their connections end.
    if (before === 'hang') for (const socket of this.#sockets) socket.destroy();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://server');
    const entry = {
      at: Date.now(),
      method: request.method ?? 'GET',
      path: url.pathname,
      query: Object.fromEntries(url.searchParams),
      contentType: request.headers['content-type'] ?? null,
      body: null as unknown,
      status: null as number | null,
      userAgent: request.headers['user-agent'] ?? null,
      fieldManager:
        url.searchParams.get('fieldManager') || managerFromUserAgent(request.headers['user-agent']),
    };
    this.#log.push(entry);
    if (this.#log.length > LOG_LIMIT) this.#log.splice(0, this.#log.length - LOG_LIMIT);
    if (this.#down === 'hang') return;
    const noteStatus = (): void => {
      if (response.headersSent) entry.status = response.statusCode;
    };
    response.on('close', noteStatus);
    try {
      const body = await readBody(request);
      entry.body = decodeLoosely(body);
      // Noted before the first byte leaves, so that a client which reads the log after its answer finds it there.
      await this.#answer(request, response, url, body, (status) => {
        entry.status = status;
      });
    } catch (error) {
      if (request.destroyed && !request.complete) return;
      this.#refuse(response, error, entry);
    }
  }

  async #answer(
    request: IncomingMessage,
    response: ServerResponse,
    url: URL,
    body: Buffer,
    note: (status: number) => void,
  ): Promise<void> {
    const method = request.method ?? 'GET';
    if (this.#down === '500') throw new StatusError(500, undefined, 'etcdserver: request timed out');
    const user = this.#access.identify(request.headers.authorization);
    const resource = parseResourceRequest(method, url);
    const refusal = this.#access.refuse(user, method, url.pathname, resource);
    if (refusal) throw refusal;
    if (resource === null) {
      const answer = this.#answerPath(url.pathname);
      note(200);
      return send(response, 200, answer);
    }
    if (resource.verb === 'watch') note(200);
    const answer = await this.#api.handle({ request, response, url, body, resource });
    if (answer === null) return;
    note(answer.status);
    if (answer.warnings) {
      response.setHeader(
        'warning',
        answer.warnings.map((text) => `299 - ${JSON.stringify(text)}`),
      );
    }
    send(response, answer.status, answer.body, answer.contentType);
  }

  #answerPath(path: string): object | string {
    if (['/healthz', '/livez', '/readyz'].some((open) => path === open || path.startsWith(`${open}/`)))
      return 'ok';
    const found = discover(path.replace(/\/$/, ''), this.#catalogue, this.address);
    const [, root, group = ''] = path.split('/');
    const isOurs = root === 'apis' && this.#catalogue.isBuiltIn(group);
    if (!found) throw isOurs && group !== '' ? unknownResource() : new PlainNotFound();
    return found;
  }

  #refuse(response: ServerResponse, error: unknown, entry: { status: number | null }): void {
    if (response.headersSent) {
      response.destroy();
      return;
    }
    if (error instanceof PlainNotFound) {
      entry.status = 404;
      send(response, 404, '404 page not found\n');
      return;
    }
    const refusal = error instanceof StatusError ? error : internalError(String(error));
    entry.status = refusal.body.code;
    const { retryAfterSeconds } = refusal.body.details ?? {};
    if (retryAfterSeconds !== undefined) response.setHeader('retry-after', String(retryAfterSeconds));
    send(response, refusal.body.code, refusal.body);
  }
}

function send(
  response: ServerResponse,
  status: number,
  body: object | string,
  contentType = typeof body === 'string' ? 'text/plain; charset=utf-8' : 'application/json',
): void {
  const isText = typeof body === 'string';
  const payload = isText ? body : `${JSON.stringify(body)}\n`;
  response.writeHead(status, {
    'content-type': contentType,
    'content-length': Buffer.byteLength(payload),
    'cache-control': 'no-cache, private',
  });
  response.end(payload);
}
