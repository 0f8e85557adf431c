/** `npm run test:cluster`: finds or builds a control plane, makes a network of its own, and runs the tier inside. */
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { dirname } from 'node:path';
import { isolated } from './lab/isolate.ts';
import { buildPrograms, findPrograms, type Programs } from './lab/programs.ts';

const VITEST = 'node_modules/vitest/vitest.mjs';
const CONFIG = 'test/cluster/vitest.config.ts';

const skip = (words: string): void => {
  const line = '!'.repeat(100);
  console.log(`${line}\nSKIPPED, NOT PASSED: test:cluster tested nothing. ${words}.\n${line}`);
};

/** A terminal's ctrl-C reaches the tests too, which then end the control plane in order. */
const ENDS_WITHIN_MS = 10_000;

async function run(command: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const child = spawn(command, [...args], { stdio: 'inherit', env: { ...process.env, ...env } });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => {
      child.kill(signal);
      // `unshare` itself takes neither; with it dies all that it holds.
      setTimeout(() => child.kill('SIGKILL'), ENDS_WITHIN_MS).unref();
    });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve(code ?? 128 + (signal ? constants.signals[signal] : 1)));
  });
}

const foldersOf = (programs: Programs): string =>
  [...new Set(Object.values(programs).map((file) => dirname(file)))].join(' and ');

const seconds = (since: number): string => `${((performance.now() - since) / 1000).toFixed(0)} s`;

/** Says what it ran against and how long it took, whatever came of it. */
async function runTimed(where: string, ...how: Parameters<typeof run>): Promise<number> {
  const began = performance.now();
  const code = await run(...how);
  console.log(
    `test:cluster on ${where}: ${code === 0 ? 'passed' : `failed (exit ${code})`} in ${seconds(began)}`,
  );
  return code;
}

const found = findPrograms();
const chosen = process.argv.slice(2);
/** How it is told is no choice of what is run. */
const isWhole = chosen.every((word) => /^--(?:reporter|outputFile)\b/.test(word));
const vitest = [VITEST, 'run', '--config', CONFIG, ...chosen];
if (found.kind === 'none') skip(found.words);
else if (found.kind === 'external')
  process.exitCode = await runTimed(`the cluster of ${found.kubeconfig}`, process.execPath, vitest, {
    DABBAWALA_LAB: 'external',
    DABBAWALA_LAB_PODS: 'false',
  });
else {
  const began = performance.now();
  const programs = await buildPrograms(found);
  if (found.missing.length > 0) console.log(`built ${found.missing.join(', ')} in ${seconds(began)}`);
  const [unshare, ...command] = isolated([process.execPath, ...vitest]);
  process.exitCode = await runTimed(`programs of ${foldersOf(programs)}`, unshare, command, {
    DABBAWALA_LAB: 'own',
    DABBAWALA_LAB_PODS: 'true',
    DABBAWALA_LAB_PROGRAMS: JSON.stringify(programs),
    // Only then it can be said which rights nothing used.
    DABBAWALA_LAB_WHOLE: String(isWhole),
  });
}
