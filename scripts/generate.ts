/** `npm run docs`: writes every generated file. With `--check` it writes nothing, names what is stale and exits 1. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { generatedFiles } from './docs/files.ts';
import { ROOT } from './steps.ts';

const read = (path: string): string | null => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
};

const isCheck = process.argv.includes('--check');
const files = await generatedFiles();
const stale = files.filter(({ path, text }) => read(join(ROOT, path)) !== text);

for (const { path, text } of stale) {
  if (isCheck) console.error(`${path} is stale: run \`npm run docs\``);
  else {
    mkdirSync(dirname(join(ROOT, path)), { recursive: true });
    writeFileSync(join(ROOT, path), text);
    console.log(`wrote ${path}`);
  }
}
if (!isCheck) console.log(`${files.length} generated files are fresh.`);
process.exitCode = isCheck && stale.length > 0 ? 1 : 0;
