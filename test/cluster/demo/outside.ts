/**
 * `npm run demo -- --cluster=real`: the same page and panel over a real control plane. That lives in a network of its own, so
 * its page listens on a socket file, and this process carries a port of the machine to it.
 */
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { carry } from '../../../sandbox/processes/carry.ts';
import { assertFree, freePort } from '../../../sandbox/processes/port.ts';
import { isolated } from '../lab/isolate.ts';
import { buildPrograms, findPrograms, PROGRAMS } from '../lab/programs.ts';

const args = process.argv.slice(2);
const { values } = parseArgs({
  args,
  strict: false,
  options: { port: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
});

const fail = (words: string): never => {
  console.error(words);
  process.exit(1);
};

const found = findPrograms();
if (found.kind === 'none') fail(`--cluster=real cannot run here: ${found.words}.`);
if (found.kind === 'external') fail('--cluster=real makes a control plane of its own: unset DABBAWALA_LAB.');
if (found.kind !== 'own') throw new Error('unreachable');
if (found.missing.length > 0) console.log(`  building ${found.missing.join(', ')}: about 8 minutes, once`);
const programs = await buildPrograms(found);
const missing = PROGRAMS.filter((name) => programs[name] === undefined);
if (missing.length > 0)
  fail(`--cluster=real needs pods that live: ${missing.join(', ')} cannot be had here.`);

// The same number inside and outside, so that every link of the page is right.
const asked = values['port'];
const port = typeof asked === 'string' ? Number(asked) : await freePort();
await assertFree(port).catch(() =>
  fail(`--port=${port} is in use: pick another, or leave it out for a free one`),
);
const folder = await mkdtemp(join(tmpdir(), 'dabbawala-door-'));
const door = join(folder, 'page.sock');
const page = await carry({ from: { port, host: '127.0.0.1' }, to: { path: door } });

const inside = new URL('./inside.ts', import.meta.url).pathname;
const own = args.filter((word) => !word.startsWith('--port') && word !== '--cluster=real');
const [command, ...rest] = isolated([process.execPath, inside, `--port=${port}`, ...own]);
// Its standard input is how it learns that this process is gone or wants to end.
const child = spawn(command, rest, {
  stdio: ['pipe', 'inherit', 'inherit'],
  env: { ...process.env, DABBAWALA_LAB_PROGRAMS: JSON.stringify(programs), DABBAWALA_DOOR: door },
});
child.stdin.on('error', () => undefined);
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => child.stdin.end());
child.once('exit', async (code) => {
  await page.close();
  await rm(folder, { recursive: true, force: true });
  process.exit(code ?? 1);
});
