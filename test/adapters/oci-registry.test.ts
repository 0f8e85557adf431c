import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Registry, startRegistry } from '../../sandbox/registry/registry.ts';
import { compareTags, OciRegistry } from '../../src/adapters/oci-registry.ts';
import { configSchema } from '../../src/config/schema.ts';
import { codeOf } from '../contract/traffic-router.suite.ts';

const settingsFor = (host: string, more = {}) =>
  configSchema.shape.registries.parse({ [host]: { insecureHttp: true, ...more } });

describe('against a registry with token auth', () => {
  const TAGS = ['v2.10.0', 'v2.9.0', 'v2.3.1', 'v2.3.1-rc.1', 'latest', 'a1b2c3d'];
  const NAME = 'payments/payment-gateway';
  let registry: Registry;
  let repository: string;
  let client: OciRegistry;

  const restart = async (options = {}): Promise<void> => {
    await registry?.close();
    registry = await startRegistry({
      repositories: [{ name: NAME, tags: TAGS.toReversed() }],
      ...options,
    });
    repository = `${registry.host}/${NAME}`;
    client = new OciRegistry(settingsFor(registry.host));
  };
  beforeEach(() => restart());
  afterEach(() => registry.close());

  it('resolves a tag to the digest of the index, with its platforms', async () => {
    const resolved = await client.resolve(repository, 'v2.9.0');
    expect(resolved.digest).toBe(registry.digestOf(NAME, 'v2.9.0'));
    expect(resolved.mediaType).toBe('application/vnd.oci.image.index.v1+json');
    expect(resolved.platforms).toEqual(['linux/amd64', 'linux/arm64']);
  });

  it('resolves a tag of one platform to the digest of its manifest', async () => {
    const resolved = await client.resolve(repository, 'v2.10.0');
    expect(resolved).toEqual({
      digest: registry.digestOf(NAME, 'v2.10.0'),
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
      platforms: [],
    });
  });

  it('resolves a digest to itself', async () => {
    const digest = registry.digestOf(NAME, 'v2.9.0');
    expect((await client.resolve(repository, digest)).digest).toBe(digest);
  });

  it('sees that a tag was moved', async () => {
    const before = await client.resolve(repository, 'v2.9.0');
    const moved = registry.push(NAME, 'v2.9.0', 'another build');
    expect((await client.resolve(repository, 'v2.9.0')).digest).toBe(moved);
    expect(moved).not.toBe(before.digest);
  });

  it('lists all pages, versions first and newest first', async () => {
    await restart({ pageSize: 2 });
    expect(await client.tags(repository)).toEqual([
      'v2.10.0',
      'v2.9.0',
      'v2.3.1',
      'v2.3.1-rc.1',
      'latest',
      'a1b2c3d',
    ]);
  });

  it('tells the date of a tag from its image config, and null where it cannot', async () => {
    const [known, unknown] = await client.describe(repository, ['v2.9.0', 'v9.9.9']);
    expect(known).toEqual({ tag: 'v2.9.0', createdAt: expect.any(Number) });
    expect(new Date(known?.createdAt ?? 0).getUTCFullYear()).toBe(2026);
    expect(unknown).toEqual({ tag: 'v9.9.9', createdAt: null });
  });

  it('looks up the date of the first twenty alone', async () => {
    const tags = Array.from({ length: 25 }, () => 'v2.10.0');
    const described = await client.describe(repository, tags);
    expect(described.map(({ createdAt }) => createdAt !== null)).toEqual([
      ...Array(20).fill(true),
      ...Array(5).fill(false),
    ]);
  });

  it('asks for a new token when the old one is refused', async () => {
    await client.resolve(repository, 'latest');
    registry.revokeTokens();
    expect((await client.resolve(repository, 'latest')).digest).toBe(registry.digestOf(NAME, 'latest'));
  });

  it('takes name and password from the environment variables named', async () => {
    await restart({ credentials: { username: 'bot', password: 'p:w' } });
    const settings = settingsFor(registry.host, { usernameEnv: 'REG_USER', passwordEnv: 'REG_PASS' });
    const withEnv = new OciRegistry(settings, { REG_USER: 'bot', REG_PASS: 'p:w' });
    expect((await withEnv.resolve(repository, 'latest')).digest).toBe(registry.digestOf(NAME, 'latest'));
    const without = new OciRegistry(settings, {});
    await expect(without.resolve(repository, 'latest')).rejects.toMatchObject({
      code: 'registry_unavailable',
      message: expect.stringContaining('incorrect username or password'),
    });
  });

  it('says what the registry said of a tag or repository that is not there', async () => {
    await expect(client.resolve(repository, 'v9.9.9')).rejects.toMatchObject({
      code: 'image_not_found',
      message: expect.stringMatching(/payments\/payment-gateway v9\.9\.9: manifest unknown$/),
    });
    await expect(client.tags(`${registry.host}/payments/nobody`)).rejects.toMatchObject({
      code: 'image_not_found',
      message: expect.stringContaining('repository name not known'),
    });
  });

  it.each(['', '-v1', 'v1/../../x', 'v1 ', 'sha256:abc', 'x'.repeat(129), 'v1?y', 'v1\n'])(
    'refuses %j before asking',
    async (reference) => {
      await registry.close();
      expect(await codeOf(client.resolve(repository, reference))).toBe('image_not_found');
    },
  );

  it.each(['payment-gateway', 'host/UPPER', 'host/../x', 'host/', '/x'])(
    'refuses the repository %j',
    async (bad) => {
      expect(await codeOf(client.tags(bad))).toBe('image_not_found');
    },
  );

  it.each(['unavailable', 'ratelimit', 'reset'] as const)(
    'an outage (%s) is registry_unavailable',
    async (mode) => {
      registry.setDown(mode);
      expect(await codeOf(client.resolve(repository, 'latest'))).toBe('registry_unavailable');
    },
  );

  it('a registry that hangs is registry_unavailable within its time', async () => {
    registry.setDown('hang');
    const impatient = new OciRegistry(settingsFor(registry.host, { timeout: 100 }));
    await expect(impatient.resolve(repository, 'latest')).rejects.toMatchObject({
      code: 'registry_unavailable',
      message: expect.stringContaining('did not answer within 100 ms'),
    });
  });

  it('an abort ends the wait', async () => {
    registry.setDown('hang');
    const controller = new AbortController();
    const resolving = client.resolve(repository, 'latest', controller.signal);
    controller.abort();
    await expect(resolving).rejects.toMatchObject({ code: 'registry_unavailable' });
  });

  it('plain http needs the word of the configuration', async () => {
    const strict = new OciRegistry(settingsFor('elsewhere'));
    expect(await codeOf(strict.resolve(repository, 'latest'))).toBe('registry_unavailable');
  });
});

