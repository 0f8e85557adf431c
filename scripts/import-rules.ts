/**
 * Who may import whom, once: rendered into biome.imports.json (seen while typing) and docs/imports.md, and held by
 * test/repo/architecture.test.ts, which also tells types from values and modules of core from one another.
 */

export const FOLDERS = [
  'lib',
  'core',
  'ports',
  'config',
  'views',
  'services',
  'adapters',
  'commands',
  'handlers',
  'jobs',
] as const;
export type Folder = (typeof FOLDERS)[number];

export interface ImportRule {
  /** Modules of src/ whose values may be used: `core`, or one module `core/colour`. Its own folder always. */
  readonly uses: readonly string[];
  /** Only `import type`. */
  readonly typesOf: readonly string[];
  readonly packages: readonly string[];
  readonly packageTypes: readonly string[];
  /** Node's own modules; `*` for any. */
  readonly node: readonly string[];
  /** One sentence for people. */
  readonly why: string;
}

const bolt = ['@slack/bolt', '@slack/types'];

export const IMPORT_RULES: Readonly<Record<Folder, ImportRule>> = {
  lib: {
    uses: [],
    typesOf: [],
    packages: ['zod', 'pino', 'fastest-levenshtein'],
    packageTypes: [],
    node: ['*'],
    why: 'Small things without business words.',
  },
  core: {
    uses: ['lib/errors'],
    typesOf: [],
    packages: ['canonicalize', '@prometheus-io/lezer-promql'],
    packageTypes: ['@lezer/common'],
    node: ['node:crypto'],
    why: 'Pure: the same input gives the same decision. Of node:crypto only createHash.',
  },
  ports: {
    uses: [],
    typesOf: ['core'],
    packages: [],
    packageTypes: ['@slack/types'],
    node: [],
    why: 'Interfaces alone, in the words of core.',
  },
  config: {
    uses: ['lib'],
    typesOf: ['core'],
    packages: ['zod', 'yaml'],
    packageTypes: [],
    node: ['node:fs'],
    why: 'The file, its shape and its faults.',
  },
  views: {
    uses: ['lib/errors', 'core/incident/incident'],
    typesOf: ['core', 'ports'],
    packages: [],
    packageTypes: ['@slack/types'],
    node: [],
    why: 'Pure: state in, Block Kit out.',
  },
  services: {
    uses: ['core', 'views', 'lib'],
    typesOf: ['ports', 'config'],
    packages: [],
    packageTypes: [],
    node: ['node:util'],
    why: 'Use cases in the words of the ports; no vendor, nothing of the machine.',
  },
  adapters: {
    uses: [
      'lib',
      'core/target',
      'core/colour',
      'core/audit-chain',
      'core/alert/fingerprint',
      'core/alert/severity',
      'core/incident/incident',
      'core/alert/silence',
      'core/analysis/promql',
      'core/analysis/reading',
      'core/rollout/rollout',
      'core/rollout/ground',
      'core/rollout/tracking-marks',
      'core/rollout/probe-job-name',
    ],
    typesOf: ['core', 'ports', 'config'],
    packages: ['zod'],
    packageTypes: ['@slack/types'],
    node: ['*'],
    why: 'One vendor each. Of core they use words and formats, never decisions. An SDK has one home: see below.',
  },
  commands: {
    uses: ['services', 'views', 'lib', 'core/incident/incident', 'core/incident/clocks'],
    typesOf: ['core', 'ports', 'config'],
    packages: [],
    packageTypes: bolt,
    node: [],
    why: 'Left side: words in, use case called, view out.',
  },
  handlers: {
    uses: ['services', 'views', 'lib'],
    typesOf: ['core', 'ports', 'config', 'commands'],
    packages: [],
    packageTypes: bolt,
    node: [],
    why: 'Left side: buttons and forms. A form stands for a command, so it knows what a command is.',
  },
  jobs: {
    uses: ['services', 'lib', 'core'],
    typesOf: ['ports', 'config', 'views'],
    packages: [],
    packageTypes: [],
    node: [],
    why: 'Left side: the clock. A job may ask core whether something is still to be done.',
  },
};

/** Where an SDK may be imported, as value or type; nowhere else under src/, the composition root included. */
export const SDK_HOMES: Readonly<Record<string, string>> = {
  '@kubernetes/client-node': 'adapters/kubernetes/',
  ioredis: 'adapters/redis/',
  bullmq: 'adapters/redis/',
  '@slack/bolt': 'adapters/slack/',
  cockatiel: 'adapters/',
  'rate-limiter-flexible': 'adapters/',
  fastify: 'adapters/',
  'prom-client': 'adapters/',
  semver: 'adapters/oci-registry.ts',
};

/** Files at the top of src/ that put things together; they may import every folder, and these packages. */
export const ROOT_PACKAGES = ['node-cron'] as const;

/** Folders in which nothing may wait, look at a clock, throw dice or read the environment. */
export const PURE_FOLDERS: readonly Folder[] = ['core', 'views'];
