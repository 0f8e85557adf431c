/** What a tag or digest resolved to. */
export interface ResolvedImage {
  /** Digest of what was named: the index for a multi-arch image. */
  readonly digest: string;
  readonly mediaType: string;
  /** `linux/amd64`… for an index; empty for a single image. */
  readonly platforms: readonly string[];
}

export interface TagInfo {
  readonly tag: string;
  /** ms since the epoch from the image config; null when it could not be read. */
  readonly createdAt: number | null;
}

/** OCI distribution API. Throws DabbawalaError: `image_not_found` (with what the registry said), `registry_unavailable`, `bad_probe_spec` never. */
export interface ImageRegistry {
  /** @param reference tag or `sha256:…` */
  resolve(repository: string, reference: string, signal?: AbortSignal): Promise<ResolvedImage>;
  /** All tags, semver descending, others after them. */
  tags(repository: string, signal?: AbortSignal): Promise<readonly string[]>;
  /** `created` for at most the first 20 of the tags given. */
  describe(repository: string, tags: readonly string[], signal?: AbortSignal): Promise<readonly TagInfo[]>;
}
