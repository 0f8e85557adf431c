/** The import table, for Biome and for people. */
import { FOLDERS, type Folder, IMPORT_RULES, ROOT_PACKAGES, SDK_HOMES } from '../import-rules.ts';
import { code, page, table } from './markdown.ts';

const homeFolder = (home: string): string => home.split('/')[0] ?? '';
const isAtHome = (folder: Folder, name: string): boolean => homeFolder(SDK_HOMES[name] ?? '') === folder;

/** Biome cannot tell a type from a value, nor one module of a folder from another here: the test does. */
function override(folder: Folder, dependencies: readonly string[]): object {
  const { uses, typesOf, packages, packageTypes, node } = IMPORT_RULES[folder];
  const known = new Set([folder, ...uses, ...typesOf].map((module) => module.split('/')[0]));
  const strangers = FOLDERS.filter((other) => !known.has(other)).map((other) => `**/${other}/**`);
  const banned = dependencies.filter(
    (name) => ![...packages, ...packageTypes].includes(name) && !isAtHome(folder, name),
  );
  const modules = node.includes('*') ? [] : ['node:*', ...node.map((name) => `!${name}`)];
  const message = `src/${folder} may not import this: docs/imports.md`;
  const groups = [['**/sandbox/**', '**/test/**', ...strangers], modules].filter((group) => group.length > 0);
  return {
    includes: [`src/${folder}/**`],
    linter: {
      rules: {
        style: {
          noRestrictedImports: {
            level: 'error',
            options: {
              paths: Object.fromEntries(banned.map((name) => [name, message])),
              patterns: groups.map((group) => ({ group, message })),
            },
          },
        },
      },
    },
  };
}

export const renderBiomeImports = (dependencies: readonly string[]): string =>
  `${JSON.stringify({ overrides: FOLDERS.map((folder) => override(folder, dependencies)) }, null, 2)}\n`;

const list = (names: readonly string[]): string => names.map(code).join(', ');

export const renderImports = (): string =>
  page(
    'Who may import whom',
    'Within `src/`. Biome shows a forbidden import while it is typed; `test/repo/architecture.test.ts` fails on it, and also tells types from values. `sandbox/` and `src/` import nothing of each other. To change a row, change `scripts/import-rules.ts`, and say why in the commit.',
    table(
      ['Folder', 'Uses', 'Types only of', 'Packages', 'Node', 'Why'],
      FOLDERS.map((folder) => {
        const { uses, typesOf, packages, packageTypes, node, why } = IMPORT_RULES[folder];
        const types =
          packageTypes.length > 0 ? `${packages.length > 0 ? '; ' : ''}types of ${list(packageTypes)}` : '';
        return [
          code(folder),
          list(uses),
          list(typesOf),
          `${list(packages)}${types}`,
          node.includes('*') ? 'any' : list(node),
          why,
        ];
      }),
    ),
    `\`app.ts\` and \`main.ts\` may import everything, and ${list(ROOT_PACKAGES)}.`,
    '## Where an SDK lives',
    table(
      ['Package', 'Only under'],
      Object.entries(SDK_HOMES).map(([name, home]) => [code(name), code(`src/${home}`)]),
    ),
  );
