import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { commands } from '../../src/commands/index.ts';
import { configSchema } from '../../src/config/schema.ts';
import { buttons, forms, openers } from '../../src/handlers/index.ts';
import { filesIn, read } from './sources.ts';

const slack = configSchema.shape.slack.shape;
const root = slack.rootCommand.parse(undefined);
const aliases = slack.aliases.parse(undefined) as Readonly<Record<string, string | null | undefined>>;
const manifest = parse(read('manifest.yml'));
const page = read('docs/commands.md');
const verbs = commands.map(({ verb }) => verb);

/** Names that the files of a folder export as this type: `export const deploy: Command = {`. */
const exported = (folder: string, type: string): readonly string[] =>
  filesIn(folder).flatMap((path) =>
    [...read(path).matchAll(new RegExp(`^export const (\\w+): ${type} =`, 'gm'))].map(
      ([, name = '']) => name,
    ),
  );
/** Words within the brackets of `export const <list>: … = [ … ]`. */
const listed = (path: string, list: string): readonly string[] =>
  (new RegExp(`export const ${list}[^=]*= \\[([^\\]]*)\\]`).exec(read(path))?.[1] ?? '').match(/\w+/g) ?? [];

describe('which commands exist', () => {
  it('is one list, and every file with a command is in it', () => {
    expect([...listed('src/commands/index.ts', 'commands')].toSorted()).toEqual(
      [...exported('src/commands', 'Command')].toSorted(),
    );
  });

  it('has each word once', () => {
    const words = commands.flatMap(({ verb, aliases: others }) => [verb, ...others]);
    expect(words.filter((word, index) => words.indexOf(word) !== index)).toEqual([]);
  });

  it('is what docs/commands.md explains, in order', () => {
    expect([...page.matchAll(/^## (\w+)$/gm)].map(([, verb]) => verb)).toEqual(verbs);
    for (const { usage } of commands) expect(page).toContain(`${root} ${usage}`);
  });

  it('is what manifest.yml asks Slack for: the root command and the aliases', () => {
    const slash: readonly string[] = manifest.features.slash_commands.map(
      (entry: { command: string }) => entry.command,
    );
    expect(slash).toEqual([root, ...verbs.flatMap((verb) => aliases[verb] ?? [])]);
    expect(Object.keys(aliases).filter((verb) => !verbs.includes(verb))).toEqual([]);
    const hint: string = manifest.features.slash_commands[0].usage_hint;
    for (const verb of verbs) expect(hint).toContain(verb);
  });

  it('is what README.md shows', () => {
    const readme = read('README.md');
    for (const verb of verbs) expect(readme).toContain(`\`${root} ${verb}`);
  });
});

describe('commands that the pages type', () => {
  it('exist', () => {
    const words = new Set(commands.flatMap(({ verb, aliases: others }) => [verb, ...others]));
    const typed = [...filesIn('docs', /\.md$/), 'README.md', 'SECURITY.md'].flatMap((path) =>
      [...read(path).matchAll(/^`?\/dabba ([a-z-]+)|`\/dabba ([a-z-]+)/gm)].map(
        ([, line, inline]) => line ?? inline ?? '',
      ),
    );
    expect(typed.length).toBeGreaterThan(50);
    expect(typed.filter((word) => !words.has(word))).toEqual([]);
  });
});

describe('which buttons and forms exist', () => {
  it('is one list, and every file with one is in it', () => {
    const path = 'src/handlers/index.ts';
    expect([...listed(path, 'buttons')].toSorted()).toEqual(
      [...exported('src/handlers', 'Button')].toSorted(),
    );
    expect([...listed(path, 'openers')].toSorted()).toEqual(
      [...exported('src/handlers', 'Opener')].toSorted(),
    );
    expect([...listed(path, 'forms')].toSorted()).toEqual([...exported('src/handlers', 'Form')].toSorted());
  });

  it('has each id once', () => {
    const ids = [
      ...[...buttons, ...openers].map(({ actionId }) => actionId),
      ...forms.map(({ callbackId }) => callbackId),
    ];
    expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([]);
  });
});
