/** The repository's own files, read as text. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, posix, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../../', import.meta.url));

export const read = (path: string): string => readFileSync(join(root, path), 'utf8');

/** Paths from the repository's folder, with forward slashes. */
export const filesIn = (folder: string, ending: RegExp = /\.tsx?$/): readonly string[] =>
  readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && ending.test(entry.name))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).replaceAll('\\', '/'))
    .filter((path) => !path.includes('node_modules/'))
    .toSorted();

/** Without comments that begin a line or follow a space; enough for code that a formatter has written. */
export const withoutComments = (text: string): string =>
  text.replaceAll(/^\s*\/\*[\s\S]*?\*\//gm, '').replaceAll(/(^|\s)\/\/.*$/gm, '$1');

export interface Import {
  readonly from: string;
  /** The file that is imported, from the repository's folder; null for a package. */
  readonly file: string | null;
  /** Package name without subpath; `node:…` for Node's own; null for a file. */
  readonly packageName: string | null;
  readonly isTypeOnly: boolean;
  /** `import './x.ts'`: for its effect alone. */
  readonly isBare: boolean;
}

const STATIC = /^\s*(?:import|export)\s+(type\s+)?([^'";]*?)\s*from\s*['"]([^'"]+)['"]/gm;
const BARE = /^\s*import\s*['"]([^'"]+)['"]/gm;
const DYNAMIC = /\b(?:import|require)\s*\(\s*['"`]([^'"`]+)['"`]/g;

const namesAreTypes = (names: string): boolean => {
  const listed = /^\{([\s\S]*)\}$/.exec(names.trim())?.[1];
  if (listed === undefined) return false;
  const entries = listed.split(',').map((entry) => entry.trim());
  return entries.every((entry) => entry === '' || entry.startsWith('type '));
};

const packageOf = (specifier: string): string =>
  specifier.startsWith('node:')
    ? specifier
    : specifier
        .split('/')
        .slice(0, specifier.startsWith('@') ? 2 : 1)
        .join('/');

export function importsOf(path: string, text = read(path)): readonly Import[] {
  const code = withoutComments(text);
  const make = (specifier: string, isTypeOnly: boolean, isBare: boolean): Import => ({
    from: path,
    file: specifier.startsWith('.') ? posix.join(posix.dirname(path), specifier) : null,
    packageName: specifier.startsWith('.') ? null : packageOf(specifier),
    isTypeOnly,
    isBare,
  });
  return [
    ...[...code.matchAll(STATIC)].map(([, type, names = '', specifier = '']) =>
      make(specifier, type !== undefined || namesAreTypes(names), false),
    ),
    ...[...code.matchAll(BARE)].map(([, specifier = '']) => make(specifier, false, true)),
    ...[...code.matchAll(DYNAMIC)].map(([, specifier = '']) => make(specifier, false, false)),
  ];
}
