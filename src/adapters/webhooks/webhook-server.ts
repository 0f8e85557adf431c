/**
 * Where alerts come in, on a port of its own. A message is answered 2xx only after it is stored: Alertmanager repeats on
 * 5xx and never after 4xx, Falco and its sidekick never repeat at all. Nothing is read of a body whose sender is not known.
 */
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type { Incoming } from '../../core/alert/alert-group.ts';
import { DabbawalaError, toDabbawalaError } from '../../lib/errors.ts';
import type { Log } from '../../lib/log.ts';
import { parseAlertmanager } from './alertmanager-payload.ts';
import { parseFalco } from './falco-payload.ts';
import { isKnownToken, tokenOfHeader } from './tokens.ts';

export type WebhookSource = 'alertmanager' | 'falco';
export type WebhookOutcome = 'stored' | 'refused' | 'unauthorized' | 'unavailable';

export interface WebhookOptions {
  readonly host: string;
  readonly port: number;
  /** Bytes. */
  readonly bodyLimit: number;
  /** Read at each request, so that a rotated file counts. Empty: nobody may post; null: everybody may (sandbox). */
  readonly tokens: Readonly<Record<WebhookSource, () => readonly string[] | null>>;
  /** Resolves when the message is durable. */
  readonly ingest: (incoming: Incoming) => Promise<void>;
  readonly log: Log;
  readonly onRequest?: (source: WebhookSource, outcome: WebhookOutcome, ms: number) => void;
  /** ms since the epoch. */
  readonly now?: () => number;
}

export interface WebhookServer {
  readonly port: number;
  /** Answers what has come in, takes nothing new. */
  close(): Promise<void>;
}

interface Source {
  readonly name: WebhookSource;
  readonly parse: (body: unknown, now: number) => Incoming;
  /** Falco cannot send a header of its own: its token stands in the path. */
  readonly isTokenInPath: boolean;
}

const SOURCES: readonly Source[] = [
  { name: 'alertmanager', parse: parseAlertmanager, isTokenInPath: false },
  { name: 'falco', parse: parseFalco, isTokenInPath: true },
];

/** So deep is no message of theirs; deeper JSON costs stack wherever it is walked. */
const DEPTH_AT_MOST = 20;

const STATUS: Readonly<Record<string, number>> = { invalid: 400, denied: 401, unavailable: 503 };

export async function startWebhookServer(options: WebhookOptions): Promise<WebhookServer> {
  const server = Fastify({
    logger: false,
    bodyLimit: options.bodyLimit,
    requestTimeout: 10_000,
    connectionTimeout: 15_000,
    keepAliveTimeout: 65_000,
    // A path may hold a token: no router of ours shows it to anybody.
    routerOptions: { maxParamLength: 512 },
    onProtoPoisoning: 'error',
    onConstructorPoisoning: 'ignore',
  });
  server.setNotFoundHandler((_, reply) => reply.code(404).send({ error: 'not_found' }));
  server.setErrorHandler((error, _, reply) => refuseBody(error, reply));
  takeAnyType(server);
  for (const source of SOURCES) addSource(server, source, options);
  await server.listen({ host: options.host, port: options.port });
  const address = server.server.address();
  return {
    port: typeof address === 'object' && address ? address.port : options.port,
    close: () => server.close(),
  };
}

/** Senders name the type as they like; it is JSON or it is refused. */
function takeAnyType(server: FastifyInstance): void {
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('*', { parseAs: 'string' }, server.getDefaultJsonParser('error', 'ignore'));
}

function addSource(server: FastifyInstance, source: Source, options: WebhookOptions): void {
  const count = (outcome: WebhookOutcome, since: number): void =>
    options.onRequest?.(source.name, outcome, performance.now() - since);
  const started = new WeakMap<FastifyRequest, number>();
  const of = (request: FastifyRequest): number => started.get(request) ?? performance.now();

  const route = {
    method: ['POST', 'PUT'] as ('POST' | 'PUT')[],
    // Before a byte of the body is read.
    onRequest: async (request: FastifyRequest, reply: FastifyReply) => {
      started.set(request, performance.now());
      const allowed = options.tokens[source.name]();
      const given = tokenGiven(request, source);
      if (allowed === null || isKnownToken(given, allowed)) return;
      count('unauthorized', of(request));
      await reply
        .code(401)
        .header('www-authenticate', 'Bearer')
        .header('connection', 'close')
        .send({ error: 'unauthorized' });
    },
    onError: async (request: FastifyRequest) => count('refused', of(request)),
    handler: async (request: FastifyRequest, reply: FastifyReply) => {
      try {
        assertShallow(request.body);
        await options.ingest(source.parse(request.body, (options.now ?? Date.now)()));
      } catch (error) {
        return answerFailure(toDabbawalaError(error), source, reply, options, (outcome) =>
          count(outcome, of(request)),
        );
      }
      count('stored', of(request));
      return reply.code(200).send({ status: 'stored' });
    },
  };
  server.route({ ...route, url: `/webhooks/${source.name}` });
  if (source.isTokenInPath) server.route({ ...route, url: `/webhooks/${source.name}/:token` });
}

function tokenGiven(request: FastifyRequest, source: Source): string | null {
  const inPath = (request.params as { readonly token?: string }).token;
  if (source.isTokenInPath && inPath !== undefined) return inPath;
  return tokenOfHeader(request.headers.authorization);
}

/** Throws `invalid_payload`; iterative, since the depth is the sender's. */
function assertShallow(body: unknown): void {
  let level: readonly unknown[] = [body];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > DEPTH_AT_MOST)
      throw new DabbawalaError(
        'invalid_payload',
        'This is no message of a known sender: it is nested too deep.',
      );
    level = level.flatMap((value) =>
      typeof value === 'object' && value !== null ? Object.values(value) : [],
    );
  }
}

function answerFailure(
  error: DabbawalaError,
  source: Source,
  reply: FastifyReply,
  { log }: WebhookOptions,
  count: (outcome: WebhookOutcome) => void,
): FastifyReply {
  const status = STATUS[error.kind] ?? 503;
  count(status === 400 ? 'refused' : 'unavailable');
  log[error.kind === 'bug' ? 'error' : 'warn'](
    { source: source.name, code: error.code, err: error },
    'webhook not stored',
  );
  // What a sender may repeat it must: whatever is not its own fault is "later".
  return status === 400
    ? reply.code(400).send({ error: error.code, message: error.message })
    : reply.code(503).header('retry-after', '5').send({ error: error.code });
}

/** Bodies that are too long, no JSON, poisoned: never with a word of theirs. */
function refuseBody(error: unknown, reply: FastifyReply): FastifyReply {
  const status = (error as { readonly statusCode?: number }).statusCode ?? 500;
  const isTheirs = status >= 400 && status < 500;
  return reply
    .code(isTheirs ? status : 503)
    .send({ error: status === 413 ? 'too_large' : isTheirs ? 'invalid_payload' : 'internal' });
}
