/** The cluster tier where it cannot run: said loudly, in one line, and never as passed. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';

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
});
