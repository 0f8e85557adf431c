/** Inside the network of its own: the control plane, and the world in a process that trusts its CA. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { labEnvironment, programsHandedIn, startLab } from '../lab/start.ts';

// Whoever sits at the terminal ends this by ctrl-C, which comes here too: the world ends first, then the control plane.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);

const lab = await startLab(programsHandedIn());
let code = 1;
try {
  const world = new URL('./world.ts', import.meta.url).pathname;
  const child = spawn(process.execPath, [world, ...process.argv.slice(2)], {
    stdio: 'inherit',
    env: { ...process.env, ...labEnvironment(lab.facts) },
  });
  [code] = (await once(child, 'exit')) as [number];
} finally {
  await lab.end();
}
process.exit(code ?? 1);
