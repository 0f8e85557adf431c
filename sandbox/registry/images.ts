import { createHash } from 'node:crypto';

export const INDEX_TYPE = 'application/vnd.oci.image.index.v1+json';
export const MANIFEST_TYPE = 'application/vnd.oci.image.manifest.v1+json';
const CONFIG_TYPE = 'application/vnd.oci.image.config.v1+json';
const LAYER_TYPE = 'application/vnd.oci.image.layer.v1.tar+gzip';

const PLATFORMS = ['amd64', 'arm64'] as const;
const DAY_MS = 86_400_000;
/** Builds are dated from here on, so that the same tags have the same digests on every machine and day. */
const FIRST_BUILD = Date.UTC(2026, 5, 1, 9, 30);

/** Bytes as the registry serves them, with the digest of exactly these bytes. */
export interface Content {
  readonly digest: string;
  readonly mediaType: string;
  readonly bytes: Buffer;
}

export interface Image {
  readonly name: string;
  readonly tag: string;
  /** What the tag points to: an index, or the single manifest. */
  readonly top: Content;
  /** The top and, for an index, its platform manifests. */
  readonly manifests: readonly Content[];
  /** Configs and layers. */
  readonly blobs: readonly Content[];
}

export interface ImageSeed {
  readonly name: string;
  readonly tag: string;
  /** Place in the tag list: gives the build date. */
  readonly order: number;
  readonly isMultiArch: boolean;
  /** Another seed is another build of the same tag. */
  readonly seed: string;
}

function content(mediaType: string, bytes: Buffer): Content {
  const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
  return { digest, mediaType, bytes };
}

const json = (mediaType: string, value: unknown): Content =>
  content(mediaType, Buffer.from(JSON.stringify(value, null, 2)));

const descriptor = (part: Content): { mediaType: string; digest: string; size: number } => ({
  mediaType: part.mediaType,
  digest: part.digest,
  size: part.bytes.length,
});

function buildPlatform(seed: ImageSeed, architecture: string): { manifest: Content; blobs: Content[] } {
  const layer = content(
    LAYER_TYPE,
    Buffer.from(`${seed.name} ${seed.tag} ${architecture} ${seed.seed}\n`, 'utf8'),
  );
  const config = json(CONFIG_TYPE, {
    architecture,
    os: 'linux',
    created: new Date(FIRST_BUILD + seed.order * 9 * DAY_MS).toISOString(),
    config: {
      Entrypoint: ['/app/server'],
      Labels: { 'org.opencontainers.image.version': seed.tag.replace(/^v/, '') },
    },
    rootfs: { type: 'layers', diff_ids: [layer.digest] },
  });
  const manifest = json(MANIFEST_TYPE, {
    schemaVersion: 2,
    mediaType: MANIFEST_TYPE,
    config: descriptor(config),
    layers: [descriptor(layer)],
  });
  return { manifest, blobs: [config, layer] };
}

/** Builds all contents of one tag. Pure: equal seeds give equal digests. */
export function buildImage(seed: ImageSeed): Image {
  const { name, tag } = seed;
  if (!seed.isMultiArch) {
    const { manifest, blobs } = buildPlatform(seed, 'amd64');
    return { name, tag, top: manifest, manifests: [manifest], blobs };
  }
  const built = PLATFORMS.map((architecture) => ({ architecture, ...buildPlatform(seed, architecture) }));
  const top = json(INDEX_TYPE, {
    schemaVersion: 2,
    mediaType: INDEX_TYPE,
    manifests: built.map(({ architecture, manifest }) => ({
      ...descriptor(manifest),
      platform: { architecture, os: 'linux' },
    })),
  });
  return {
    name,
    tag,
    top,
    manifests: [top, ...built.map((platform) => platform.manifest)],
    blobs: built.flatMap((platform) => platform.blobs),
  };
}
