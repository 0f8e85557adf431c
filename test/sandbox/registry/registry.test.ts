import { createHash } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Registry, startRegistry } from '../../../sandbox/registry/registry.ts';

const INDEX = 'application/vnd.oci.image.index.v1+json';
const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const ACCEPT = `${INDEX}, ${MANIFEST}`;
const REPOSITORIES = [
  { name: 'tiffin/payment-gateway', tags: ['v2.2.0', 'v2.2.1', 'v2.3.0', 'v2.3.1', 'v2.10.0'] },
  { name: 'tiffin/ledger', tags: ['v5.0.4'] },
];
const NAME = 'tiffin/payment-gateway';

let registry: Registry;

beforeAll(async () => {
  registry = await startRegistry({ repositories: REPOSITORIES });
});
afterEach(() => registry.setDown(null));
afterAll(() => registry.close());

async function tokenFor(name: string, from: Registry = registry): Promise<string> {
  const url = `${from.url}/token?service=sandbox-registry&scope=repository:${name}:pull`;
  const body = (await (await fetch(url)).json()) as { token: string };
  return body.token;
}

async function get(path: string, init: { method?: string; accept?: string; token?: string } = {}) {
  const token = init.token ?? (await tokenFor(NAME));
  return fetch(`${registry.url}${path}`, {
    method: init.method ?? 'GET',
    headers: { authorization: `Bearer ${token}`, accept: init.accept ?? ACCEPT },
  });
}

const codeOf = async (response: Response): Promise<string | undefined> =>
  ((await response.json()) as { errors: { code: string }[] }).errors[0]?.code;

const sha256 = (bytes: ArrayBuffer): string =>
  `sha256:${createHash('sha256').update(Buffer.from(bytes)).digest('hex')}`;

describe('token auth', () => {
  it('challenges a request without a token and names realm, service and scope', async () => {
    const response = await fetch(`${registry.url}/v2/${NAME}/manifests/v2.3.0`);

    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toBe(
      `Bearer realm="${registry.url}/token",service="sandbox-registry",scope="repository:${NAME}:pull"`,
    );
    expect(await codeOf(response)).toBe('UNAUTHORIZED');
  });

  it('challenges the base endpoint and answers it with a token', async () => {
    expect((await fetch(`${registry.url}/v2/`)).status).toBe(401);
    expect((await get('/v2/')).status).toBe(200);
  });

  it('refuses a token of another repository', async () => {
    const response = await get(`/v2/${NAME}/manifests/v2.3.0`, { token: await tokenFor('tiffin/ledger') });

    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toContain('error="insufficient_scope"');
  });

  it('refuses a token that was revoked', async () => {
    const token = await tokenFor(NAME);
    registry.revokeTokens();

    expect((await get(`/v2/${NAME}/tags/list`, { token })).status).toBe(401);
  });

  it('gives tokens to the right credentials alone when it has credentials', async () => {
    const credentials = { username: 'pull', password: 's3cret' };
    const closed = await startRegistry({ repositories: REPOSITORIES, credentials });
    const basic = (text: string) => ({ authorization: `Basic ${Buffer.from(text).toString('base64')}` });
    try {
      const statuses = await Promise.all(
        [{}, basic('pull:wrong'), basic('pull:s3cret')].map(
          async (headers) => (await fetch(`${closed.url}/token`, { headers })).status,
        ),
      );
      expect(statuses).toEqual([401, 401, 200]);
    } finally {
      await closed.close();
    }
  });
});

