import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildPage } from '../../../sandbox/page/build.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dabbawala-build-'));
  await buildPage(folder);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const read = (name: string): Promise<string> => readFile(join(folder, name), 'utf8');

describe('the built page', () => {
  it('is three files, the script with React in it', async () => {
    expect((await readdir(folder)).sort()).toEqual(['index.html', 'page.css', 'page.js']);
    expect((await read('page.js')).length).toBeGreaterThan(100_000);
  });

  it('names its script and its style sheet', async () => {
    const html = await read('index.html');
    expect(html).toContain('src="page.js"');
    expect(html).toContain('href="page.css"');
  });

  it('fetches nothing from elsewhere', async () => {
    const css = await read('page.css');
    const html = await read('index.html');
    expect(css).not.toMatch(/@import|@font-face|url\(\s*["']?(?:https?:)?\/\//);
    expect(html).not.toMatch(/(?:src|href)="(?:https?:)?\/\//);
  });

  it('is built for production: React does not warn in it', async () => {
    expect(await read('page.js')).not.toContain('react-dom.development');
  });
});
