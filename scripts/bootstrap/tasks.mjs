// What `node scripts/bootstrap.mjs <task>` knows. A task is the command line for Node, in argument order.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './say.mjs';

/** @typedef {{ installs: boolean, programs: readonly import('./programs.mjs').ProgramName[], command: (args: string[]) => string[] }} Task */

const vitest = 'node_modules/vitest/vitest.mjs';
const servers = /** @type {const} */ (['redis-server', 'prometheus']);
const browser = /** @type {const} */ (['chromium', 'emoji']);

/** The same page over a control plane of its own. */
const realDemo = 'test/cluster/demo/outside.ts';

/** The sources run as they are. Only an image without them runs what `npm run build` made. */
const entry = () => (existsSync(join(ROOT, 'src/main.ts')) ? 'src/main.ts' : 'dist/main.js');

/** @type {Record<string, Task>} */
export const TASKS = {
  demo: {
    installs: true,
    programs: servers,
    command: (args) => [args.includes('--cluster=real') ? realDemo : 'sandbox/main.ts', ...args],
  },
  test: { installs: true, programs: servers, command: (args) => [vitest, 'run', ...args] },
  check: { installs: true, programs: [], command: (args) => ['scripts/check.ts', ...args] },
  'test:chaos': {
    installs: true,
    programs: servers,
    command: (args) => [vitest, 'run', '--config', 'test/chaos/vitest.config.ts', ...args],
  },
  'test:browser': {
    installs: true,
    programs: [...servers, ...browser],
    command: (args) => [vitest, 'run', '--config', 'test/browser/vitest.config.ts', ...args],
  },
  'test:alerts': {
    installs: true,
    programs: [...servers, 'alertmanager'],
    command: (args) => [vitest, 'run', '--config', 'test/alerts/vitest.config.ts', ...args],
  },
  'test:cluster': {
    installs: true,
    programs: [...servers, 'docker-registry', 'ip', 'openssl'],
    command: (args) => ['test/cluster/run.ts', ...args],
  },
  docs: { installs: true, programs: [], command: (args) => ['scripts/generate.ts', ...args] },
  manifests: { installs: true, programs: [], command: (args) => ['scripts/manifests.ts', ...args] },
  build: { installs: true, programs: [], command: (args) => ['scripts/build.ts', ...args] },
  screenshots: {
    installs: true,
    programs: [...servers, ...browser],
    command: (args) => ['scripts/screenshots.ts', ...args],
  },
  bench: {
    installs: true,
    programs: [...servers, 'alertmanager'],
    command: (args) => ['bench/main.ts', ...args],
  },
  // Real running: nothing is installed behind the operator's back.
  start: { installs: false, programs: [], command: (args) => [entry(), ...args] },
  // Dependencies alone; CI calls it first, so that a failed download shows as what it is.
  install: { installs: true, programs: [], command: () => ['--version'] },
  // The same with a browser; fails where none can be had.
  browser: { installs: true, programs: browser, command: () => ['--version'] },
};