describe('manifests', () => {
  it.each([
    ['an index', 'v2.2.0', INDEX],
    ['a single manifest', 'v2.2.1', MANIFEST],
  ])('serves %s whose digest is the sha256 of its bytes', async (_, tag, mediaType) => {
    const response = await get(`/v2/${NAME}/manifests/${tag}`);

    expect(response.headers.get('content-type')).toBe(mediaType);
    const digest = sha256(await response.arrayBuffer());
    expect(response.headers.get('docker-content-digest')).toBe(digest);
    expect(registry.digestOf(NAME, tag)).toBe(digest);
    expect((await get(`/v2/${NAME}/manifests/${digest}`)).status).toBe(200);
  });

  it('answers HEAD with the same headers and no body', async () => {
    const full = await get(`/v2/${NAME}/manifests/v2.2.0`);
    const head = await get(`/v2/${NAME}/manifests/v2.2.0`, { method: 'HEAD' });

    for (const name of ['docker-content-digest', 'content-length', 'content-type'])
      expect(head.headers.get(name)).toBe(full.headers.get(name));
    expect(await head.text()).toBe('');
  });

  it('leads from the index to platform manifests and to a config with a date', async () => {
    const index = (await (await get(`/v2/${NAME}/manifests/v2.2.0`)).json()) as {
      manifests: { digest: string; size: number; platform: { architecture: string } }[];
    };
    expect(index.manifests.map((entry) => entry.platform.architecture)).toEqual(['amd64', 'arm64']);
    const [entry] = index.manifests;
    const manifestResponse = await get(`/v2/${NAME}/manifests/${entry?.digest}`);
    expect(Number(manifestResponse.headers.get('content-length'))).toBe(entry?.size);
    const manifest = (await manifestResponse.json()) as { config: { digest: string } };
    const blob = await get(`/v2/${NAME}/blobs/${manifest.config.digest}`);
    const bytes = await blob.arrayBuffer();

    expect(sha256(bytes)).toBe(manifest.config.digest);
    const config = JSON.parse(Buffer.from(bytes).toString()) as { created: string };
    expect(Date.parse(config.created)).toBeGreaterThan(0);
    expect(registry.digests.get(entry?.digest ?? '')).toEqual({ name: NAME, tag: 'v2.2.0' });
  });

  it('refuses an index to a client that accepts manifests alone', async () => {
    const response = await get(`/v2/${NAME}/manifests/v2.2.0`, { accept: MANIFEST });

    expect(response.status).toBe(404);
    expect(await codeOf(response)).toBe('MANIFEST_UNKNOWN');
  });

  it.each([
    ['an unknown tag', `/v2/${NAME}/manifests/v9.9.9`, NAME, 404, 'MANIFEST_UNKNOWN'],
    ['an unknown repository', '/v2/tiffin/nothing/manifests/v1', 'tiffin/nothing', 404, 'NAME_UNKNOWN'],
    ['an unknown blob', `/v2/${NAME}/blobs/sha256:00`, NAME, 404, 'BLOB_UNKNOWN'],
    ['a bad name', '/v2/UPPER/manifests/v1', NAME, 404, 'NAME_INVALID'],
    ['bad escapes', `/v2/${NAME}/manifests/%E0%A4%A`, NAME, 404, 'NAME_INVALID'],
    ['a bad page size', `/v2/${NAME}/tags/list?n=x`, NAME, 400, 'PAGINATION_NUMBER_INVALID'],
  ])('says what is wrong with %s', async (_, path, name, status, code) => {
    const response = await get(path, { token: await tokenFor(name) });

    expect(response.status).toBe(status);
    expect(await codeOf(response)).toBe(code);
  });

  it('refuses writes', async () => {
    const response = await get(`/v2/${NAME}/manifests/v2.3.0`, { method: 'PUT' });

    expect(response.status).toBe(405);
    expect(await codeOf(response)).toBe('UNSUPPORTED');
  });
});

describe('tags', () => {
  it('come page by page in lexical order, with a Link to the next', async () => {
    const pages: string[][] = [];
    let path: string | undefined = `/v2/${NAME}/tags/list?n=2`;
    while (path) {
      const response: Response = await get(path);
      pages.push(((await response.json()) as { tags: string[] }).tags);
      path = /^<(.+)>; rel="next"$/.exec(response.headers.get('link') ?? '')?.[1];
    }

    expect(pages).toEqual([['v2.10.0', 'v2.2.0'], ['v2.2.1', 'v2.3.0'], ['v2.3.1']]);
  });
});

describe('pushes and outages', () => {
  it('gives the same digests for the same tags, and others after a push', async () => {
    const other = await startRegistry({ repositories: REPOSITORIES });
    try {
      const before = other.digestOf(NAME, 'v2.3.1');
      expect(before).toBe(registry.digestOf(NAME, 'v2.3.1'));

      const after = other.push(NAME, 'v2.3.1', 'rebuilt');

      expect(after).not.toBe(before);
      expect(other.digestOf(NAME, 'v2.3.1')).toBe(after);
      const old = await fetch(`${other.url}/v2/${NAME}/manifests/${before}`, {
        headers: { authorization: `Bearer ${await tokenFor(NAME, other)}`, accept: ACCEPT },
      });
      expect(old.status).toBe(200);
    } finally {
      await other.close();
    }
  });

  it('is down in the way that it is told', async () => {
    registry.setDown('unavailable');
    expect((await fetch(`${registry.url}/v2/`)).status).toBe(503);
    registry.setDown('ratelimit');
    const limited = await fetch(`${registry.url}/v2/`);
    expect([limited.status, await codeOf(limited)]).toEqual([429, 'TOOMANYREQUESTS']);
    registry.setDown('reset');
    await expect(fetch(`${registry.url}/v2/`)).rejects.toThrow();
    registry.setDown('hang');
    await expect(fetch(`${registry.url}/v2/`, { signal: AbortSignal.timeout(200) })).rejects.toThrow();
  });
});
