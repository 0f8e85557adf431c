// Programs of the machine that no npm package brings. Debian and Ubuntu as root: installed. Elsewhere: one line each.
import { spawn } from 'node:child_process';
import { accessSync, constants, existsSync, readFileSync, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { whileLocked } from './lock.mjs';
import { BootstrapError, ROOT, say } from './say.mjs';

/** @typedef {'redis-server' | 'prometheus' | 'alertmanager' | 'docker-registry' | 'ip' | 'openssl' | 'chromium' | 'emoji'} ProgramName */
/** @typedef {{ title: string, isThere: () => boolean, apt: string, dnf: string, brew: string }} Program */

/** @param {string} file */
const isExecutable = (file) => {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
};

/** @param {string[]} names */
const isOnPath = (...names) =>
  (process.env.PATH ?? '')
    .split(delimiter)
    .some((folder) => folder !== '' && names.some((name) => isExecutable(join(folder, name))));

/** @type {Record<ProgramName, Program>} */
const PROGRAMS = {
  'redis-server': {
    title: 'redis-server',
    isThere: () => isOnPath('redis-server'),
    apt: 'redis-server',
    dnf: 'redis',
    brew: 'redis',
  },
  prometheus: {
    title: 'prometheus',
    isThere: () => isOnPath('prometheus'),
    apt: 'prometheus',
    dnf: 'golang-github-prometheus',
    brew: 'prometheus',
  },
  'docker-registry': {
    title: 'docker-registry',
    isThere: () => isOnPath('docker-registry'),
    apt: 'docker-registry',
    dnf: 'docker-distribution',
    brew: 'docker-distribution',
  },
  alertmanager: {
    title: 'alertmanager',
    // Debian's name, and everybody else's.
    isThere: () => isOnPath('prometheus-alertmanager', 'alertmanager'),
    apt: 'prometheus-alertmanager',
    dnf: 'golang-github-prometheus-alertmanager',
    brew: 'alertmanager',
  },
  ip: {
    title: 'ip',
    isThere: () => isOnPath('ip'),
    apt: 'iproute2',
    dnf: 'iproute',
    brew: 'iproute2mac',
  },
  openssl: {
    title: 'openssl',
    isThere: () => isOnPath('openssl'),
    apt: 'openssl',
    dnf: 'openssl',
    brew: 'openssl',
  },
  chromium: {
    title: 'chromium',
    isThere: () => isOnPath('chromium', 'google-chrome') || isExecutable(process.env.CHROMIUM ?? ''),
    apt: 'chromium',
    dnf: 'chromium',
    brew: '--cask chromium',
  },
  emoji: {
    title: 'an emoji font',
    // macOS has one; elsewhere the file tells.
    isThere: () =>
      process.platform === 'darwin' ||
      [
        '/usr/share/fonts/truetype/noto/NotoColorEmoji.ttf',
        '/usr/share/fonts/noto/NotoColorEmoji.ttf',
        '/usr/share/fonts/google-noto-emoji/NotoColorEmoji.ttf',
        '/usr/share/fonts/google-noto-color-emoji-fonts/NotoColorEmoji.ttf',
        '/usr/share/fonts/google-noto-color-emoji-fonts/Noto-COLRv1.ttf',
      ].some((file) => existsSync(file)),
    apt: 'fonts-noto-color-emoji',
    dnf: 'google-noto-color-emoji-fonts',
    brew: '--cask font-noto-color-emoji',
  },
};

const isDebian = () => {
  try {
    return /^ID(_LIKE)?=.*\b(debian|ubuntu)\b/m.test(readFileSync('/etc/os-release', 'utf8'));
  } catch {
    return false;
  }
};

/**
 * Quiet unless it fails; resolves with the exit code and the end of what it printed.
 * @param {string[]} args
 * @returns {Promise<{ code: number | null, output: string }>}
 */
function aptGet(args) {
  const child = spawn('apt-get', ['-o', 'DPkg::Lock::Timeout=300', ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    // RUNLEVEL=1: Debian's packages start their servers only in higher run levels; ours need none on the usual ports.
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' },
  });
  let output = '';
  const keep = (/** @type {Buffer} */ chunk) => {
    output = (output + chunk.toString()).slice(-4000);
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  return new Promise((resolve, reject) => {
    child.once('error', (error) =>
      reject(new BootstrapError(`apt-get could not be started: ${error.message}`)),
    );
    child.once('close', (code) => resolve({ code, output }));
  });
}

/** @param {readonly Program[]} missing */
async function installByApt(missing) {
  const packages = missing.map(({ apt }) => apt);
  say(`installing ${packages.join(', ')} (apt-get)…`);
  // A failed update is no end: what is in the lists may still install.
  const update = await aptGet(['update', '-qq']);
  const install = await aptGet(['install', '-y', '-qq', '--no-install-recommends', ...packages]);
  if (install.code !== 0) {
    const tail = `${update.code === 0 ? '' : update.output}${install.output}`.trim();
    throw new BootstrapError(`${tail}\napt-get install ${packages.join(' ')} failed (exit ${install.code}).`);
  }
}

/** @param {Program} program */
const howToGet = ({ title, apt, dnf, brew }) =>
  `${title} is missing: apt-get install ${apt} (Debian, Ubuntu, as root) · dnf install ${dnf} (Fedora) · brew install ${brew} (macOS)`;

/** @param {readonly ProgramName[]} names */
export async function providePrograms(names) {
  const findMissing = () => names.map((name) => PROGRAMS[name]).filter((program) => !program.isThere());
  if (findMissing().length === 0) return;
  if (process.getuid?.() === 0 && isDebian())
    await whileLocked(join(ROOT, '.cache', 'programs.lock'), async () => {
      const missing = findMissing();
      if (missing.length > 0) await installByApt(missing);
    });
  const missing = findMissing();
  if (missing.length > 0) throw new BootstrapError(missing.map(howToGet).join('\n'));
}
