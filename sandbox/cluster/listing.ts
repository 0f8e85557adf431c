import type { Kind } from './kinds.ts';
import type { KubeObject } from './objects.ts';
import { parseFilter } from './selectors.ts';
import { badRequest, expired, tooLargeVersion } from './status.ts';
import type { Store } from './store.ts';

/** A list, whole or page by page. */

interface Continuation {
  readonly version: number;
  readonly after: string;
}

export function listObjects(options: {
  readonly store: Store;
  readonly kind: Kind;
  readonly apiVersion: string;
  readonly namespace: string | undefined;
  readonly query: URLSearchParams;
  readonly present: (object: KubeObject) => KubeObject;
}): object {
  const { store, kind, apiVersion, namespace, query, present } = options;
  const isWanted = parseFilter(query, kind.kind);
  const limit = readLimit(query.get('limit'));
  if (query.get('continue') && (query.get('resourceVersion') ?? '0') !== '0') {
    throw badRequest('specifying resource version is not allowed when using continue');
  }
  requireVersion(store, query);
  const token = readToken(query.get('continue'), store);
  const matching = store
    .list(kind, namespace)
    .filter((object) => isWanted(object) && (!token || positionOf(object) > token.after));
  const page = limit > 0 ? matching.slice(0, limit) : matching;
  const version = token?.version ?? store.version;
  const last = page.at(-1);
  const remaining = matching.length - page.length;
  const isFiltered = query.get('labelSelector') || query.get('fieldSelector');
  return {
    kind: `${kind.kind}List`,
    apiVersion,
    metadata: {
      resourceVersion: String(version),
      // A list of a custom kind always says how it goes on.
      ...(kind.isCustom ? { continue: '' } : {}),
      ...(last && remaining > 0 ? { continue: writeToken({ version, after: positionOf(last) }) } : {}),
      // The real server cannot count what a selector leaves out.
      ...(remaining > 0 && !isFiltered ? { remainingItemCount: remaining } : {}),
    },
    items: page.map((object) => presentItem(kind, present(object))),
  };
}

function readLimit(text: string | null): number {
  if (text === null || text === '') return 0;
  if (!/^[+-]?\d+$/.test(text)) {
    throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
  }
  return Number(text);
}

/** Throws when the version that a get or a list asks for is none, or one that the server has not reached. */
export function requireVersion(store: Store, query: URLSearchParams): void {
  const text = query.get('resourceVersion') ?? '';
  if (text === '') return;
  if (!/^\d+$/.test(text)) {
    throw badRequest(
      `invalid resource version: resourceVersion: Invalid value: ${JSON.stringify(text)}: strconv.ParseUint: parsing ${JSON.stringify(text)}: invalid syntax`,
    );
  }
  if (Number(text) > store.version) throw tooLargeVersion(Number(text), store.version);
}

/** Items of a typed list do not repeat their kind; items of a custom one do. */
function presentItem(kind: Kind, object: KubeObject): object {
  if (kind.isCustom) return object;
  const { apiVersion: _apiVersion, kind: _kind, ...rest } = object;
  return rest;
}

function positionOf(object: KubeObject): string {
  return `${object.metadata.namespace ?? ''}/${object.metadata.name}`;
}

function writeToken(token: Continuation): string {
  return Buffer.from(JSON.stringify(token)).toString('base64url');
}

function readToken(text: string | null, store: Store): Continuation | null {
  if (!text) return null;
  let token: Continuation;
  try {
    token = JSON.parse(Buffer.from(text, 'base64url').toString()) as Continuation;
  } catch {
    throw badRequest(
      'invalid continue token: continue key is not valid: illegal base64 data at input byte 0',
    );
  }
  if (token.version < store.compacted) {
    throw expired(
      'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter.',
    );
  }
  return token;
}
