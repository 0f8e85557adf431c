/** Untrusted text made inert, times, links. Everything that a person or another system wrote passes through here. */

/** Controls, bidi, zero-width, private use and fillers: nothing that a reader cannot see survives. */
const INVISIBLE = /\u034f|[\p{Cc}\p{Cf}\p{Co}\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0]/gu;
const SPACE = /[\s\u0085]+/g;
const DEFAULT_MAX = 500;

const codePoint = (character: string): string =>
  `[U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}]`;

/** 1234567 as `1,234,567`. */
export const grouped = (value: number): string =>
  Math.round(value)
    .toString()
    .replace(/\B(?=(\d{3})+$)/g, ',');

/** The first `max` characters of what is there, and how many were left out. The input is cut before it is matched. */
function visible(untrusted: string, max: number): string {
  const head = untrusted.slice(0, max).toWellFormed();
  const shown = head.replace(SPACE, ' ').replace(/`/g, "'").replace(INVISIBLE, codePoint).trim();
  const kept = shown.length > max ? cut(shown, max) : shown;
  const left = untrusted.length - max;
  if (left > 0) return `${kept}… (+${grouped(left)} characters)`;
  return kept === shown ? kept : `${kept}…`;
}

const cut = (text: string, max: number): string =>
  text.slice(0, Math.max(0, max)).replace(/[\ud800-\udbff]$/, '');

/** For mrkdwn: markup characters of Slack escaped, invisible ones shown as code points, one line, capped with a note. */
export const escapeText = (untrusted: string, max: number = DEFAULT_MAX): string =>
  escapeEntities(visible(untrusted, max));

/** For plain_text, table cells and chart labels, which know no entities. */
export const plainText = (untrusted: string, max: number = DEFAULT_MAX): string =>
  visible(untrusted, max).replace(/</g, '‹').replace(/>/g, '›');

/** One line of code: nothing invisible, and no backtick that could end the block. */
export const plainLine = (text: string): string =>
  text.toWellFormed().replace(/`/g, "'").replace(/\t/g, '  ').replace(INVISIBLE, codePoint).trimEnd();

export const escapeEntities = (text: string): string =>
  text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');

/**
 * For sentences of our own that quote others (errors, hints): lines and paired backticks stay, the rest is as in
 * escapeText.
 */
export function escapeProse(sentence: string, max: number = 2500): string {
  const lines = sentence.slice(0, max).toWellFormed().split(/\r?\n/);
  const isPaired = (sentence.match(/`/g) ?? []).length % 2 === 0;
  const shown = lines
    .map((line) => escapeEntities(line.replace(/\t/g, '  ').replace(INVISIBLE, codePoint)))
    .join('\n');
  const left = sentence.length - max;
  const kept = isPaired && left <= 0 ? shown : shown.replace(/`/g, "'");
  return left > 0 ? `${kept}… (+${grouped(left)} characters)` : kept;
}

/** Cuts trusted mrkdwn without leaving half an entity, half a `<…>` or an open code fence. */
export function clipMrkdwn(text: string, max: number): string {
  if (text.length <= max) return text;
  let kept = cut(text, max - 6);
  const open = kept.lastIndexOf('<');
  if (open > kept.lastIndexOf('>')) kept = kept.slice(0, open);
  kept = kept.replace(/&[a-z]{0,4}$/, '');
  const isFenceOpen = (kept.match(/```/g) ?? []).length % 2 === 1;
  return `${kept}…${isFenceOpen ? '\n```' : ''}`;
}

export const clipPlain = (text: string, max: number): string =>
  text.length <= max ? text : `${cut(text, max - 1)}…`;

/** A Slack link where the address is http(s) of a host that config names; else the label alone. */
export function link(url: string, label: string, allowedHosts: readonly string[]): string {
  const words = escapeText(label, 200) || 'link';
  if (!URL.canParse(url)) return words;
  const parsed = new URL(url);
  const isWeb = parsed.protocol === 'https:' || parsed.protocol === 'http:';
  const isAllowed = allowedHosts.some((host) => host.toLowerCase() === parsed.host);
  if (!isWeb || !isAllowed || parsed.username !== '' || parsed.password !== '') return words;
  const address = parsed.href.replace(/\|/g, '%7C').replace(/</g, '%3C').replace(/>/g, '%3E');
  return address.length > 2000 ? words : `<${escapeEntities(address)}|${words.replace(/\|/g, '¦')}>`;
}

/** 8.64e15 ms is the last instant that a Date can hold. */
const isInstant = (ms: number): boolean => Number.isFinite(ms) && ms >= 0 && ms < 8.64e15;

/** A time of day in the reader's own zone. */
export const when = (ms: number): string =>
  isInstant(ms)
    ? `<!date^${Math.floor(ms / 1000)}^{time}|${new Date(ms).toISOString().slice(11, 16)} UTC>`
    : 'an unknown time';

/** Date and time, for what may be days old. */
export const whenLong = (ms: number): string =>
  isInstant(ms)
    ? `<!date^${Math.floor(ms / 1000)}^{date_short_pretty} {time}|${new Date(ms).toISOString().slice(0, 16).replace('T', ' ')} UTC>`
    : 'an unknown time';
