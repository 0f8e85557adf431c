import { createHash } from 'node:crypto';
import { DabbawalaError } from '../../src/lib/errors.ts';
import type { ImageRegistry, ResolvedImage, TagInfo } from '../../src/ports/image-registry.ts';

/** A digest that any test can compute for itself. */
export const fakeDigest = (repository: string, tag: string): string =>
  `sha256:${createHash('sha256').update(`${repository}:${tag}`).digest('hex')}`;

/** Images in memory: repositories with tags in the order of tags(). */
export class FakeRegistry implements ImageRegistry {
  readonly #digests = new Map<string, Map<string, string>>();
  readonly #created = new Map<string, number>();
  #fault: DabbawalaError | null = null;

  /** @param tags newest first: the order that tags() answers in */
  seed(repository: string, tags: readonly string[], createdAt?: Readonly<Record<string, number>>): void {
    this.#digests.set(repository, new Map(tags.map((tag) => [tag, fakeDigest(repository, tag)])));
    for (const [tag, at] of Object.entries(createdAt ?? {})) this.#created.set(`${repository}:${tag}`, at);
  }

  /** Points a tag elsewhere, as a re-push does. */
  move(repository: string, tag: string, digest: string): void {
    this.#digests.get(repository)?.set(tag, digest);
  }

  /** Every call throws this until it is null again. */
  failWith(fault: DabbawalaError | null): void {
    this.#fault = fault;
  }

  async resolve(repository: string, reference: string): Promise<ResolvedImage> {
    const tags = this.#repository(repository);
    const digest = [...tags.values()].includes(reference) ? reference : tags.get(reference);
    if (digest === undefined)
      throw new DabbawalaError(
        'image_not_found',
        `The registry has no ${repository}:${reference}: manifest unknown`,
      );
    return {
      digest,
      mediaType: 'application/vnd.oci.image.index.v1+json',
      platforms: ['linux/amd64', 'linux/arm64'],
    };
  }

  async tags(repository: string): Promise<readonly string[]> {
    return [...this.#repository(repository).keys()];
  }

  async describe(repository: string, tags: readonly string[]): Promise<readonly TagInfo[]> {
    this.#repository(repository);
    return tags.map((tag, index) => ({
      tag,
      createdAt: index < 20 ? (this.#created.get(`${repository}:${tag}`) ?? null) : null,
    }));
  }

  #repository(repository: string): Map<string, string> {
    if (this.#fault) throw this.#fault;
    const tags = this.#digests.get(repository);
    if (tags === undefined)
      throw new DabbawalaError(
        'image_not_found',
        `The registry has no ${repository}: repository name not known`,
      );
    return tags;
  }
}
