import type { IncomingMessage } from 'node:http';
import { parse as parseYaml } from 'yaml';
import type { KubeObject } from './objects.ts';
import { badRequest, StatusError, unsupportedMediaType } from './status.ts';

/** Reads and decodes what a request carries. */

const LIMIT_BYTES = 3 * 1024 * 1024;

export async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > LIMIT_BYTES) {
      throw new StatusError(
        413,
        'RequestEntityTooLarge',
        `Request entity too large: limit is ${LIMIT_BYTES}`,
      );
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

export function mediaTypeOf(request: IncomingMessage): string {
  return (request.headers['content-type'] ?? '').split(';')[0]?.trim() ?? '';
}

export function decodeJson(raw: Buffer): unknown {
  try {
    return JSON.parse(raw.toString()) as unknown;
  } catch (error) {
    throw badRequest(`couldn't get version/kind; json parse error: ${(error as Error).message}`);
  }
}

/** For the log of requests: never fails. */
export function decodeLoosely(raw: Buffer): unknown {
  if (raw.length === 0) return null;
  try {
    return JSON.parse(raw.toString()) as unknown;
  } catch {
    return raw.toString();
  }
}

/** An object as POST and PUT carry it, in JSON or YAML, of the kind that the path says. */
export function decodeObject(
  raw: Buffer,
  mediaType: string,
  expected: { readonly apiVersion: string; readonly kind: string },
): KubeObject {
  const isYaml = mediaType === 'application/yaml';
  if (mediaType !== '' && mediaType !== 'application/json' && !isYaml) {
    throw unsupportedMediaType(['application/json', 'application/yaml']);
  }
  const value = (isYaml ? parseYaml(raw.toString()) : decodeJson(raw)) as Partial<KubeObject> | null;
  if (typeof value !== 'object' || value === null) throw badRequest('the request body is not an object');
  const { apiVersion = expected.apiVersion, kind = expected.kind, metadata } = value;
  if (kind !== expected.kind) {
    throw badRequest(
      `${kind} in version "${apiVersion}" cannot be handled as a ${expected.kind}: converting (${kind}) to (${expected.kind}): unknown conversion`,
    );
  }
  if (apiVersion !== expected.apiVersion) {
    throw badRequest(
      `the API version in the data (${apiVersion}) does not match the expected API version (${expected.apiVersion})`,
    );
  }
  return { ...value, apiVersion, kind, metadata: { ...metadata, name: metadata?.name ?? '' } };
}
