import { createHash } from 'node:crypto';
import semver from 'semver';
import * as z from 'zod';
import type { Config } from '../config/schema.ts';
import { DabbawalaError } from '../lib/errors.ts';
import type { ImageRegistry, ResolvedImage, TagInfo } from '../ports/image-registry.ts';
import { type Fetched, RegistryHttp, registryWords } from './oci-http.ts';

const TAG = /^[\w][\w.-]{0,127}$/;
const DIGEST = /^sha256:[0-9a-f]{64}$/;
const NAME = /^[a-z0-9]+(?:[._-]+[a-z0-9]+)*(?:\/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)*$/;
const MANIFESTS = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
].join(', ');
const PAGE = 1000;
const MAX_PAGES = 20;
const DESCRIBED = 20;

const manifestSchema = z.looseObject({
  mediaType: z.string().optional(),
  config: z.looseObject({ digest: z.string().regex(DIGEST) }).optional(),
  manifests: z
    .array(
      z.looseObject({
        digest: z.string().regex(DIGEST),
        platform: z.looseObject({ os: z.string(), architecture: z.string() }).optional(),
      }),
    )
    .optional(),
});
const tagsSchema = z.looseObject({ tags: z.array(z.string()).nullish() });
const configSchema = z.looseObject({ created: z.string().optional() });

interface Place {
  readonly http: RegistryHttp;
  /** Name of the repository within its registry. */
  readonly name: string;
}

interface Manifest {
  readonly digest: string;
  readonly mediaType: string;
  readonly content: z.output<typeof manifestSchema>;
}

/** Newest version first; what is no version comes after, so that `latest` and commit hashes do not crowd it out. */
export const compareTags = (a: string, b: string): number => {
  const [left, right] = [semver.parse(a), semver.parse(b)];
  if (left !== null && right !== null) return semver.compareBuild(right, left) || b.localeCompare(a);
  if (left !== null) return -1;
  return right !== null ? 1 : b.localeCompare(a);
};

/** OCI distribution API over fetch: no client of it on npm is kept well. */
export class OciRegistry implements ImageRegistry {
  readonly #settings: Config['registries'];
  readonly #env: Readonly<NodeJS.ProcessEnv>;
  readonly #hosts = new Map<string, RegistryHttp>();

  /** @param env where the credentials named in the configuration are looked up */
  constructor(settings: Config['registries'], env: Readonly<NodeJS.ProcessEnv> = process.env) {
    this.#settings = settings;
    this.#env = env;
  }

  async resolve(repository: string, reference: string, signal?: AbortSignal): Promise<ResolvedImage> {
    if (!TAG.test(reference) && !DIGEST.test(reference))
      throw new DabbawalaError('image_not_found', `"${reference}" is neither a tag nor a sha256 digest.`);
    const { digest, mediaType, content } = await this.#manifest(this.#place(repository), reference, signal);
    const platforms = (content.manifests ?? []).flatMap(({ platform }) =>
      platform === undefined || platform.os === 'unknown' ? [] : [`${platform.os}/${platform.architecture}`],
    );
    return { digest, mediaType, platforms };
  }

  async tags(repository: string, signal?: AbortSignal): Promise<readonly string[]> {
    const place = this.#place(repository);
    const found = new Set<string>();
    let path: string | null = `/v2/${place.name}/tags/list?n=${PAGE}`;
    for (let page = 0; path !== null && page < MAX_PAGES; page += 1) {
      const answer = await place.http.get(place.name, path, 'application/json', signal);
      if (answer.status !== 200) throw refusal(place, answer, 'tags');
      for (const tag of parseBody(place, answer, tagsSchema).tags ?? []) if (TAG.test(tag)) found.add(tag);
      path = nextPath(answer);
    }
    return [...found].toSorted(compareTags);
  }

  async describe(
    repository: string,
    tags: readonly string[],
    signal?: AbortSignal,
  ): Promise<readonly TagInfo[]> {
    const place = this.#place(repository);
    return Promise.all(
      tags.map(async (tag, index) => ({
        tag,
        createdAt: index < DESCRIBED ? await this.#createdAt(place, tag, signal) : null,
      })),
    );
  }

