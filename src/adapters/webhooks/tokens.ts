/** Who may post a webhook: whoever knows a token of the source. Compared in constant time, whatever its length. */
import { createHash, timingSafeEqual } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Config } from '../../config/schema.ts';

/** Shorter ones can be guessed. */
const TOKEN_AT_LEAST = 32;

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/** Two are valid while one replaces the other; each on a line of its own. */
export const tokensOf = (secret: string): readonly string[] =>
  secret
    .split(/[\r\n]+/)
    .map((line) => line.trim())
    .filter((line) => line !== '');

/** Compares with each, always with all of them. */
export function isKnownToken(given: string | null, tokens: readonly string[]): boolean {
  const hash = digest(given ?? '');
  let isKnown = false;
  for (const token of tokens) isKnown = timingSafeEqual(hash, digest(token)) || isKnown;
  return isKnown && given !== null && given !== '';
}

/** Token of an Authorization header: Bearer as it is, Basic its password. null: none. */
export function tokenOfHeader(header: string | undefined): string | null {
  const [, scheme, credentials] =
    /^(bearer|basic) +([^\s]+)$/i.exec((header ?? '').trim().slice(0, 4096)) ?? [];
  if (!scheme || !credentials) return null;
  if (scheme.toLowerCase() === 'bearer') return credentials;
  const plain = Buffer.from(credentials, 'base64').toString('utf8');
  const colon = plain.indexOf(':');
  return colon < 0 ? null : plain.slice(colon + 1);
}

/** A file is read again this often: a rotated secret counts within a second, a flood does not read the disk each time. */
const FILE_VALID_MS = 1000;

/**
 * Tokens of a variable, or of the file that `<NAME>_FILE` names. A file that cannot be read at the moment keeps what was
 * read last: a secret that is just being replaced must not lock its senders out.
 */
export function tokenReader(
  name: string,
  environment: Readonly<Record<string, string | undefined>> = process.env,
  now: () => number = () => performance.now(),
): () => readonly string[] {
  const file = environment[`${name}_FILE`];
  if (!file) {
    const tokens = tokensOf(environment[name] ?? '');
    return () => tokens;
  }
  let read = { tokens: [] as readonly string[], at: Number.NEGATIVE_INFINITY };
  return () => {
    if (now() - read.at < FILE_VALID_MS) return read.tokens;
    try {
      read = { tokens: tokensOf(readFileSync(file, 'utf8')), at: now() };
    } catch {
      read = { ...read, at: now() };
    }
    return read.tokens;
  };
}

export type TokenReader = () => readonly string[] | null;

/** The tokens of each source, and what keeps them from being used: none at all, or one that is too short. */
export function webhookTokens(
  { insecure, alertmanagerToken, falcoToken }: NonNullable<Config['alerts']>,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): {
  readonly tokens: Readonly<Record<'alertmanager' | 'falco', TokenReader>>;
  readonly faults: readonly { readonly path: string; readonly message: string; readonly line: null }[];
} {
  const everybody = (): null => null;
  if (insecure) return { tokens: { alertmanager: everybody, falco: everybody }, faults: [] };
  const tokens = {
    alertmanager: tokenReader(alertmanagerToken, environment),
    falco: tokenReader(falcoToken, environment),
  };
  const faultOf = (name: string, found: readonly string[]): string | null => {
    if (found.length === 0) return `is not set (or name a file in ${name}_FILE)`;
    return found.some((token) => token.length < TOKEN_AT_LEAST)
      ? `has a token of fewer than ${TOKEN_AT_LEAST} characters`
      : null;
  };
  const faults = [
    { path: alertmanagerToken, message: faultOf(alertmanagerToken, tokens.alertmanager()), line: null },
    { path: falcoToken, message: faultOf(falcoToken, tokens.falco()), line: null },
  ];
  return {
    tokens,
    faults: faults.flatMap(({ message, ...fault }) => (message === null ? [] : [{ ...fault, message }])),
  };
}
