/** `npm run test:cluster`: finds or builds a control plane, makes a network of its own, and runs the tier inside. */
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { buildPrograms, findPrograms } from './lab/programs.ts';

const VITEST = 'node_modules/vitest/vitest.mjs';
const CONFIG = 'test/cluster/vitest.config.ts';

/** A network and a process space of its own: pods have addresses, ports meet nobody, and whatever is left dies with it. */
const ISOLATE = ['--net', '--pid', '--fork', '--kill-child', '--mount-proc'];

const skip = (words: string): void => {
  const line = '!'.repeat(100);
  console.log(`${line}\nSKIPPED, NOT PASSED: test:cluster tested nothing. ${words}.\n${line}`);
};

async function run(command: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const child = spawn(command, [...args], { stdio: 'inherit', env: { ...process.env, ...env } });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => child.kill(signal));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve(code ?? 128 + (signal ? constants.signals[signal] : 1)));
  });
}

const found = findPrograms();
const vitest = [VITEST, 'run', '--config', CONFIG, ...process.argv.slice(2)];
if (found.kind === 'none') skip(found.words);
else if (found.kind === 'external')
  process.exitCode = await run(process.execPath, vitest, { DABBAWALA_LAB: 'external' });
else {
  const programs = await buildPrograms(found);
  // Without root a user namespace gives the right to a network of one's own.
  const asRoot = process.getuid?.() === 0 ? [] : ['--map-root-user'];
  process.exitCode = await run('unshare', [...asRoot, ...ISOLATE, process.execPath, ...vitest], {
    DABBAWALA_LAB: 'own',
    DABBAWALA_LAB_PROGRAMS: JSON.stringify(programs),
  });
}
