/**
 * The outbound filter: what it takes out of a text before that text leaves the process. Pure, linear, never longer than
 * what came in, and the same when done twice.
 */
import { maskNumbers } from './numbers.ts';
import { maskTokens } from './tokens.ts';

/** A text without what must not leave. */
export type Mask = (text: string) => string;

/**
 * `name@handle` of NPCI: the handle is one word. An e-mail address has a dot after it, an image its digest, and Slack's
 * `<@U…>` no name before it. Names of a bank say little; the name before the @ is often a phone number.
 */
const UPI = /(?<![\w.+-])([\w.-]{2,256})(?=@[A-Za-z][A-Za-z0-9]{1,63}(?![\w@-]|\.[A-Za-z0-9]))/g;
const IS_DIGEST = /^@sha\d{3}:/;

const maskUpi = (text: string): string =>
  text.includes('@')
    ? text.replace(UPI, (name: string, _: string, at: number) =>
        IS_DIGEST.test(text.slice(at + name.length, at + name.length + 8))
          ? name
          : '•'.repeat(Math.min(3, name.length)),
      )
    : text;

/** Shorter ones are words that occur by chance. */
const SECRET_AT_LEAST = 8;

/** @param secrets the process's own, read for every text, since a file may be rotated */
export function createMask(secrets: () => readonly string[] = () => []): Mask {
  return (text) => {
    let clean = text;
    for (const secret of secrets())
      if (secret.length >= SECRET_AT_LEAST && clean.includes(secret))
        clean = clean.replaceAll(secret, secret.length >= 10 ? '[redacted]' : '***');
    return maskUpi(maskNumbers(maskTokens(clean)));
  };
}

/** For a process that knows no secrets of its own yet. */
export const maskText: Mask = createMask();
