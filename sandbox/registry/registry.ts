import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Part } from '../contract.ts';
import { type Credentials, TokenService } from './auth.ts';
import { Catalogue, type RepositorySeed } from './catalogue.ts';
import type { Content } from './images.ts';

export type { RepositorySeed } from './catalogue.ts';

/** unavailable: 503. ratelimit: 429 TOOMANYREQUESTS. hang: no answer. reset: the connection is cut. */
export type Outage = 'unavailable' | 'ratelimit' | 'hang' | 'reset';

export interface RegistryOptions {
  readonly port?: number;
  readonly repositories: readonly RepositorySeed[];
  /** Given: only these may pull. Left out: anonymous tokens are issued. */
  readonly credentials?: Credentials;
  /** Most tags on one page, whatever the client asks for. Default 100. */
  readonly pageSize?: number;
}

export interface Registry extends Part {
  /** `127.0.0.1:<port>`, as it stands in image names. */
  readonly host: string;
  readonly url: string;
  /** Digest of what the tag points to now. Throws when there is none. */
  digestOf(name: string, tag: string): string;
  /** Live view: indexes and their platform manifests, older builds included. */
  readonly digests: ReadonlyMap<string, { readonly name: string; readonly tag: string }>;
  /** Points the tag to another build; returns its digest. The same seed gives the same digest. */
  push(name: string, tag: string, seed: string): string;
  setDown(mode: Outage | null): void;
  /** Makes every token that is out invalid. */
  revokeTokens(): void;
}

const NAME = '[a-z0-9]+(?:[._-]+[a-z0-9]+)*(?:/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)*';
const ROUTE = new RegExp(`^/v2/(${NAME})/(manifests|blobs|tags)/([^/]+)$`);
const SERVICE = 'sandbox-registry';

interface Reply {
  readonly status: number;
  readonly body: Buffer | object;
  readonly headers?: Readonly<Record<string, string>>;
}

const fault = (status: number, code: string, message: string, detail: unknown = null): Reply => ({
  status,
  body: { errors: [{ code, message, detail }] },
});

const contentReply = (part: Content, mediaType = part.mediaType): Reply => ({
  status: 200,
  body: part.bytes,
  headers: { 'content-type': mediaType, 'docker-content-digest': part.digest, etag: `"${part.digest}"` },
});

/** null: the segment is not valid percent-encoding. */
function decode(segment: string): string | null {
  try {
    return decodeURIComponent(segment);
  } catch {
    return null;
  }
}

