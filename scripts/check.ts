/** `npm run check`: everything that needs no server. All steps run, so that one look shows every fault. */
import { run } from './steps.ts';

interface Step {
  readonly title: string;
  readonly file: string;
  readonly args: readonly string[];
}

const tsc = 'node_modules/typescript/bin/tsc';
const steps: readonly Step[] = [
  { title: 'docs are fresh', file: 'scripts/generate.ts', args: ['--check'] },
  {
    title: 'format and lint',
    file: 'node_modules/@biomejs/biome/bin/biome',
    args: ['check', '--error-on-warnings', '--max-diagnostics=40', '.'],
  },
  { title: 'types', file: tsc, args: ['--noEmit'] },
  { title: 'types of the page', file: tsc, args: ['-p', 'sandbox/page', '--noEmit'] },
  {
    title: 'tests of the pure parts',
    file: 'node_modules/vitest/vitest.mjs',
    args: ['run', 'test/core', 'test/views', 'test/commands', 'test/config', 'test/lib', 'test/repo'],
  },
];

const SHOWN_LINES = 150;
const tail = (output: string): string => {
  const lines = output.trimEnd().split('\n');
  const hidden = lines.length - SHOWN_LINES;
  return hidden > 0 ? [`(${hidden} lines left out)`, ...lines.slice(hidden)].join('\n') : lines.join('\n');
};

const failed: string[] = [];
for (const { title, file, args } of steps) {
  const { code, output, seconds } = await run(file, args);
  console.log(`${code === 0 ? 'ok    ' : 'FAILED'} ${title} (${seconds.toFixed(1)} s)`);
  if (code === 0) continue;
  failed.push(title);
  console.log(tail(output).replaceAll(/^/gm, '       '));
}
console.log(failed.length === 0 ? 'All checks passed.' : `Failed: ${failed.join(', ')}.`);
process.exitCode = failed.length === 0 ? 0 : 1;
