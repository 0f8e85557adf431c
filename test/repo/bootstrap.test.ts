import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import { filesIn, read, root } from './sources.ts';

const dir = mkdtempSync(join(tmpdir(), 'dabbawala-bootstrap-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

interface Finished {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const run = (args: readonly string[], env: NodeJS.ProcessEnv = process.env): Promise<Finished> =>
  promisify(execFile)(process.execPath, [...args], { cwd: root, env, timeout: 60_000 }).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    (error: { code: number; stdout: string; stderr: string }) => error,
  );
const bootstrap = (...args: readonly string[]) => run(['scripts/bootstrap.mjs', ...args]);

describe('the bootstrap', { timeout: 90_000 }, () => {
  it('is made of plain JavaScript and node: imports', () => {
    const files = ['scripts/bootstrap.mjs', ...filesIn('scripts/bootstrap', /./)];
    expect(files.every((path) => path.endsWith('.mjs'))).toBe(true);
    for (const path of files)
      for (const [, specifier = ''] of read(path).matchAll(/^import .* from '([^']+)'/gm))
        expect(specifier, path).toMatch(/^(node:|\.)/);
  });

  it('names its tasks when it does not know one', async () => {
    const { code, stderr } = await bootstrap('demonstrate');
    expect(code).toBe(2);
    expect(stderr).toContain('Tasks: demo, test, check');
  });

  it('passes on arguments, output and exit code', async () => {
    const { code, stderr } = await bootstrap('start', join(dir, 'missing.yml'));
    expect(code).toBe(78);
    expect(stderr).toContain('missing.yml has 1 fault');
  });

  it('passes on a signal, and says it as a shell does', async () => {
    const script = `
      import { runTask } from './scripts/bootstrap/run.mjs';
      process.exitCode = await runTask(['-e', 'console.log("up"); setInterval(() => {}, 1000)']);`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    await once(child.stdout, 'data');
    child.kill('SIGTERM');
    const [code] = (await once(child, 'exit')) as [number];
    expect(code).toBe(143);
  });

  it('says in one line per program how to get it', async () => {
    const script = `
      process.getuid = () => 1000;
      const { providePrograms } = await import('./scripts/bootstrap/programs.mjs');
      await providePrograms(['redis-server', 'prometheus']).catch((error) => console.log(error.message));`;
    const { stdout } = await run(['--input-type=module', '-e', script], { PATH: dir });
    expect(stdout.trim().split('\n')).toEqual([
      'redis-server is missing: apt-get install redis-server (Debian, Ubuntu, as root) · dnf install redis (Fedora) · brew install redis (macOS)',
      'prometheus is missing: apt-get install prometheus (Debian, Ubuntu, as root) · dnf install golang-github-prometheus (Fedora) · brew install prometheus (macOS)',
    ]);
  });
});

describe('its lock', () => {
  const lock = join(dir, 'x.lock');
  const log = join(dir, 'log');
  const holder = (ms: number) => `
    import { appendFileSync } from 'node:fs';
    import { whileLocked } from './scripts/bootstrap/lock.mjs';
    const write = (word) => appendFileSync(${JSON.stringify(log)}, word + ' ');
    await whileLocked(${JSON.stringify(lock)}, async () => {
      write('in');
      await new Promise((resolve) => setTimeout(resolve, ${ms}));
      write('out');
    });`;
  const hold = (ms: number) => run(['--input-type=module', '-e', holder(ms)]);

  it('lets one in at a time', async () => {
    writeFileSync(log, '');
    const ends = await Promise.all([hold(150), hold(150), hold(150)]);
    expect(ends.map(({ code }) => code)).toEqual([0, 0, 0]);
    expect(readFileSync(log, 'utf8').trim()).toBe('in out in out in out');
  });

  it('is taken from a process that is gone', async () => {
    writeFileSync(log, '');
    const gone = await run(['-e', 'console.log(process.pid)']);
    writeFileSync(lock, `${hostname()} ${gone.stdout.trim()} 1`);
    await hold(0);
    expect(readFileSync(log, 'utf8').trim()).toBe('in out');
  });
});
