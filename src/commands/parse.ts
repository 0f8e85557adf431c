/** What a person typed, as words, options and flags. Pure; every pattern is linear and the input is capped before matching. */
import { DabbawalaError } from '../lib/errors.ts';
import { didYouMean } from '../lib/nearest.ts';
import type { Arguments, Command } from './command.ts';

export const MAX_INPUT = 2000;

interface Token {
  readonly text: string;
  /** It began with a quote: never a flag or an option. */
  readonly isQuoted: boolean;
}

const PLAIN: readonly (readonly [RegExp, string])[] = [
  [/[\u201c\u201d\u201e\u201f\u00ab\u00bb\u2033]/g, '"'],
  [/[\u2018\u2019\u201a\u201b\u2032]/g, "'"],
  [/[\u2010-\u2015\u2212\ufe58\ufe63\uff0d]/g, '-'],
  // biome-ignore lint/suspicious/noControlCharactersInRegex: exactly these are to go
  [/[\u0000-\u0008\u000e-\u001f\u007f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g, ''],
  [/\s/g, ' '],
];

const ENTITIES: Readonly<Record<string, string>> = { '&lt;': '<', '&gt;': '>', '&amp;': '&' };

/** Phones' quotes and dashes made plain, invisible characters dropped, Slack's escapes undone. */
export function cleanText(text: string): string {
  if (text.length > MAX_INPUT)
    throw new DabbawalaError('invalid_argument', `The text is longer than ${MAX_INPUT} characters.`, {
      hint: 'Shorten the reason and type the command again.',
    });
  const plain = PLAIN.reduce(
    (current, [pattern, replacement]) => current.replace(pattern, replacement),
    text,
  );
  return plain.replace(/&(?:lt|gt|amp);/g, (entity) => ENTITIES[entity] ?? entity).trim();
}

/** Splits at spaces; a quote opens at the start of a word or after the first `=`, so that don't is a word. */
function tokenize(text: string): readonly Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < text.length) {
    if (text[at] === ' ') {
      at += 1;
      continue;
    }
    let word = '';
    const isQuoted = text[at] === '"' || text[at] === "'";
    let mayQuote = true;
    while (at < text.length && text[at] !== ' ') {
      const character = text[at] ?? '';
      if (mayQuote && (character === '"' || character === "'")) {
        const end = text.indexOf(character, at + 1);
        if (end < 0)
          throw new DabbawalaError(
            'invalid_argument',
            `The quote before "${text.slice(at + 1, at + 25)}" is not closed.`,
          );
        word += text.slice(at + 1, end);
        at = end + 1;
        mayQuote = false;
        continue;
      }
      word += character;
      mayQuote = character === '=' && !word.slice(0, -1).includes('=');
      at += 1;
    }
    tokens.push({ text: word, isQuoted });
  }
  return tokens;
}

/** The first word and what follows it: `deploy`, `pg v2`. */
export function splitVerb(text: string): { readonly verb: string; readonly rest: string } {
  const space = text.indexOf(' ');
  return space < 0
    ? { verb: text.toLowerCase(), rest: '' }
    : { verb: text.slice(0, space).toLowerCase(), rest: text.slice(space + 1).trim() };
}

const rightForm = (command: Command, root: string): string => `The form is \`${root} ${command.usage}\`.`;

/**
 * Reads the text after the verb in the words of one command. Throws `invalid_argument` with the right form and the
 * nearest valid word. `text` must have been through cleanText().
 */
export function parseArguments(text: string, command: Command, root: string): Arguments {
  const words: string[] = [];
  const options = new Map<string, string>();
  const flags = new Set<string>();
  const fail = (message: string): never => {
    throw new DabbawalaError('invalid_argument', message, { hint: rightForm(command, root) });
  };
  for (const token of tokenize(text)) {
    const bare = token.isQuoted ? token.text : token.text.replace(/^-+(?=[a-zA-Z])/, '');
    const isDashed = bare.length < token.text.length;
    const option = token.isQuoted ? null : /^([a-zA-Z][a-zA-Z0-9_-]{0,39})=/.exec(bare);
    if (option) {
      const key = (option[1] ?? '').toLowerCase();
      const value = bare.slice(option[0].length);
      if (!command.options.includes(key))
        fail(`\`${command.verb}\` has no option "${key}".${didYouMean(key, command.options)}`);
      if (value === '') fail(`The option "${key}" has no value.`);
      if (options.has(key)) fail(`The option "${key}" is given twice.`);
      options.set(key, value);
    } else if (!token.isQuoted && command.flags.includes(bare.toLowerCase())) {
      flags.add(bare.toLowerCase());
    } else if (isDashed) {
      fail(
        `\`${command.verb}\` has no flag "${bare}".${didYouMean(bare, [...command.flags, ...command.options])}`,
      );
    } else {
      words.push(bare);
    }
  }
  return { words, options, flags };
}

/** Refuses words beyond what the command takes, with the flag or option that was likely meant. */
export function refuseExtraWords(args: Arguments, most: number, command: Command, root: string): void {
  const extra = args.words[most];
  if (extra === undefined) return;
  throw new DabbawalaError(
    'invalid_argument',
    `\`${command.verb}\` does not know what to do with "${extra}".${didYouMean(extra, [...command.flags, ...command.options])}`,
    { hint: rightForm(command, root) },
  );
}