describe('against a registry that lies', () => {
  type Handler = (request: IncomingMessage, response: ServerResponse, url: string) => void;
  let handler: Handler;
  let server: Server;
  let host: string;
  const seen: { host: string; path: string; authorization: string | undefined }[] = [];

  beforeEach(async () => {
    seen.length = 0;
    server = createServer((request, response) => {
      const { authorization } = request.headers;
      seen.push({ host: request.headers.host ?? '', path: request.url ?? '', authorization });
      handler(request, response, `http://${host}`);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterEach(
    () =>
      new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      }),
  );
  const open = () =>
    new OciRegistry(settingsFor(host, { usernameEnv: 'U', passwordEnv: 'P' }), { U: 'u', P: 'p' });

  it('a digest that is not that of the body is found out', async () => {
    handler = (_request, response) =>
      response.writeHead(200, { 'docker-content-digest': `sha256:${'0'.repeat(64)}` }).end('{}');
    await expect(open().resolve(`${host}/a/b`, 'v1')).rejects.toMatchObject({
      code: 'registry_unavailable',
      message: expect.stringMatching(/whose digest is sha256:44136fa.*, not sha256:000/),
    });
  });

  it('another image than the digest asked for is found out', async () => {
    handler = (_request, response) => response.writeHead(200).end('{}');
    expect(await codeOf(open().resolve(`${host}/a/b`, `sha256:${'1'.repeat(64)}`))).toBe(
      'registry_unavailable',
    );
  });

  it.each([
    ['no JSON', 'hello'],
    ['another shape', '{"manifests":"none"}'],
  ])('%s is registry_unavailable', async (_title, body) => {
    handler = (_request, response) => response.writeHead(200).end(body);
    expect(await codeOf(open().resolve(`${host}/a/b`, 'v1'))).toBe('registry_unavailable');
  });

  it('a redirect of the token request is not followed', async () => {
    handler = (request, response, url) => {
      if (request.url?.startsWith('/token'))
        response.writeHead(307, { location: `http://localhost:${new URL(url).port}/stolen` }).end();
      else response.writeHead(401, { 'www-authenticate': `Bearer realm="${url}/token",service="s"` }).end();
    };
    expect(await codeOf(open().resolve(`${host}/a/b`, 'v1'))).toBe('registry_unavailable');
    expect(seen.some(({ path }) => path === '/stolen')).toBe(false);
  });

  it('a redirect to another host is followed without our token', async () => {
    handler = (request, response, url) => {
      if (request.url?.startsWith('/token')) response.end('{"token":"secret"}');
      else if (request.url === '/elsewhere') response.end('{}');
      else if (request.headers.authorization === undefined)
        response.writeHead(401, { 'www-authenticate': `Bearer realm="${url}/token",service="s"` }).end();
      else response.writeHead(307, { location: `http://localhost:${new URL(url).port}/elsewhere` }).end();
    };
    await open().resolve(`${host}/a/b`, 'v1');
    expect(seen.find(({ path }) => path === '/elsewhere')).toMatchObject({
      host: expect.stringMatching(/^localhost/),
      authorization: undefined,
    });
    expect(seen.find(({ path }) => path.startsWith('/token'))?.path).toContain(
      'scope=repository%3Aa%2Fb%3Apull',
    );
  });

  it('a host that a redirect leads to gets no credentials, whatever realm it names', async () => {
    handler = (request, response, url) => {
      const elsewhere = `http://localhost:${new URL(url).port}`;
      if (request.url?.startsWith('/stolen')) response.end('{"token":"theirs"}');
      else if (request.url === '/elsewhere')
        response.writeHead(401, { 'www-authenticate': `Bearer realm="${elsewhere}/stolen"` }).end();
      else response.writeHead(307, { location: `${elsewhere}/elsewhere` }).end();
    };
    expect(await codeOf(open().resolve(`${host}/a/b`, 'v1'))).toBe('registry_unavailable');
    expect(seen.map(({ path }) => path)).toEqual(['/v2/a/b/manifests/v1', '/elsewhere']);
    expect(seen.every(({ authorization }) => authorization === undefined)).toBe(true);
  });

  it('redirects without end are given up', async () => {
    handler = (_request, response) => response.writeHead(302, { location: '/v2/again' }).end();
    expect(await codeOf(open().resolve(`${host}/a/b`, 'v1'))).toBe('registry_unavailable');
    expect(seen.length).toBeLessThan(6);
  });

  it('a next page on another host is not asked for', async () => {
    handler = (_request, response) =>
      response
        .writeHead(200, { link: '<http://localhost:1/v2/a/b/tags/list?last=v1>; rel="next"' })
        .end('{"tags":["v1"]}');
    expect(await open().tags(`${host}/a/b`)).toEqual(['v1']);
  });

  it('pages without end are given up', async () => {
    handler = (_request, response) =>
      response
        .writeHead(200, { link: `</v2/a/b/tags/list?last=v${seen.length}>; rel="next"` })
        .end(`{"tags":["v${seen.length}.0.0"]}`);
    expect((await open().tags(`${host}/a/b`)).length).toBeLessThanOrEqual(20);
  });

  it('a Basic challenge is answered with Basic', async () => {
    handler = (request, response) =>
      request.headers.authorization === undefined
        ? response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end()
        : response.end('{}');
    await open().resolve(`${host}/a/b`, 'v1');
    expect(seen.at(-1)?.authorization).toBe(`Basic ${Buffer.from('u:p').toString('base64')}`);
  });
});

describe('compareTags', () => {
  it('sorts versions descending, with or without v, pre-releases below, the rest after', () => {
    const tags = ['latest', '1.0.0', 'v1.10.0', 'v1.2.0', '2.0.0-beta.1', '2.0.0', 'main', 'v1.2.0-rc.1'];
    expect(tags.toSorted(compareTags)).toEqual([
      '2.0.0',
      '2.0.0-beta.1',
      'v1.10.0',
      'v1.2.0',
      'v1.2.0-rc.1',
      '1.0.0',
      'main',
      'latest',
    ]);
  });
});
