/**
 * Slack's mrkdwn as a tree. The library's own text parser turns `&lt;!channel&gt;` back into a mention and reads markup
 * in plain text; untrusted text must be seen here exactly as Slack would show it.
 */
export type Style = 'bold' | 'italic' | 'strike';

export type Inline =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'style'; readonly style: Style; readonly children: readonly Inline[] }
  | { readonly type: 'code'; readonly text: string }
  | { readonly type: 'emoji'; readonly name: string }
  | { readonly type: 'link'; readonly href: string; readonly label: string | null }
  | { readonly type: 'user' | 'channel' | 'group'; readonly id: string; readonly label: string | null }
  | { readonly type: 'broadcast'; readonly name: string }
  | {
      readonly type: 'date';
      readonly seconds: number;
      readonly format: string;
      readonly link: string | null;
      readonly fallback: string;
    };

export type Paragraph =
  | { readonly type: 'line'; readonly children: readonly Inline[] }
  | { readonly type: 'quote'; readonly children: readonly Inline[] }
  | { readonly type: 'pre'; readonly text: string };

export const unescapeText = (text: string): string =>
  text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');

function readEntity(inside: string): Inline | null {
  const [head = '', ...rest] = inside.split('|');
  const label = rest.length > 0 ? unescapeText(rest.join('|')) : null;
  const date = /^!date\^(\d+)\^([^^]*)(?:\^(.+))?$/.exec(head);
  if (date) {
    const [, seconds, format = '', link = null] = date;
    return { type: 'date', seconds: Number(seconds), format, link, fallback: label ?? '' };
  }
  const group = /^!subteam\^(\w+)$/.exec(head);
  if (group?.[1]) return { type: 'group', id: group[1], label };
  if (/^!(here|channel|everyone)$/.test(head)) return { type: 'broadcast', name: head.slice(1) };
  if (/^@[UW]\w+$/.test(head)) return { type: 'user', id: head.slice(1), label };
  if (/^#[CG]\w+$/.test(head)) return { type: 'channel', id: head.slice(1), label };
  if (/^(https?:\/\/|mailto:|tel:)/i.test(head)) return { type: 'link', href: unescapeText(head), label };
  return null;
}

const MARKS: Readonly<Record<string, Style>> = { '*': 'bold', _: 'italic', '~': 'strike' };

const TOKEN = new RegExp(
  [
    '`(?<code>[^`\\n]+)`',
    '<(?<entity>[^<>\\n]+)>',
    // A mark opens after a non-word character and closes before one, around text that has no space at its ends.
    '(?<![\\w*_~])(?<mark>[*_~])(?=[^\\s*_~])(?<inner>[^\\n]*?[^\\s])\\k<mark>(?![\\w*_~])',
    ':(?<emoji>[a-z0-9_+-]+):',
    '(?<bare>https?://[^\\s<>|`]*[^\\s<>|`.,;:!?)\\]\'"])',
  ].join('|'),
  'gi',
);

/** `isVerbatim`: no bare address becomes a link. */
export function parseInline(text: string, isVerbatim = false): readonly Inline[] {
  const out: Inline[] = [];
  let from = 0;
  const plain = (to: number) => {
    if (to > from) out.push({ type: 'text', text: unescapeText(text.slice(from, to)) });
  };
  for (const match of text.matchAll(TOKEN)) {
    const { code, entity, mark, inner, emoji, bare } = match.groups ?? {};
    const found: Inline | null =
      code !== undefined
        ? { type: 'code', text: unescapeText(code) }
        : entity !== undefined
          ? readEntity(entity)
          : mark !== undefined && inner !== undefined
            ? { type: 'style', style: MARKS[mark] ?? 'bold', children: parseInline(inner, isVerbatim) }
            : emoji !== undefined
              ? { type: 'emoji', name: emoji }
              : bare !== undefined && !isVerbatim
                ? { type: 'link', href: unescapeText(bare), label: null }
                : null;
    if (found === null) continue;
    plain(match.index);
    out.push(found);
    from = match.index + match[0].length;
  }
  plain(text.length);
  return out;
}

/** Quotes by line, fenced code, and the rest with its line breaks. */
export function parseMrkdwn(text: string, isVerbatim = false): readonly Paragraph[] {
  const out: Paragraph[] = [];
  const parts = text.split(/```/);
  // An odd fence is not one: it stays text.
  const isFenced = parts.length % 2 === 1;
  const pieces = isFenced ? parts : [...parts.slice(0, -2), parts.slice(-2).join('```')];
  pieces.forEach((piece, at) => {
    if (at % 2 === 1) {
      out.push({ type: 'pre', text: unescapeText(piece.replace(/^\n/, '').replace(/\n$/, '')) });
      return;
    }
    const trimmed = piece
      .replace(at > 0 ? /^\n/ : /^$/, '')
      .replace(at < pieces.length - 1 ? /\n$/ : /^$/, '');
    if (trimmed === '') return;
    const runs: { type: 'line' | 'quote'; lines: string[] }[] = [];
    for (const line of trimmed.split('\n')) {
      const quoted = /^(?:>|&gt;) ?(.*)$/.exec(line);
      const type = quoted ? 'quote' : 'line';
      const text = quoted?.[1] ?? line;
      const last = runs.at(-1);
      if (last?.type === type) last.lines.push(text);
      else runs.push({ type, lines: [text] });
    }
    for (const { type, lines } of runs)
      out.push({ type, children: parseInline(lines.join('\n'), isVerbatim) });
  });
  return out;
}

/** Plain text knows emoji alone. */
export function parsePlain(text: string): readonly Inline[] {
  const out: Inline[] = [];
  let from = 0;
  for (const match of text.matchAll(/:([a-z0-9_+-]+):/gi)) {
    if (match.index > from) out.push({ type: 'text', text: unescapeText(text.slice(from, match.index)) });
    out.push({ type: 'emoji', name: match[1] ?? '' });
    from = match.index + match[0].length;
  }
  if (from < text.length) out.push({ type: 'text', text: unescapeText(text.slice(from)) });
  return out;
}
