import { methodNotAllowed } from './status.ts';

/** What a request asks for, read from its path alone, before anyone knows whether the kind exists. */

export interface ResourceRequest {
  readonly verb: string;
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
  readonly subresource: string | undefined;
  /** What stands after the subresource, still encoded: the path that a pod proxy forwards. */
  readonly rest: string;
}

/** null: not a resource (discovery, health, unknown). */
export function parseResourceRequest(method: string, url: URL): ResourceRequest | null {
  const match = /^\/(?:api\/(v1)|apis\/([^/]+)\/([^/]+))\/(.+)$/.exec(url.pathname);
  if (!match) return null;
  const [, coreVersion, group = '', version = coreVersion ?? '', tail = ''] = match;
  const raw = tail.split('/');
  const segments = raw.map(decodeURIComponent);
  const isInNamespace = segments[0] === 'namespaces' && segments.length > 2;
  const namespace = isInNamespace ? segments[1] : undefined;
  const [plural = '', name, subresource, ...rest] = isInNamespace ? segments.slice(2) : segments;
  return {
    verb: verbOf(method, url, name || undefined),
    group,
    version,
    plural,
    namespace,
    name: name || undefined,
    subresource: subresource || undefined,
    rest: raw.slice(raw.length - rest.length).join('/'),
  };
}

function verbOf(method: string, url: URL, name: string | undefined): string {
  switch (method) {
    case 'GET':
    case 'HEAD': {
      const watch = url.searchParams.get('watch');
      if (watch === '1' || watch === 'true') return 'watch';
      return name === undefined ? 'list' : 'get';
    }
    case 'POST':
      return 'create';
    case 'PUT':
      return 'update';
    case 'PATCH':
      return 'patch';
    case 'DELETE':
      return name === undefined ? 'deletecollection' : 'delete';
    default:
      throw methodNotAllowed();
  }
}
