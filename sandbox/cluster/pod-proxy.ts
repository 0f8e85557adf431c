import { request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Pod } from './objects.ts';
import { loopbackPort, resolvePort } from './pods.ts';
import { badRequest, type StatusError, serviceUnavailable } from './status.ts';

/** GET …/pods/[scheme:]name[:port]/proxy/<path>: the API server as a way into a pod. */

export interface PodAddress {
  readonly scheme: string;
  readonly name: string;
  readonly port: string | undefined;
}

export function parsePodAddress(text: string): PodAddress {
  const parts = text.split(':');
  if (parts.length === 3) {
    const [scheme = '', name = '', port] = parts;
    return { scheme: scheme || 'http', name, port: port || undefined };
  }
  const [name = '', port] = parts;
  if (parts.length > 2 || name === '') throw badRequest(`invalid pod request "${text}"`);
  return { scheme: 'http', name, port: port || undefined };
}

/** Headers that belong to one connection; and the client's own token, which a pod must never see. */
const NOT_FORWARDED = new Set([
  'authorization',
  'connection',
  'content-length',
  'host',
  'keep-alive',
  'proxy-connection',
  'transfer-encoding',
  'upgrade',
]);

export async function proxyToPod(
  pod: Pod,
  address: PodAddress,
  path: string,
  incoming: IncomingMessage,
  body: Buffer,
  response: ServerResponse,
): Promise<void> {
  const podIp = pod.status?.podIP;
  if (podIp === undefined) throw badRequest('address not allowed');
  const port = resolvePort(pod.spec.containers, address.port) ?? 80;
  const target = loopbackPort(pod);
  const declared = pod.spec.containers.flatMap((container) => container.ports ?? []);
  const isOpen = declared.length === 0 || declared.some((entry) => entry.containerPort === port);
  if (target === undefined || !isOpen)
    throw unreachable(`dial tcp ${podIp}:${port}: connect: connection refused`);
  if (address.scheme === 'https') throw unreachable('http: server gave HTTP response to HTTPS client');

  const headers = Object.fromEntries(
    Object.entries(incoming.headers).filter(([name]) => !NOT_FORWARDED.has(name)),
  );
  await new Promise<void>((resolve, reject) => {
    const outgoing = httpRequest(
      {
        host: '127.0.0.1',
        port: target,
        path,
        method: incoming.method,
        headers: { ...headers, host: `${podIp}:${port}`, 'content-length': String(body.length) },
        agent: false,
      },
      (answer) => {
        const answered = Object.entries(answer.headers).filter(([name]) => !NOT_FORWARDED.has(name));
        response.writeHead(answer.statusCode ?? 502, Object.fromEntries(answered));
        answer.pipe(response);
        answer.on('error', () => response.destroy());
        response.on('close', resolve);
      },
    );
    outgoing.on('error', (error: NodeJS.ErrnoException) => reject(unreachable(explain(error, podIp, port))));
    // A client that gave up must not leave a request hanging at the pod.
    response.on('close', () => outgoing.destroy());
    outgoing.end(body);
  });
}

function unreachable(why: string): StatusError {
  return serviceUnavailable(`error trying to reach service: ${why}`);
}

function explain(error: NodeJS.ErrnoException, podIp: string, port: number): string {
  if (error.code === 'ECONNREFUSED') return `dial tcp ${podIp}:${port}: connect: connection refused`;
  if (error.code === 'ECONNRESET') return `read tcp ${podIp}:${port}: read: connection reset by peer`;
  return error.message;
}