/** OCI distribution API on loopback, pull side only, strict about tokens, scopes and Accept. */
export async function startRegistry(options: RegistryOptions): Promise<Registry> {
  const catalogue = new Catalogue(options.repositories);
  const tokens = new TokenService(options.credentials ?? null);
  const pageSize = options.pageSize ?? 100;
  let outage: Outage | null = null;

  const tokenReply = (request: IncomingMessage, url: URL): Reply => {
    const scopes = url.searchParams.getAll('scope').flatMap((scope) => scope.split(' '));
    const answer = tokens.issue(request, scopes);
    if (answer.kind === 'refused')
      return {
        ...fault(401, 'UNAUTHORIZED', 'incorrect username or password'),
        headers: { 'www-authenticate': 'Basic realm="sandbox"' },
      };
    const { token, expiresIn } = answer;
    const issued = new Date().toISOString();
    return {
      status: 200,
      body: { token, access_token: token, expires_in: expiresIn, issued_at: issued },
    };
  };

  /** null: the request may go on. */
  const challenge = (request: IncomingMessage, scope: string | null): Reply | null => {
    const standing = tokens.judge(request, scope);
    if (standing === 'ok') return null;
    const parts = [`realm="http://${request.headers.host}/token"`, `service="${SERVICE}"`];
    if (scope !== null) parts.push(`scope="${scope}"`);
    if (standing !== 'missing') parts.push(`error="${standing}"`);
    return {
      ...fault(401, 'UNAUTHORIZED', 'authentication required'),
      headers: { 'www-authenticate': `Bearer ${parts.join(',')}` },
    };
  };

  const manifestReply = (request: IncomingMessage, name: string, reference: string): Reply => {
    const manifest = catalogue.manifest(name, reference);
    const accept = request.headers.accept ?? '';
    if (!manifest) return fault(404, 'MANIFEST_UNKNOWN', 'manifest unknown', { Tag: reference });
    if (accept.includes(manifest.mediaType) || accept.includes('*/*')) return contentReply(manifest);
    const why = `${manifest.mediaType} found, but the accept header does not support it`;
    return fault(404, 'MANIFEST_UNKNOWN', why);
  };

  const tagsReply = (name: string, url: URL): Reply => {
    const asked = url.searchParams.get('n');
    if (asked !== null && !/^\d+$/.test(asked))
      return fault(400, 'PAGINATION_NUMBER_INVALID', 'invalid number of results requested', { n: asked });
    const last = url.searchParams.get('last');
    const rest = catalogue.tags(name).filter((tag) => last === null || tag > last);
    const page = rest.slice(0, Math.min(asked === null ? pageSize : Number(asked), pageSize));
    const query = new URLSearchParams({ n: String(page.length), last: page.at(-1) ?? '' });
    const isMore = page.length > 0 && page.length < rest.length;
    const headers = isMore ? { link: `</v2/${name}/tags/list?${query}>; rel="next"` } : {};
    return { status: 200, body: { name, tags: page }, headers };
  };

  const reply = (request: IncomingMessage): Reply => {
    const url = new URL(request.url ?? '/', 'http://registry');
    if (request.method !== 'GET' && request.method !== 'HEAD')
      return fault(405, 'UNSUPPORTED', 'the operation is unsupported');
    if (url.pathname === '/token') return tokenReply(request, url);
    if (url.pathname === '/v2/' || url.pathname === '/v2')
      return challenge(request, null) ?? { status: 200, body: {} };
    const [, name, kind, segment] = ROUTE.exec(url.pathname) ?? [];
    const reference = decode(segment ?? '');
    if (name === undefined || !reference)
      return fault(404, 'NAME_INVALID', 'invalid repository name', { path: url.pathname });
    const refusal = challenge(request, `repository:${name}:pull`);
    if (refusal) return refusal;
    if (!catalogue.repository(name))
      return fault(404, 'NAME_UNKNOWN', 'repository name not known to registry', { name });
    if (kind === 'manifests') return manifestReply(request, name, reference);
    if (kind === 'tags' && reference === 'list') return tagsReply(name, url);
    const blob = kind === 'blobs' ? catalogue.blob(name, reference) : undefined;
    if (blob) return contentReply(blob, 'application/octet-stream');
    return fault(404, 'BLOB_UNKNOWN', 'blob unknown to registry', { digest: reference });
  };

  const outageReply = (mode: 'unavailable' | 'ratelimit'): Reply =>
    mode === 'unavailable'
      ? fault(503, 'UNAVAILABLE', 'service unavailable')
      : { ...fault(429, 'TOOMANYREQUESTS', 'too many requests'), headers: { 'retry-after': '2' } };

  const server = createServer((request, response) => {
    request.resume();
    if (outage === 'hang') return;
    if (outage === 'reset') response.destroy();
    else send(request, response, outage ? outageReply(outage) : reply(request));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  const address = server.address();
  const host = `127.0.0.1:${typeof address === 'object' && address ? address.port : options.port}`;

  return {
    host,
    url: `http://${host}`,
    digests: catalogue.digests,
    digestOf: (name, tag) => {
      const manifest = catalogue.manifest(name, tag);
      if (!manifest) throw new Error(`the sandbox registry has no ${name}:${tag}`);
      return manifest.digest;
    },
    push: (name, tag, seed) => catalogue.push(name, tag, seed),
    setDown: (mode) => {
      outage = mode;
    },
    revokeTokens: () => tokens.revokeAll(),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** HEAD answers carry the same headers, Content-Length included, and no body. */
function send(request: IncomingMessage, response: ServerResponse, reply: Reply): void {
  const bytes = Buffer.isBuffer(reply.body) ? reply.body : Buffer.from(JSON.stringify(reply.body));
  response.writeHead(reply.status, {
    'docker-distribution-api-version': 'registry/2.0',
    'content-type': 'application/json',
    'content-length': bytes.length,
    ...reply.headers,
  });
  response.end(request.method === 'HEAD' ? undefined : bytes);
}
