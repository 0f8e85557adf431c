/** The images that a deploy names, on a real registry: by tag, by digest, behind tokens, and not there. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OciRegistry } from '../../src/adapters/oci-registry.ts';
import { configSchema } from '../../src/config/schema.ts';
import { codeOf } from '../contract/traffic-router.suite.ts';
import { type DockerRegistry, PASSWORD, startDockerRegistry, USER } from './lab/docker-registry.ts';

const NAME = 'tiffin/payment-gateway';
const OTHER = `sha256:${'0'.repeat(64)}`;
let registry: DockerRegistry;
let repository: string;

const clientWith = (password: string): OciRegistry =>
  new OciRegistry(
    configSchema.shape.registries.parse({
      [registry.host]: { insecureHttp: true, usernameEnv: 'LAB_USER', passwordEnv: 'LAB_PASSWORD' },
    }),
    { LAB_USER: USER, LAB_PASSWORD: password },
  );

beforeAll(async () => {
  registry = await startDockerRegistry();
  repository = `${registry.host}/${NAME}`;
});
afterAll(() => registry?.close());

describe('a real registry', () => {
  it('resolves a tag to the digest that it was pushed with, and a digest to itself', async () => {
    const pushed = await registry.push(NAME, 'v2.3.0', '2026-11-01T10:00:00Z');
    const client = clientWith(PASSWORD);
    const mediaType = 'application/vnd.oci.image.manifest.v1+json';
    expect(await client.resolve(repository, 'v2.3.0')).toEqual({ digest: pushed, mediaType, platforms: [] });
    expect((await client.resolve(repository, pushed)).digest).toBe(pushed);
  });

  it('resolves an image of several platforms to its index', async () => {
    const pushed = await registry.pushIndex(NAME, 'v2.4.0', ['amd64', 'arm64']);
    expect(await clientWith(PASSWORD).resolve(repository, 'v2.4.0')).toMatchObject({
      digest: pushed,
      platforms: ['linux/amd64', 'linux/arm64'],
    });
  });

  it('sees that a tag was moved', async () => {
    const before = await registry.push(NAME, 'v2.3.1', '2026-11-02T10:00:00Z');
    const client = clientWith(PASSWORD);
    expect((await client.resolve(repository, 'v2.3.1')).digest).toBe(before);
    const moved = await registry.push(NAME, 'v2.3.1', '2026-11-03T10:00:00Z');
    expect([(await client.resolve(repository, 'v2.3.1')).digest, moved === before]).toEqual([moved, false]);
  });

  it('lists its tags, newest version first, with their dates', async () => {
    const client = clientWith(PASSWORD);
    const tags = await client.tags(repository);
    expect(tags).toEqual(['v2.4.0', 'v2.3.1', 'v2.3.0']);
    expect(await client.describe(repository, ['v2.3.1', 'v2.3.0'])).toEqual([
      { tag: 'v2.3.1', createdAt: Date.UTC(2026, 10, 3, 10) },
      { tag: 'v2.3.0', createdAt: Date.UTC(2026, 10, 1, 10) },
    ]);
  });

  it.each([
    ['a tag that is not there', NAME, 'v9', 'image_not_found'],
    ['a digest that is not there', NAME, OTHER, 'image_not_found'],
    ['a repository that is not there', 'tiffin/nothing', 'v1', 'image_not_found'],
  ])('says of %s that it is not there', async (_, name, reference, code) => {
    expect(await codeOf(clientWith(PASSWORD).resolve(`${registry.host}/${name}`, reference))).toBe(code);
  });

  it('with a wrong password gives no token, which is no missing image', async () => {
    const asked = clientWith('wrong').resolve(repository, 'v2.3.0');
    await expect(asked).rejects.toMatchObject({
      code: 'registry_unavailable',
      message: expect.stringMatching(/gave no token \(HTTP 401\)/),
    });
  });

  it('that is away is unavailable', async () => {
    await registry.stop();
    expect(await codeOf(clientWith(PASSWORD).resolve(repository, 'v2.3.0'))).toBe('registry_unavailable');
  });
});
