/** Builds the bot once, as `npm run build` does, into a folder of the run's own. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Entry of the built bot. */
    readonly botEntry: string;
  }
}

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const dir = await mkdtemp(join(tmpdir(), 'dabbawala-chaos-'));
  await promisify(execFile)(process.execPath, [join(ROOT, 'scripts/build.ts'), dir], { cwd: ROOT });
  await writeFile(join(dir, 'package.json'), '{"type":"module"}');
  await symlink(join(ROOT, 'node_modules'), join(dir, 'node_modules'));
  project.provide('botEntry', join(dir, 'main.js'));
  return () => rm(dir, { recursive: true, force: true });
}
