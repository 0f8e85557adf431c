import { readFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { isObject } from './check.ts';
import { ControlError, type Json } from './types.ts';

const BODY_LIMIT = 8 * 1024 * 1024;

export async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > BODY_LIMIT) throw new ControlError('body is too large', 413);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

export function sendJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  if (response.writableEnded || response.destroyed) return;
  const text = JSON.stringify(body);
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'cache-control': 'no-store',
    ...headers,
  });
  response.end(text);
}

/** The body as a JSON object; {} when empty. */
export async function jsonBody(request: IncomingMessage): Promise<Json> {
  const text = (await readBody(request)).toString('utf8');
  if (!text.trim()) return {};
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    throw new ControlError(`body is not JSON: ${(error as Error).message}`);
  }
  if (!isObject(parsed)) throw new ControlError('body must be a JSON object');
  return parsed;
}

const LOOPBACK = /^(localhost|[a-z0-9-]+\.localhost|127(\.\d{1,3}){3}|\[::1\])(:\d+)?$/i;
const isLoopback = (host: string | undefined): boolean => host !== undefined && LOOPBACK.test(host);

/** Why a request must not be served (a page of another site that reaches for this port), or null. */
export function refusal(request: IncomingMessage): string | null {
  if (!isLoopback(request.headers.host)) return 'the host header must name this machine (loopback)';
  const origin = request.headers.origin;
  if (origin !== undefined && !isLoopback(origin.replace(/^https?:\/\//, '')))
    return 'requests from pages of other origins are refused';
  return null;
}

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.map': 'application/json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
};

/** Serves a file of the built page; message links open the page itself. */
export async function serveStatic(
  folder: string | undefined,
  pathname: string,
  response: ServerResponse,
): Promise<void> {
  if (folder === undefined) {
    response.writeHead(pathname === '/' ? 200 : 404, { 'content-type': 'text/plain; charset=utf-8' });
    response.end(pathname === '/' ? 'A local Slack. Its control API is under /control/.\n' : 'not found\n');
    return;
  }
  const name = pathname === '/' || pathname.startsWith('/archives/') ? '/index.html' : pathname;
  const type = TYPES[extname(name)];
  const inside = normalize(name);
  try {
    if (!type || inside.includes('..')) throw new Error('not served');
    const content = await readFile(join(folder, inside));
    response.writeHead(200, { 'content-type': type, 'cache-control': 'no-cache' });
    response.end(content);
  } catch {
    response.writeHead(404, { 'content-type': 'text/plain; charset=utf-8' });
    response.end('not found\n');
  }
}
