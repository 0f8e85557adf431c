/** The cluster tier where it cannot run: said loudly, in one line, and never as passed. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';

const whereIs = (name: string): string | null =>
  (process.env['PATH'] ?? '')
    .split(delimiter)
    .map((folder) => join(folder, name))
    .find((file) => existsSync(file)) ?? null;

const empty = mkdtempSync(join(tmpdir(), 'dabbawala-'));
afterAll(() => rmSync(empty, { recursive: true, force: true }));

describe('npm run test:cluster without a control plane and without Go', () => {
  it('ends with 0, says in one line what is missing, and reports no test', () => {
    const { status, stdout } = spawnSync(process.execPath, ['test/cluster/run.ts'], {
      encoding: 'utf8',
      // No program at all, and a cache that holds none.
      env: { PATH: empty, XDG_CACHE_HOME: empty, HOME: empty },
    });
    expect(status).toBe(0);
    expect(stdout).toMatch(/^SKIPPED, NOT PASSED: test:cluster tested nothing\. .*(missing|needs Linux).*$/m);
    expect(stdout).not.toMatch(/passed\b(?!:)/);
  });

  // Without these two the other sentence is the right one, which the test above reads.
  const tools = ['unshare', 'ip'].map((name) => [name, whereIs(name)] as const);
  it.skipIf(tools.some(([, file]) => file === null))('names Go where that is what is missing', () => {
    const folder = mkdtempSync(join(tmpdir(), 'dabbawala-'));
    try {
      for (const [name, file] of tools) symlinkSync(file ?? '', join(folder, name));
      const { status, stdout } = spawnSync(process.execPath, ['test/cluster/run.ts'], {
        encoding: 'utf8',
        env: { PATH: folder, XDG_CACHE_HOME: folder, HOME: folder },
      });
      expect(status).toBe(0);
      expect(stdout).toMatch(
        /SKIPPED, NOT PASSED: .*(there is no Go \(|a network namespace of its own is refused here)/,
      );
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
