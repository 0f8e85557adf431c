/** docs/behaviours.md: every promise is there, and every test that it or another page names exists. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { filesIn, read, root } from './sources.ts';
import { testTitles } from './titles.ts';

const ROLLOUTS = 25;
const IN_SLACK = 16;
const ALERTS = 26;

interface Promise_ {
  readonly id: string;
  readonly lines: readonly string[];
}

const promises: readonly Promise_[] = read('docs/behaviours.md')
  .split(/^### /m)
  .slice(1)
  .map((part) => ({
    id: /^([SA]?\d+)\. \S/.exec(part)?.[1] ?? part.slice(0, 40),
    lines: part
      .split('\n')
      .filter((line) => line.startsWith('- '))
      .map((line) => line.slice(2)),
  }));

const TEST = /^`(test\/\S+\.ts) › (.+)`$/;
const lines = promises.flatMap((promise) => promise.lines.map((line) => ({ id: promise.id, line })));
const isNotYet = (line: string): boolean => line.startsWith('Not yet: ');

describe('docs/behaviours.md', () => {
  it('has every promise once, in order', () => {
    const numbers = (count: number, letter = '') =>
      Array.from({ length: count }, (_, index) => `${letter}${index + 1}`);
    expect(promises.map(({ id }) => id)).toEqual([
      ...numbers(ROLLOUTS),
      ...numbers(IN_SLACK, 'S'),
      ...numbers(ALERTS, 'A'),
    ]);
  });

  it('says of every promise which test shows it, or that none does', () => {
    expect(promises.filter((promise) => promise.lines.length === 0).map(({ id }) => id)).toEqual([]);
    expect(lines.filter(({ line }) => !isNotYet(line) && !TEST.test(line))).toEqual([]);
  });

  it('names no test where it says "not yet"', () => {
    expect(lines.filter(({ line }) => isNotYet(line) && line.includes(' › '))).toEqual([]);
  });

  it('names tests that exist, as every page does', () => {
    const named = filesIn('docs', /\.md$/).flatMap((page) =>
      [...read(page).matchAll(/`(test\/\S+\.ts) › ([^`]+)`/g)].map(([, path = '', title = '']) => ({
        page,
        path,
        title,
      })),
    );
    const lost = named.filter(
      ({ path, title }) => !existsSync(join(root, path)) || !testTitles(path).includes(title),
    );
    expect(lost).toEqual([]);
  });
});

describe('the titles of tests', () => {
  const text = [
    "it('plain', () => {});",
    'it.each([[")", 1]])(\n  "of %s is \\"quoted\\"", () => {});',
    'it.skipIf(isOld)("later", run);',
    'test(`ticked`, run);',
    'wait(\'it("no test", run)\');',
    "split('x'); // it('nor this')",
  ].join('\n');

  it('are read from every form, and from nothing else', () => {
    expect(testTitles('none', text)).toEqual(['plain', 'of %s is "quoted"', 'later', 'ticked']);
  });
});
