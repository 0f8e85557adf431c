import { copyFile, mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const PAGE = dirname(fileURLToPath(import.meta.url));

/**
 * Bundles the page into outDir: index.html, page.js, page.css. Nothing is fetched from elsewhere at run time, so the
 * page starts at once and works without a network. Rejects with esbuild's message on a broken source.
 */
export async function buildPage(outDir: string): Promise<void> {
  await mkdir(outDir, { recursive: true });
  await build({
    entryPoints: { page: join(PAGE, 'src/main.tsx') },
    outdir: outDir,
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    target: ['es2022'],
    jsx: 'automatic',
    charset: 'utf8',
    legalComments: 'none',
    define: { 'process.env.NODE_ENV': '"production"' },
    tsconfigRaw: { compilerOptions: { jsx: 'react-jsx' } },
    logLevel: 'silent',
  });
  await copyFile(join(PAGE, 'index.html'), join(outDir, 'index.html'));
}
