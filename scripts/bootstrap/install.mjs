// node_modules as the lock file says. Nothing is done when it already is.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join, sep } from 'node:path';
import { whileLocked } from './lock.mjs';
import { BootstrapError, ROOT, say } from './say.mjs';

const MODULES = join(ROOT, 'node_modules');
const STAMP = join(MODULES, '.dabbawala-stamp');
const LOCK = join(ROOT, '.cache', 'install.lock');
const SIGNALS = /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP']);

/** @param {string} file */
const readJson = (file) => JSON.parse(readFileSync(file, 'utf8'));

/** Of package.json only what decides about dependencies: a new script is no reason to install again. */
function wantedStamp() {
  const { dependencies, devDependencies, optionalDependencies, overrides } = readJson(
    join(ROOT, 'package.json'),
  );
  return createHash('sha256')
    .update(readFileSync(join(ROOT, 'package-lock.json')))
    .update(JSON.stringify([dependencies, devDependencies, optionalDependencies, overrides]))
    .update(`${process.platform} ${process.arch}`)
    .digest('hex');
}

const isStamped = () => existsSync(STAMP) && readFileSync(STAMP, 'utf8') === wantedStamp();

/** Somebody ran `npm ci` by hand: npm's own record of the tree says the same as the lock file. */
function isInstalledByHand() {
  try {
    const wanted = readJson(join(ROOT, 'package-lock.json')).packages;
    const present = readJson(join(MODULES, '.package-lock.json')).packages;
    return (
      Object.keys(present).every((path) => present[path].version === wanted[path]?.version) &&
      Object.keys(wanted).every((path) => path === '' || path in present || wanted[path].optional === true)
    );
  } catch {
    return false;
  }
}

/** npm must not run on the Node that it is about to replace: this project's own bin folder leaves the PATH. */
const outerPath = () =>
  (process.env.PATH ?? '')
    .split(delimiter)
    .filter((folder) => !`${folder}${sep}`.startsWith(`${MODULES}${sep}`))
    .join(delimiter);

/** @returns {Promise<void>} */
function npmCi() {
  const env = { ...process.env, PATH: outerPath() };
  // A package manager's own variables, handed down by `npm run`, would point at the Node that is replaced.
  for (const name of ['NODE', 'npm_node_execpath', 'npm_execpath', 'NODE_ENV']) delete env[name];
  const args = ['ci', '--include=dev', '--include=optional', '--no-audit', '--no-fund', '--loglevel=error'];
  const child = spawn('npm', args, {
    cwd: ROOT,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    shell: process.platform === 'win32',
  });
  let output = '';
  const keep = (/** @type {Buffer} */ chunk) => {
    output = (output + chunk.toString()).slice(-8000);
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  const stop = (/** @type {NodeJS.Signals} */ signal) => {
    child.kill(signal);
    process.exit(130);
  };
  for (const signal of SIGNALS) process.once(signal, stop);
  return new Promise((resolve, reject) => {
    child.once('error', (error) =>
      reject(
        new BootstrapError(
          `npm could not be started (${error.message}). It comes with Node: https://nodejs.org`,
        ),
      ),
    );
    child.once('close', (code) => {
      for (const signal of SIGNALS) process.off(signal, stop);
      if (code === 0) resolve();
      else reject(new BootstrapError(`${output.trim()}\nnpm ci failed (exit ${code}).`));
    });
  });
}

export async function installDependencies() {
  if (isStamped()) return;
  await whileLocked(LOCK, async () => {
    if (isStamped()) return; // the one that we waited for did it
    if (!isInstalledByHand()) {
      say('installing dependencies (npm ci)…');
      const startedAt = Date.now();
      await npmCi();
      say(`dependencies installed in ${Math.round((Date.now() - startedAt) / 1000)} s`);
    }
    writeFileSync(STAMP, wantedStamp());
  });
}

/** For tasks that install nothing: says what to do instead of failing at the first import. */
export function assertInstalled() {
  if (!existsSync(MODULES)) throw new BootstrapError('Dependencies are missing. Run `npm ci` first.');
}
