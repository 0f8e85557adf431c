import type { IncomingMessage } from 'node:http';
import { parse as parseYaml } from 'yaml';
import { goType, parseGoJson } from './go-json.ts';
import type { KubeObject } from './objects.ts';
import { badRequest, StatusError, unsupportedMediaType, wrongType } from './status.ts';

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
    return parseGoJson(raw.toString());
  } catch (error) {
    throw badRequest(`couldn't get version/kind; json parse error: ${(error as Error).message}`);
  }
}

/** The body of a patch. */
export function decodePatch(raw: Buffer): unknown {
  try {
    return parseGoJson(raw.toString());
  } catch (error) {
    throw badRequest(`error decoding patch: ${(error as Error).message}`);
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

export const OBJECT_TYPES = ['application/json', 'application/yaml', 'application/vnd.kubernetes.protobuf'];

/** An object as POST and PUT carry it, in JSON or YAML, of the kind that the path says. */
export function decodeObject(
  raw: Buffer,
  mediaType: string,
  expected: {
    readonly apiVersion: string;
    readonly kind: string;
    readonly group: string;
    readonly isCustom: boolean;
  },
): KubeObject {
  const isYaml = mediaType === 'application/yaml';
  if (mediaType !== '' && mediaType !== 'application/json' && !isYaml) {
    throw unsupportedMediaType(OBJECT_TYPES);
  }
  const value = (isYaml ? parseYaml(raw.toString()) : recognise(raw, expected.kind)) as Partial<KubeObject>;
  if (expected.isCustom && value.kind === undefined) {
    const text = JSON.stringify(value);
    throw badRequest(unrecognised(expected.kind, `Object 'Kind' is missing in '${text}'`, text));
  }
  const { apiVersion = expected.apiVersion, kind = expected.kind, metadata } = value;
  if (expected.isCustom) requireCustom(value, kind, apiVersion, expected);
  else requireBuiltIn(kind, apiVersion, expected);
  return { ...value, apiVersion, kind, metadata: { ...metadata, name: metadata?.name ?? '' } };
}

interface Expected {
  readonly apiVersion: string;
  readonly kind: string;
  readonly group: string;
}

function requireCustom(
  value: Partial<KubeObject>,
  kind: string,
  apiVersion: string,
  expected: Expected,
): void {
  if (apiVersion !== expected.apiVersion) {
    throw badRequest(
      `the API version in the data (${apiVersion}) does not match the expected API version (${expected.apiVersion})`,
    );
  }
  if (kind !== expected.kind) {
    const why = `Invalid value: ${JSON.stringify(kind)}: must be ${expected.kind}`;
    throw wrongType({ ...expected, kind }, value.metadata?.name ?? '', 'kind', why);
  }
}

function requireBuiltIn(kind: string, apiVersion: string, expected: Expected): void {
  const refused = `${kind} in version "${version(apiVersion)}" cannot be handled as a ${expected.kind}`;
  if (apiVersion !== expected.apiVersion) {
    throw badRequest(
      `${refused}: no kind "${kind}" is registered for version "${apiVersion}" in scheme "pkg/runtime/scheme.go:111"`,
    );
  }
  if (kind !== expected.kind) {
    const internal = expected.group === '' ? 'core' : (expected.group.split('.')[0] ?? '');
    throw badRequest(
      `${refused}: converting (${version(apiVersion)}.${kind}) to (${internal}.${expected.kind}): unknown conversion`,
    );
  }
}

const version = (apiVersion: string): string => apiVersion.split('/').at(-1) ?? '';

function recognise(raw: Buffer, kind: string): unknown {
  const text = raw.toString();
  let value: unknown;
  try {
    value = parseGoJson(text);
  } catch (error) {
    const why = `couldn't get version/kind; json parse error: ${(error as Error).message}`;
    throw badRequest(unrecognised(kind, why, text === '' ? '<empty>' : text));
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  const type =
    'struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }';
  const why = `couldn't get version/kind; json parse error: json: cannot unmarshal ${goType(value)} into Go value of type ${type}`;
  throw badRequest(unrecognised(kind, why, raw.toString('hex')));
}

const SHOWN = 30;

function unrecognised(kind: string, why: string, body: string): string {
  const shown = body.length > SHOWN ? `${body.slice(0, SHOWN)} ...` : body;
  return `the object provided is unrecognized (must be of type ${kind}): ${why} (${shown})`;
}
