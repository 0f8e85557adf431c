/** `npm run build`: src/ to plain JavaScript in dist/, with the files that the compiler does not carry over. */
import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, run } from './steps.ts';

const LUA = 'adapters/redis/scripts';

rmSync(join(ROOT, 'dist'), { recursive: true, force: true });
const compiled = await run('node_modules/typescript/bin/tsc', ['-p', 'tsconfig.build.json']);
process.stdout.write(compiled.output);
if (compiled.code === 0) cpSync(join(ROOT, 'src', LUA), join(ROOT, 'dist', LUA), { recursive: true });
process.exitCode = compiled.code;
