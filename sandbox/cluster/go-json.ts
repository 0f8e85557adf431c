/** JSON's faults in the words of the server's own decoder, where a client may read them. */

/** The value; throws an Error whose message is what Go says. */
export function parseGoJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new Error(wordsOf(text, error as Error));
  }
}

/** What Go calls the type of a value. */
export function goType(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'boolean') return 'bool';
  if (typeof value === 'number') return Number.isInteger(value) ? 'number' : `number ${value}`;
  return typeof value;
}

function wordsOf(text: string, error: Error): string {
  const at = /position (\d+)/.exec(error.message);
  const isCut = at === null || Number(at[1]) >= text.trimEnd().length;
  if (isCut) return 'unexpected end of JSON input';
  const letter = text[Number(at[1])] ?? '';
  return `invalid character '${letter}' looking for beginning of value`;
}
