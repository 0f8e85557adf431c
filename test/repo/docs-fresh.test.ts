import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { configKeys } from '../../scripts/docs/configuration.ts';
import { generatedFiles } from '../../scripts/docs/files.ts';
import { ERROR_CATALOGUE } from '../../src/lib/errors.ts';
import { filesIn, read, root } from './sources.ts';

const files = await generatedFiles();

describe('generated files', () => {
  it.each(files.map(({ path, text }) => [path, text]))('%s is fresh (else: npm run docs)', (path, text) => {
    expect(existsSync(join(root, path))).toBe(true);
    expect(read(path)).toBe(text);
  });

  it('explain every key of the configuration', () => {
    const silent = configKeys().filter(({ schema }) => !schema.description);
    expect(silent.map(({ path }) => path)).toEqual([]);
  });

  it('explain every error', () => {
    const text = read('docs/errors.md');
    expect(Object.keys(ERROR_CATALOGUE).filter((name) => !text.includes(`| \`${name}\` |`))).toEqual([]);
  });
});

describe('config/schema.json', () => {
  const ajv = new Ajv2020({ strict: true, allowUnionTypes: true });
  addFormats.default(ajv);
  const validate = ajv.compile(JSON.parse(read('config/schema.json')));

  it('accepts the example', () => {
    validate(parse(read('config/example.yml')));
    expect(validate.errors ?? []).toEqual([]);
  });

  it('refuses an unknown key and a bad duration', () => {
    const file = parse(read('config/example.yml'));
    file.redis.comandTimeout = '2s';
    expect(validate(file)).toBe(false);
    expect(validate({ ...parse(read('config/example.yml')), redis: { commandTimeout: '2 sec' } })).toBe(
      false,
    );
  });
});

describe('links', () => {
  const pages = [
    ...filesIn('docs', /\.md$/),
    'README.md',
    'CONTRIBUTING.md',
    'CHANGELOG.md',
    'SECURITY.md',
    'sandbox/README.md',
  ];
  const LINK = /\]\(([^)\s]+)\)/g;

  it.each(pages)('of %s lead somewhere', (page) => {
    const targets = [...read(page).matchAll(LINK)]
      .map(([, target = '']) => target.split('#')[0] ?? '')
      .filter((target) => target !== '' && !/^[a-z]+:/.test(target));
    // Pictures are made by `npm run screenshots`, which CI runs on its own.
    const lost = targets.filter(
      (target) => !target.endsWith('.png') && !existsSync(join(root, dirname(page), target)),
    );
    expect(lost).toEqual([]);
  });

  it.each(pages)('within %s lead to a heading', (page) => {
    const text = read(page);
    const anchors = new Set(
      [...text.matchAll(/^#+ (.+)$/gm)].map(([, title = '']) =>
        title
          .toLowerCase()
          .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
          .replaceAll(' ', '-'),
      ),
    );
    const lost = [...text.matchAll(/\]\(#([^)]+)\)/g)].filter(([, anchor = '']) => !anchors.has(anchor));
    expect(lost.map(([link]) => link)).toEqual([]);
  });
});
