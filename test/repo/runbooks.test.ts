/** docs/runbooks/: whatever a card can say has a page that says what to do. */
import { describe, expect, it } from 'vitest';
import { filesIn, read } from './sources.ts';

const INDEX = 'docs/runbooks/README.md';
const pages = filesIn('docs/runbooks', /\.md$/).filter((path) => path !== INDEX);
const states = read('src/core/rollout/rollout.ts');
const words = read('src/views/headline.ts');

/** String literals of a piece of code, from a line of it to the next line that ends it. */
const literals = (text: string, from: string, to: string): readonly string[] => {
  const start = text.indexOf(from);
  const piece = text.slice(start, text.indexOf(to, start));
  return [...piece.matchAll(/'([^'\n]+)'/g)].map(([, literal = '']) => literal);
};

const reasons = literals(states, 'export type ReasonCode =', ';');
const holds = literals(states, 'export interface Hold {', 'readonly text');
const ends = ['PAUSED', 'PROMOTED', 'ROLLED BACK', 'FAILED, NEEDS YOU'];
const outcomes = literals(words, 'const OUTCOMES', '};').filter((word) => /^[A-Z ]+$/.test(word));

describe('docs/runbooks', () => {
  it('reads the codes from the engine', () => {
    expect(reasons).toContain('drain_unverified');
    expect(reasons.length).toBeGreaterThan(30);
    expect(holds).toContain('metrics_unknown');
    expect(outcomes).toContain('WITHDRAWN');
  });

  it('has a page for every reason and every hold', () => {
    const named = new Set(
      pages.flatMap((path) =>
        [...(/^Codes: .*$/m.exec(read(path))?.[0] ?? '').matchAll(/`(\w+)`/g)].map(([, code = '']) => code),
      ),
    );
    expect([...reasons, ...holds].filter((code) => !named.has(code))).toEqual([]);
    expect([...named].filter((code) => !reasons.includes(code) && !holds.includes(code))).toEqual([]);
  });

  it.each(pages)('%s says what, why, what to do and how to look closer, within a screen', (path) => {
    const text = read(path);
    expect([...text.matchAll(/^## (.+)$/gm)].map(([, title]) => title)).toEqual([
      'What it says',
      'What it means',
      'What to do now',
      'How to look closer',
    ]);
    expect(text.split('\n').length).toBeLessThanOrEqual(45);
  });

  it('are all in the index, by the words of the card', () => {
    const index = read(INDEX);
    expect(pages.filter((path) => !index.includes(`](${path.replace('docs/runbooks/', '')})`))).toEqual([]);
    for (const word of ends) expect(words).toContain(`'${word}'`);
    expect([...ends, ...outcomes].filter((word) => !index.includes(word))).toEqual([]);
  });
});
