/** `npm run build`: src/ to plain JavaScript in dist/ (or the folder named), with the files that the compiler does not carry over. */
import { cpSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { ROOT, run } from './steps.ts';

const LUA = 'adapters/redis/scripts';
const out = resolve(process.argv[2] ?? join(ROOT, 'dist'));

rmSync(join(out, 'main.js'), { force: true });
const compiled = await run('node_modules/typescript/bin/tsc', ['-p', 'tsconfig.build.json', '--outDir', out]);
process.stdout.write(compiled.output);
if (compiled.code === 0) cpSync(join(ROOT, 'src', LUA), join(out, LUA), { recursive: true });
process.exitCode = compiled.code;
