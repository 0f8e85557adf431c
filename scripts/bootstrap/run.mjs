// Hands over to the Node that the project wants, and passes on arguments, terminal, signals and exit code.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { delimiter, join } from 'node:path';
import { BootstrapError, ROOT } from './say.mjs';

const BIN = join(ROOT, 'node_modules', '.bin');

/** @param {string} version */
const isRecent = (version) => {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > 22 || (major === 22 && minor >= 19);
};

/** The Node that came as a dependency, else the one that runs this when it is new enough. */
export function findNode() {
  const own = join(BIN, process.platform === 'win32' ? 'node.cmd' : 'node');
  if (existsSync(own)) return own;
  if (isRecent(process.versions.node)) return process.execPath;
  throw new BootstrapError(
    `Node ${process.versions.node} is too old: 22.19 or newer is needed, and no package of this project brings one for ${process.platform} on ${process.arch} (or \`npm ci\` ran with --omit=optional). Install Node from https://nodejs.org and try again.`,
  );
}

/**
 * npm runs a script through a shell. A signal to npm ends that shell alone, and what it started would go on unseen.
 * @param {() => void} onGone
 */
function watchParent(onGone) {
  if (process.env.npm_lifecycle_event === undefined) return;
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    onGone();
  }, 300);
  watch.unref();
}

/**
 * Resolves with the exit code; a signal becomes 128 + its number, as a shell says it.
 * @param {string[]} args
 */
export function runTask(args) {
  const child = spawn(findNode(), args, {
    cwd: ROOT,
    stdio: 'inherit',
    env: { ...process.env, PATH: `${BIN}${delimiter}${process.env.PATH ?? ''}` },
  });
  for (const signal of /** @type {const} */ (['SIGTERM', 'SIGHUP', 'SIGINT'])) {
    process.on(signal, () => {
      // ctrl-C reaches the child from the terminal already; a second one would end it in the middle of its orderly stop.
      if (signal === 'SIGINT' && process.stdin.isTTY) return;
      child.kill(signal);
    });
  }
  watchParent(() => child.kill('SIGTERM'));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve(code ?? 128 + (signal ? constants.signals[signal] : 1)));
  });
}
