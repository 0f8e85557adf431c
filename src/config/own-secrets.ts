/** The secrets of this process, for the outbound filter: whatever the environment holds under a name of one. */
import { readFileSync } from 'node:fs';

/** `SLACK_BOT_TOKEN`, `REDIS_PASSWORD`, `PAGERDUTY_ROUTING_KEY`…, each also as a file in `<NAME>_FILE`. */
const IS_SECRET = /(?:TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIALS?|KEY)(_FILE)?$/i;
/** A rotated file counts within this time, and no line of a log costs a read. */
const VALID_MS = 10_000;

const linesOf = (text: string): readonly string[] =>
  text
    .split(/[\r\n]+/)
    .map((line) => line.trim())
    .filter((line) => line !== '');

/** A file that cannot be read keeps what was read last. */
export function ownSecrets(
  environment: Readonly<Record<string, string | undefined>>,
  now: () => number = () => performance.now(),
): () => readonly string[] {
  const named = Object.entries(environment).flatMap(([name, value]) => {
    const match = IS_SECRET.exec(name);
    return match && value ? [{ value, isFile: match[1] !== undefined }] : [];
  });
  const values = named.filter(({ isFile }) => !isFile).flatMap(({ value }) => linesOf(value));
  const files = named.filter(({ isFile }) => isFile).map(({ value }) => value);
  const kept = new Map<string, readonly string[]>();
  let all = values;
  let readAt = Number.NEGATIVE_INFINITY;
  return () => {
    if (files.length === 0 || now() - readAt < VALID_MS) return all;
    readAt = now();
    for (const file of files) {
      try {
        kept.set(file, linesOf(readFileSync(file, 'utf8')));
      } catch {
        // Of a secret that the bot itself needs, the start says that it cannot be read.
      }
    }
    all = [...new Set([...values, ...[...kept.values()].flat()])];
    return all;
  };
}
