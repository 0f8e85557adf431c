/** Where the programs of the control plane come from: a folder that somebody names, else the cache, else Go. */
import { spawn, spawnSync } from 'node:child_process';
import { accessSync, constants, mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isolated } from './isolate.ts';
import versions from './versions.json' with { type: 'json' };

export const PROGRAMS = [
  'etcd',
  'kube-apiserver',
  'kube-controller-manager',
  'kube-scheduler',
  'kwok',
  // Argo CD's own jq, for what stands in for it.
  'gojq',
] as const;
export type ProgramName = (typeof PROGRAMS)[number];
export type Programs = Readonly<Partial<Record<ProgramName, string>>>;

export type Found =
  | { readonly kind: 'external'; readonly kubeconfig: string }
  | { readonly kind: 'own'; readonly programs: Programs; readonly missing: readonly ProgramName[] }
  /** One line: what is missing. */
  | { readonly kind: 'none'; readonly words: string };

const isExecutable = (file: string): boolean => {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};

const isOnPath = (name: string): boolean =>
  (process.env['PATH'] ?? '')
    .split(delimiter)
    .some((folder) => folder !== '' && isExecutable(join(folder, name)));

/** Outside the clone and named by the versions, so that it outlives a checkout and never serves another version. */
export const cacheFolder = (): string =>
  join(
    process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'),
    'dabbawala',
    `lab-kubernetes-${versions.kubernetes}-etcd-${versions.etcd}-kwok-${versions.kwok}-gojq-${versions.gojq}`,
  );

const lookIn = (folders: readonly string[]): Programs =>
  Object.fromEntries(
    PROGRAMS.flatMap((name) => {
      const at = folders.map((folder) => join(folder, name)).find(isExecutable);
      return at === undefined ? [] : [[name, at]];
    }),
  );

/** Asked before anything is built: containers and some distributions refuse it. null: it can be had. */
const whyNoNetwork = (): string | null => {
  const [command, ...args] = isolated(['ip', 'link', 'set', 'lo', 'up']);
  const { status, stderr, error } = spawnSync(command, args, { encoding: 'utf8' });
  return status === 0 ? null : (error?.message ?? stderr.trim().split('\n')[0] ?? `exit ${status}`);
};

/** null: Go is there and new enough. */
const whyNoGo = (): string | null => {
  const { stdout, error } = spawnSync('go', ['version'], { encoding: 'utf8' });
  if (error) return 'there is no Go';
  const [, major = '0', minor = '0'] = /go(\d+)\.(\d+)/.exec(stdout) ?? [];
  const [wantedMajor = 0, wantedMinor = 0] = versions.go.split('.').map(Number);
  const isEnough =
    Number(major) > wantedMajor || (Number(major) === wantedMajor && Number(minor) >= wantedMinor);
  return isEnough ? null : `Go ${major}.${minor} is too old`;
};

export const findPrograms = (): Found => {
  const { KUBECONFIG, DABBAWALA_LAB, KUBEBUILDER_ASSETS } = process.env;
  if (KUBECONFIG && DABBAWALA_LAB === 'external') return { kind: 'external', kubeconfig: KUBECONFIG };
  if (process.platform !== 'linux')
    return {
      kind: 'none',
      words: 'a control plane of its own needs Linux; set KUBECONFIG and DABBAWALA_LAB=external',
    };
  for (const tool of ['unshare', 'ip'])
    if (!isOnPath(tool))
      return { kind: 'none', words: `\`${tool}\` is missing (Debian: util-linux and iproute2)` };
  const refused = whyNoNetwork();
  if (refused !== null)
    return { kind: 'none', words: `a network namespace of its own is refused here (${refused})` };
  const folders = [...(KUBEBUILDER_ASSETS ? [KUBEBUILDER_ASSETS] : []), cacheFolder()];
  const programs = lookIn(folders);
  const missing = PROGRAMS.filter((name) => programs[name] === undefined);
  if (missing.length === 0) return { kind: 'own', programs, missing };
  const noGo = whyNoGo();
  if (noGo === null) return { kind: 'own', programs, missing };
  return {
    kind: 'none',
    words: `${missing.join(', ')} cannot be built: ${noGo} (${versions.go} or newer on PATH builds them; or name their folder in KUBEBUILDER_ASSETS)`,
  };
};

/** Builds what is missing into the cache; resolves with all programs. Rejects when a build fails. */
export async function buildPrograms(found: Extract<Found, { kind: 'own' }>): Promise<Programs> {
  if (found.missing.length === 0) return found.programs;
  const folder = cacheFolder();
  mkdirSync(folder, { recursive: true });
  console.log(
    `Building ${found.missing.join(', ')} into ${folder}: 7 to 15 minutes on 2 cores, once per version.`,
  );
  const script = fileURLToPath(new URL('./build.sh', import.meta.url));
  const child = spawn('nice', ['-n', '5', 'bash', script, folder, ...found.missing], { stdio: 'inherit' });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', resolve);
  });
  if (code !== 0) throw new Error(`the build of the control plane failed (exit ${code})`);
  return { ...found.programs, ...lookIn([folder]) };
}
