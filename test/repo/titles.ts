/** Titles of the tests of a file, read from its text: `it('…')`, `test('…')`, and the template of `it.each(…)('…')`. */
import { read } from './sources.ts';

const CALL = /^[ \t]*(?:it|test)((?:\.\w+)*)\(/gm;
const TITLE = /^\s*(['"`])((?:\\.|(?!\1)[\s\S])*)\1/;

/** Index after the bracket that closes the one before `from`; strings, templates and comments are stepped over. */
function afterBracket(text: string, from: number): number {
  let depth = 1;
  const TOKEN =
    /'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`|\/\/.*|\/\*[\s\S]*?\*\/|[()[\]{}]/g;
  TOKEN.lastIndex = from;
  for (let token = TOKEN.exec(text); token; token = TOKEN.exec(text)) {
    if ('([{'.includes(token[0])) depth += 1;
    else if (')]}'.includes(token[0])) depth -= 1;
    if (depth === 0) return TOKEN.lastIndex;
  }
  return text.length;
}

export function testTitles(path: string, text = read(path)): readonly string[] {
  return [...text.matchAll(CALL)].flatMap(({ 0: call, 1: modifiers = '', index }) => {
    const inside = index + call.length;
    const isTable = /\.(each|for|skipIf|runIf)$/.test(modifiers);
    const start = isTable ? text.indexOf('(', afterBracket(text, inside)) + 1 : inside;
    const title = TITLE.exec(text.slice(start, start + 400))?.[2];
    return title === undefined ? [] : [title.replaceAll(/\\(.)/g, '$1')];
  });
}
