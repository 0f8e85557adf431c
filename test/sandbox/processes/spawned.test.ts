import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { freePort } from '../../../sandbox/processes/port.ts';
import { spawnProgram } from '../../../sandbox/processes/spawned.ts';
import { until } from '../../../sandbox/processes/until.ts';

describe('programs of the machine', () => {
  it('names the Debian package and the Homebrew formula of one that is missing', async () => {
    const start = spawnProgram({
      command: 'no-such-program-here',
      args: [],
      debianPackage: 'redis-server',
      brewFormula: 'redis',
      temporaryDir: null,
    });

    await expect(start).rejects.toThrow(/apt-get install redis-server.*brew install redis/);
  });

  it('die with the process that started them, even when that is killed', async () => {
    const module = new URL('../../../sandbox/processes/redis.ts', import.meta.url).href;
    const script = `const { startRedis } = await import('${module}'); console.log((await startRedis()).pid);`;
    const parent = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [output] = await once(parent.stdout, 'data');
    const pid = Number(String(output));
    expect(pid).toBeGreaterThan(0);

    parent.kill('SIGKILL');

    await until(async () => !isAlive(pid), { what: 'the orphan to be killed', timeoutMs: 5000 });
  });

  it('never get one port twice', async () => {
    const ports = await Promise.all(Array.from({ length: 20 }, () => freePort()));

    expect(new Set(ports).size).toBe(20);
  });
});

/** A zombie that nobody has reaped yet counts as dead. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