  /** A date is a nicety: without it the tag is still shown. */
  async #createdAt(place: Place, tag: string, signal?: AbortSignal): Promise<number | null> {
    try {
      const top = await this.#manifest(place, tag, signal);
      const platforms = top.content.manifests ?? [];
      const first =
        platforms.find(({ platform }) => platform?.os === 'linux' && platform.architecture === 'amd64') ??
        platforms[0];
      const image = first === undefined ? top : await this.#manifest(place, first.digest, signal);
      const config = image.content.config?.digest;
      if (config === undefined) return null;
      const answer = await place.http.get(place.name, `/v2/${place.name}/blobs/${config}`, '*/*', signal);
      if (answer.status !== 200 || sha256(answer.body) !== config) return null;
      const { created } = parseBody(place, answer, configSchema);
      const at = Date.parse(created ?? '');
      return Number.isNaN(at) ? null : at;
    } catch (error) {
      if (error instanceof DabbawalaError) return null;
      throw error;
    }
  }

  /** The digest is computed from what was received: a proxy that answers for another image is found out. */
  async #manifest(place: Place, reference: string, signal?: AbortSignal): Promise<Manifest> {
    const path = `/v2/${place.name}/manifests/${reference}`;
    const answer = await place.http.get(place.name, path, MANIFESTS, signal);
    if (answer.status !== 200) throw refusal(place, answer, reference);
    const digest = sha256(answer.body);
    const claimed = answer.headers.get('docker-content-digest') ?? digest;
    const wanted = DIGEST.test(reference) ? reference : digest;
    if (claimed !== digest || wanted !== digest)
      throw place.http.fault(
        `sent a manifest of ${place.name} whose digest is ${digest}, not ${claimed === digest ? wanted : claimed} as it says.`,
      );
    const content = parseBody(place, answer, manifestSchema);
    const type = content.mediaType ?? answer.headers.get('content-type')?.split(';')[0]?.trim();
    return { digest, mediaType: type ?? '', content };
  }

  #place(repository: string): Place {
    const slash = repository.indexOf('/');
    const host = repository.slice(0, Math.max(slash, 0));
    const name = repository.slice(slash + 1);
    if (host === '' || !NAME.test(name))
      throw new DabbawalaError('image_not_found', `"${repository}" is no registry/repository.`);
    let http = this.#hosts.get(host);
    if (http === undefined) {
      http = new RegistryHttp(host, this.#settings[host], this.#env);
      this.#hosts.set(host, http);
    }
    return { http, name };
  }
}

const sha256 = (body: Buffer): string => `sha256:${createHash('sha256').update(body).digest('hex')}`;

const refusal = (place: Place, answer: Fetched, what: string): DabbawalaError => {
  const words = registryWords(answer);
  if (answer.status === 404)
    return new DabbawalaError(
      'image_not_found',
      `Registry ${place.http.host} has no ${place.name}${what === 'tags' ? '' : ` ${what}`}: ${words}`,
    );
  return place.http.fault(`answered ${answer.status} for ${place.name}: ${words}`);
};

const parseBody = <T extends z.ZodType>(place: Place, answer: Fetched, schema: T): z.output<T> => {
  try {
    return schema.parse(JSON.parse(answer.body.toString('utf8')));
  } catch (error) {
    throw place.http.fault(`answered for ${place.name} with something that cannot be read.`, error);
  }
};

/** The next page, on the same registry alone: a Link to elsewhere is not followed with our token. */
const nextPath = (answer: Fetched): string | null => {
  const [, target] = /<([^>]*)>\s*;\s*rel="?next"?/i.exec(answer.headers.get('link') ?? '') ?? [];
  if (target === undefined || !URL.canParse(target, answer.url)) return null;
  const url = new URL(target, answer.url);
  return url.origin === answer.url.origin ? `${url.pathname}${url.search}` : null;
};
