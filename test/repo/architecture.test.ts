import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  FOLDERS,
  type Folder,
  IMPORT_RULES,
  PURE_FOLDERS,
  ROOT_PACKAGES,
  SDK_HOMES,
} from '../../scripts/import-rules.ts';
import { filesIn, type Import, importsOf, read, root, withoutComments } from './sources.ts';

const sources = filesIn('src');
const imports = sources.flatMap((path) => importsOf(path));

/** `core/rollout/plan` of `src/core/rollout/plan.ts`. */
const moduleOf = (path: string): string => path.replace(/^src\//, '').replace(/\.ts$/, '');
const folderOf = (path: string): Folder | null =>
  FOLDERS.find((folder) => path.startsWith(`src/${folder}/`)) ?? null;
const isWithin = (module: string, places: readonly string[]): boolean =>
  places.some((place) => module === place || module.startsWith(`${place}/`));

const isAllowedFile = (folder: Folder, file: string, isTypeOnly: boolean): boolean => {
  const { uses, typesOf } = IMPORT_RULES[folder];
  return isWithin(moduleOf(file), [folder, ...uses, ...(isTypeOnly ? typesOf : [])]);
};

const isAllowedPackage = (folder: Folder, name: string, isTypeOnly: boolean): boolean => {
  const { packages, packageTypes, node } = IMPORT_RULES[folder];
  if (name.startsWith('node:')) return node.includes('*') || node.includes(name);
  if (SDK_HOMES[name]?.startsWith(`${folder}/`)) return true;
  return packages.includes(name) || (isTypeOnly && packageTypes.includes(name));
};

const isAllowed = ({ from, file, packageName, isTypeOnly }: Import): boolean => {
  const folder = folderOf(from);
  if (folder === null) return packageName === null || isAllowedAtRoot(packageName);
  if (file !== null) return isAllowedFile(folder, file, isTypeOnly);
  return isAllowedPackage(folder, packageName ?? '', isTypeOnly);
};
const isAllowedAtRoot = (name: string): boolean =>
  name.startsWith('node:') || (ROOT_PACKAGES as readonly string[]).includes(name);

const words = ({ from, file, packageName, isTypeOnly }: Import): string =>
  `${from} imports ${isTypeOnly ? 'types of ' : ''}${file ?? packageName}`;

describe('the reader of imports', () => {
  const seen = (text: string) =>
    importsOf('src/core/x.ts', text).map(({ file, packageName, isTypeOnly }) => [
      file ?? packageName,
      isTypeOnly,
    ]);

  it.each([
    ["import { a } from '../lib/a.ts';", [['src/lib/a.ts', false]]],
    ["import type { A } from '../lib/a.ts';", [['src/lib/a.ts', true]]],
    ["import { type A, type B } from '../lib/a.ts';", [['src/lib/a.ts', true]]],
    ["import { type A, b } from '../lib/a.ts';", [['src/lib/a.ts', false]]],
    ["import {\n  a,\n  b,\n} from '@slack/bolt/dist/x';", [['@slack/bolt', false]]],
    ["export * from './y.ts';", [['src/core/y.ts', false]]],
    ["export type { Y } from './y.ts';", [['src/core/y.ts', true]]],
    ["import './effect.ts';", [['src/core/effect.ts', false]]],
    ["const y = await import('node:fs');", [['node:fs', false]]],
    ["const y = require('ioredis');", [['ioredis', false]]],
    ["// import { a } from '../lib/a.ts';", []],
    ["/** see import('x') */\nexport const a = 1;", []],
  ])('%j', (text, expected) => {
    expect(seen(text)).toEqual(expected);
  });

  it('reads this repository', () => {
    expect(sources.length).toBeGreaterThan(100);
    expect(imports.length).toBeGreaterThan(500);
  });
});

describe('imports', () => {
  it('follow docs/imports.md', () => {
    expect(imports.filter((entry) => !isAllowed(entry)).map(words)).toEqual([]);
  });

  it('of an SDK stay in its home', () => {
    const strays = imports.filter(({ from, packageName, isTypeOnly }) => {
      const home = SDK_HOMES[packageName ?? ''];
      const mayName =
        isTypeOnly && IMPORT_RULES[folderOf(from) ?? 'lib'].packageTypes.includes(packageName ?? '');
      return home !== undefined && !from.startsWith(`src/${home}`) && !mayName;
    });
    expect(strays.map(words)).toEqual([]);
  });

  it('lead to files that are there, with their ending', () => {
    const lost = imports.filter(({ file }) => file !== null && !existsSync(join(root, file)));
    expect(lost.map(words)).toEqual([]);
  });

  it('are never made for their effect, but for the look at the version of Node', () => {
    expect(imports.filter(({ isBare }) => isBare).map(words)).toEqual([
      'src/main.ts imports src/node-version.ts',
    ]);
  });

  it('of createHash are all that core takes from node:crypto', () => {
    const taken = filesIn('src/core').flatMap((path) =>
      [...read(path).matchAll(/import (.*) from 'node:crypto'/g)].map(([, names]) => names),
    );
    expect(new Set(taken)).toEqual(new Set(['{ createHash }']));
  });

  it('never cross between src and sandbox', () => {
    const fromSandbox = filesIn('sandbox').flatMap((path) => importsOf(path));
    const crossing = [
      ...fromSandbox.filter(({ file }) => file?.startsWith('src/')),
      ...imports.filter(({ file }) => file !== null && !file.startsWith('src/')),
    ];
    expect(crossing.map(words)).toEqual([]);
  });
});

/** `file:line: text` of every line that matches. */
const linesWith = (paths: readonly string[], pattern: RegExp): readonly string[] =>
  paths.flatMap((path) =>
    withoutComments(read(path))
      .split('\n')
      .filter((line) => pattern.test(line))
      .map((line) => `${path}: ${line.trim()}`),
  );

describe.each(PURE_FOLDERS)('src/%s is pure:', (folder) => {
  const files = filesIn(`src/${folder}`);

  it.each([
    ['no clock', /\bDate\.now\b|\bnew Date\(\s*\)|\bperformance\.now\b/],
    ['no dice', /\bMath\.random\b|\brandom(UUID|Bytes|Int)\b/],
    ['no environment', /\bprocess\b/],
    ['no waiting', /\basync\b|\bawait\b|\bPromise\b|\bsetTimeout\b|\bsetInterval\b/],
    ['no network', /\bfetch\s*\(/],
    ['no output', /\bconsole\b/],
  ])('%s', (_, pattern) => {
    expect(linesWith(files, pattern)).toEqual([]);
  });
});

describe('src', () => {
  it.each([
    ['starts no process', /child_process/],
    ['evaluates no text', /\beval\s*\(|\bnew Function\b|\bFunction\s*\(|node:vm/],
    ['turns off no certificate check', /rejectUnauthorized:\s*false|NODE_TLS_REJECT_UNAUTHORIZED/],
    ['loads nothing by a computed name', /\bimport\s*\(\s*[^'"`\s]|\brequire\s*\(\s*[^'"`\s]/],
  ])('%s', (_, pattern) => {
    expect(linesWith(sources, pattern)).toEqual([]);
  });

  it('reads the environment in few places, all known', () => {
    const places = new Set(linesWith(sources, /process\.env\b/).map((line) => line.split(':')[0]));
    expect([...places].toSorted()).toEqual([
      'src/adapters/kubernetes/connection.ts',
      'src/adapters/oci-registry.ts',
      'src/adapters/webhooks/tokens.ts',
      'src/app.ts',
      'src/main.ts',
    ]);
  });

  it('knows every folder in the table', () => {
    const folders = new Set(
      sources.map((path) => path.split('/')[1] ?? '').filter((name) => !name.endsWith('.ts')),
    );
    expect([...folders].toSorted()).toEqual([...FOLDERS].toSorted());
  });
});
