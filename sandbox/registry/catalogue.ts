import { buildImage, type Content, type Image } from './images.ts';

export interface RepositorySeed {
  /** May hold slashes: `tiffin/payment-gateway`. */
  readonly name: string;
  readonly tags: readonly string[];
}

interface Repository {
  readonly tags: Map<string, Image>;
  /** By digest, older builds of a tag included: what was once pushed stays pullable by digest. */
  readonly manifests: Map<string, Content>;
  readonly blobs: Map<string, Content>;
}

/** What the registry holds. */
export class Catalogue {
  readonly #repositories = new Map<string, Repository>();
  readonly #digests = new Map<string, { readonly name: string; readonly tag: string }>();

  constructor(seeds: readonly RepositorySeed[]) {
    for (const { name, tags } of seeds) {
      this.#repositories.set(name, { tags: new Map(), manifests: new Map(), blobs: new Map() });
      for (const [order, tag] of tags.entries())
        this.#add(buildImage({ name, tag, order, isMultiArch: order % 2 === 0, seed: '' }));
    }
  }

  /** Which tag every digest was built for: of indexes and of their platform manifests. */
  get digests(): ReadonlyMap<string, { readonly name: string; readonly tag: string }> {
    return this.#digests;
  }

  repository(name: string): Repository | undefined {
    return this.#repositories.get(name);
  }

  /** By tag or digest. */
  manifest(name: string, reference: string): Content | undefined {
    const repository = this.#repositories.get(name);
    return repository?.tags.get(reference)?.top ?? repository?.manifests.get(reference);
  }

  blob(name: string, digest: string): Content | undefined {
    return this.#repositories.get(name)?.blobs.get(digest);
  }

  /** In the order of the spec: lexical. */
  tags(name: string): readonly string[] {
    return [...(this.#repositories.get(name)?.tags.keys() ?? [])].sort();
  }

  /** Builds the tag anew (the repository too, when it is not there) and lets it point to the result. */
  push(name: string, tag: string, seed: string): string {
    if (!this.#repositories.has(name))
      this.#repositories.set(name, { tags: new Map(), manifests: new Map(), blobs: new Map() });
    const tags = this.#repositories.get(name)?.tags ?? new Map<string, Image>();
    const known = [...tags.keys()].indexOf(tag);
    const order = known < 0 ? tags.size : known;
    const image = buildImage({ name, tag, order, isMultiArch: order % 2 === 0, seed });
    this.#add(image);
    return image.top.digest;
  }

  #add(image: Image): void {
    const repository = this.#repositories.get(image.name);
    repository?.tags.set(image.tag, image);
    for (const manifest of image.manifests) {
      repository?.manifests.set(manifest.digest, manifest);
      this.#digests.set(manifest.digest, { name: image.name, tag: image.tag });
    }
    for (const blob of image.blobs) repository?.blobs.set(blob.digest, blob);
  }
}
