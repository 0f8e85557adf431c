import { distance } from 'fastest-levenshtein';

/** Words within reach of a typing error, nearest first, at most `limit`. A word that begins with what was typed counts as near. */
export function nearestWords(typed: string, words: readonly string[], limit = 3): readonly string[] {
  const word = typed.toLowerCase();
  const reach = Math.max(2, Math.floor(word.length / 3));
  return words
    .map((candidate) => {
      const isPrefix = word.length >= 2 && candidate.startsWith(word);
      return { candidate, steps: isPrefix ? 0.5 : distance(word, candidate) };
    })
    .filter(({ steps }) => steps <= reach)
    .sort((a, b) => a.steps - b.steps || a.candidate.localeCompare(b.candidate))
    .slice(0, limit)
    .map(({ candidate }) => candidate);
}

/** ` Did you mean "x" or "y"?`, empty when nothing is near. */
export function didYouMean(typed: string, words: readonly string[]): string {
  const near = nearestWords(typed, words).map((word) => `"${word}"`);
  return near.length === 0 ? '' : ` Did you mean ${near.join(' or ')}?`;
}
