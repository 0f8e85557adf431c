import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { commands } from '../../src/commands/index.ts';
import { cleanText, MAX_INPUT, parseArguments, splitVerb } from '../../src/commands/parse.ts';
import { DabbawalaError } from '../../src/lib/errors.ts';

const deploy = commands.find((command) => command.verb === 'deploy');
if (!deploy) throw new Error('no deploy');

const parse = (text: string) => {
  const { words, options, flags } = parseArguments(cleanText(text), deploy, '/dabba');
  return { words, options: Object.fromEntries(options), flags: [...flags] };
};
const refusal = (text: string): DabbawalaError => {
  try {
    parse(text);
  } catch (error) {
    if (error instanceof DabbawalaError) return error;
    throw error;
  }
  throw new Error(`"${text}" was accepted`);
};

describe('reading what was typed', () => {
  it.each([
    ['', [], {}, []],
    ['pg v2.3.1', ['pg', 'v2.3.1'], {}, []],
    ['  pg   v2.3.1  ', ['pg', 'v2.3.1'], {}, []],
    ['pg v2 env=staging', ['pg', 'v2'], { env: 'staging' }, []],
    ['env=staging pg v2', ['pg', 'v2'], { env: 'staging' }, []],
    ['pg v2 ENV=staging', ['pg', 'v2'], { env: 'staging' }, []],
    ['pg v2 reason="two words"', ['pg', 'v2'], { reason: 'two words' }, []],
    ["pg v2 reason='two words'", ['pg', 'v2'], { reason: 'two words' }, []],
    ['pg v2 reason=“it’s late”', ['pg', 'v2'], { reason: "it's late" }, []],
    ['pg v2 reason=„unten“', ['pg', 'v2'], { reason: 'unten' }, []],
    ["pg v2 reason=don't", ['pg', 'v2'], { reason: "don't" }, []],
    ['pg v2 reason="a=b c=d"', ['pg', 'v2'], { reason: 'a=b c=d' }, []],
    ['pg v2 reason="dry-run"', ['pg', 'v2'], { reason: 'dry-run' }, []],
    ['pg v2 dry-run', ['pg', 'v2'], {}, ['dry-run']],
    ['pg v2 --dry-run', ['pg', 'v2'], {}, ['dry-run']],
    ['pg v2 —dry-run', ['pg', 'v2'], {}, ['dry-run']],
    ['pg v2 dry–run', ['pg', 'v2'], {}, ['dry-run']],
    ['pg v2 DRY-RUN', ['pg', 'v2'], {}, ['dry-run']],
    ['pg v2 --env=dr', ['pg', 'v2'], { env: 'dr' }, []],
    ['"pg" "dry-run"', ['pg', 'dry-run'], {}, []],
    ['pg v2 reason="a &lt;b&gt; &amp;amp; c"', ['pg', 'v2'], { reason: 'a <b> &amp; c' }, []],
    ['pg\u00a0v2\u200b\ndry-run', ['pg', 'v2'], {}, ['dry-run']],
    ['pg \u202ev2', ['pg', 'v2'], {}, []],
    ['pg -5', ['pg', '-5'], {}, []],
    ['pg sha256:abc', ['pg', 'sha256:abc'], {}, []],
  ])('%j', (text, words, options, flags) => {
    expect(parse(text)).toEqual({ words, options, flags });
  });

  it.each([
    ['pg v2 resaon="x"', 'no option "resaon"', 'reason'],
    ['pg v2 --dryrun', 'no flag "dryrun"', 'dry-run'],
    ['pg v2 env=', 'has no value', null],
    ['pg v2 env=a env=b', 'given twice', null],
    ['pg v2 reason="open', 'not closed', null],
  ])('refuses %j with the right form', (text, sentence, near) => {
    const error = refusal(text);
    expect(error.code).toBe('invalid_argument');
    expect(error.message).toContain(sentence);
    if (near) expect(error.message).toContain(`Did you mean "${near}"`);
    if (!text.includes('"open')) expect(error.hint).toContain(`/dabba ${deploy.usage}`);
  });

  it('refuses a text longer than the cap before it matches anything', () => {
    expect(() => cleanText('x'.repeat(MAX_INPUT + 1))).toThrow(DabbawalaError);
    expect(cleanText('x'.repeat(MAX_INPUT))).toHaveLength(MAX_INPUT);
  });

  it('splits the verb from the rest', () => {
    expect(splitVerb('Deploy pg v2')).toEqual({ verb: 'deploy', rest: 'pg v2' });
    expect(splitVerb('status')).toEqual({ verb: 'status', rest: '' });
  });

  it('never throws anything but a DabbawalaError', () => {
    const piece = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 40 }),
      fc.constantFrom(
        '"',
        "'",
        '“',
        '=',
        ' ',
        '--',
        '—',
        'reason=',
        'env=',
        'dry-run',
        '&lt;',
        '\u202e',
        '\0',
      ),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), fc.constantFrom(...commands), (pieces, command) => {
        try {
          const args = parseArguments(cleanText(pieces.join('')), command, '/dabba');
          for (const key of args.options.keys()) expect(command.options).toContain(key);
          for (const flag of args.flags) expect(command.flags).toContain(flag);
        } catch (error) {
          expect(error).toBeInstanceOf(DabbawalaError);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('reads a hostile text in no time', () => {
    const startedAt = performance.now();
    for (const text of ['="'.repeat(1000), "'".repeat(2000), '-'.repeat(2000), 'a='.repeat(1000)])
      try {
        parse(text);
      } catch (error) {
        expect(error).toBeInstanceOf(DabbawalaError);
      }
    expect(performance.now() - startedAt).toBeLessThan(500);
  });
});
