import {
  Agent,
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Part } from '../contract.ts';
import type { MeshMetrics } from './metrics.ts';
import type { Endpoint, MeshView, Resolution } from './view.ts';

export interface ProxyOptions {
  readonly view: Pick<MeshView, 'resolve'>;
  readonly metrics: MeshMetrics;
  readonly port?: number;
  /** `source_workload` of requests that do not name theirs in `x-sandbox-source`. */
  readonly sourceWorkload?: string;
}

export interface MeshProxy extends Part {
  readonly url: string;
}

/** Belong to one connection, never passed on. */
const HOP_BY_HOP = new Set(['connection', 'keep-alive', 'proxy-connection', 'transfer-encoding', 'upgrade']);
const BODY_LIMIT = 1_000_000;
const WORDS = {
  NR: 'no route',
  NC: 'cluster not found',
  UH: 'no healthy upstream',
  UF: 'upstream connect error or disconnect/reset before headers. reset reason: connection failure',
  UC: 'upstream connect error or disconnect/reset before headers. reset reason: connection termination',
} as const;
type Flag = keyof typeof WORDS;

const passOn = (headers: IncomingMessage['headers']): OutgoingHttpHeaders =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !HOP_BY_HOP.has(name)));

/** null: larger than we take, or cut off. */
async function readBody(request: IncomingMessage): Promise<Buffer | null> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > BODY_LIMIT) return null;
      chunks.push(chunk);
    }
  } catch {
    return null;
  }
  return Buffer.concat(chunks);
}

/**
 * The sidecar of every client: sends each request to a pod by the weights of the route. It retries nothing but a failed
 * connect, where no byte of the request has left, once and on another pod.
 */
export async function startProxy(options: ProxyOptions): Promise<MeshProxy> {
  const { view, metrics } = options;
  const agent = new Agent({ keepAlive: true, maxFreeSockets: 64, timeout: 30_000 });

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const start = performance.now();
    const source = String(request.headers['x-sandbox-source'] ?? options.sourceWorkload ?? 'unknown');
    const path = (request.url ?? '/').split('?')[0] ?? '/';
    const { method = 'GET', headers } = request;
    const body = await readBody(request);
    if (body === null) {
      response.writeHead(413).end();
      return;
    }
    const resolution: Resolution = view.resolve({ host: headers.host ?? '', path, method, headers });

    let isRecorded = false;
    const record = (endpoint: Endpoint | null, code: number, flags: Flag | 'DC' | '-'): void => {
      if (isRecorded) return;
      isRecorded = true;
      metrics.recordRequest({
        reporter: 'source',
        sourceWorkload: source,
        workload: endpoint?.workload ?? 'unknown',
        version: endpoint?.version ?? 'unknown',
        service: resolution.service.name,
        namespace: resolution.service.namespace,
        code,
        flags,
        durationMs: performance.now() - start,
      });
    };
    const refuse = (endpoint: Endpoint | null, flag: Flag): void => {
      const status = flag === 'NR' ? 404 : 503;
      record(endpoint, status, flag);
      if (response.headersSent) response.destroy();
      else
        response
          .writeHead(status, { 'content-type': 'text/plain', 'x-sandbox-flags': flag, server: 'mesh' })
          .end(WORDS[flag]);
    };

    if (resolution.kind === 'none') return refuse(null, resolution.flag);
    const endpoints = resolution.endpoints;
    const tryPod = (index: number): void => {
      const endpoint = endpoints[index] as Endpoint;
      const upstream = httpRequest({
        agent,
        host: endpoint.host,
        port: endpoint.port,
        method,
        path: request.url ?? '/',
        headers: { ...passOn(headers), 'x-sandbox-source': source, 'content-length': body.length },
      });
      const leave = (): void => {
        if (response.writableFinished) return;
        record(endpoint, 0, 'DC');
        upstream.destroy();
      };
      response.once('close', leave);
      upstream.on('error', (error: NodeJS.ErrnoException) => {
        response.off('close', leave);
        if (error.syscall !== 'connect') return refuse(endpoint, 'UC');
        if (index === 0 && endpoints.length > 1) return tryPod(1);
        refuse(endpoint, 'UF');
      });
      upstream.on('response', (answer) => {
        const status = answer.statusCode ?? 502;
        response.writeHead(status, passOn(answer.headers));
        answer.on('error', () => refuse(endpoint, 'UC'));
        answer.on('end', () => record(endpoint, status, '-'));
        answer.pipe(response);
      });
      upstream.end(body);
    };
    tryPod(0);
  };

  const server = createServer((request, response) => {
    handle(request, response).catch((error) => {
      console.error('mesh proxy:', error);
      response.destroy();
    });
  });
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', 1024, resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        agent.destroy();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
