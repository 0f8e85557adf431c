/**
 * Text of pods on its way into a Slack channel and an audit record: one line, short, without what looks like a
 * secret or a card number. It errs on the side of hiding.
 */
const HIDDEN = '[hidden]';
const PATTERNS: readonly (readonly [RegExp, string])[] = [
  [/-----BEGIN [^-]*-----[\s\S]*?(-----END [^-]*-----|$)/g, HIDDEN],
  [/\beyJ[\w-]+\.[\w-]+\.[\w-]*/g, HIDDEN],
  [/\b(bearer|basic)\s+[\w.~+/=-]+/gi, `$1 ${HIDDEN}`],
  [/(\w+:\/\/)[^\s/@]+@/g, `$1${HIDDEN}@`],
  [
    /(["']?[\w.-]*(?:passw(?:or)?d|passphrase|secret|token|api[-_]?key|access[-_]?key|private[-_]?key|credential|authorization|cvv|pin)["']?\s*[=:]\s*)("[^"]*"|'[^']*'|[^\s,;}]+)/gi,
    `$1${HIDDEN}`,
  ],
  [/\b(?:\d[ -]?){12,18}\d\b/g, HIDDEN],
  [/\b[A-Za-z0-9+/]{40,}={0,2}/g, HIDDEN],
];

export const redact = (text: string, maxLength = 200): string => {
  const hidden = PATTERNS.reduce((rest, [pattern, by]) => rest.replace(pattern, by), text);
  const line = hidden
    // biome-ignore lint/suspicious/noControlCharactersInRegex: terminal colours and other control characters of logs
    .replace(/\u001b\[[0-9;]*m|[\u0000-\u001f\u007f]+/g, ' ')
    .replace(/\s+/g, ' ')
    .trim();
  return line.length <= maxLength ? line : `${line.slice(0, maxLength - 1)}…`;
};
