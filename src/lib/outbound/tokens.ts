/**
 * What a secret looks like wherever it stands: in a message, a stack, a URL, a command line. Every shape begins where a
 * word begins and has one way to match, so a text is read once for each.
 */

const HIDDEN = '[redacted]';
/** Never longer than what it hides: a text that kept a limit of Slack's still keeps it. */
const hide = (secret: string): string =>
  secret.length >= HIDDEN.length ? HIDDEN : '***'.slice(0, secret.length);

/** A word that nothing but chance or a machine writes. "Basic plan" and "Bearer authentication" are none. */
const looksRandom = (word: string): boolean => /[\d=]|[a-z][A-Z]/.test(word);

const WHOLE: readonly RegExp[] = [
  // Slack
  /(?<![A-Za-z0-9])(?:xox[a-z](?:\.xox[a-z])?-|xapp-)[\w-]+/g,
  // JSON Web Token
  /(?<![\w-])eyJ[\w-]{8,}\.[\w-]+\.[\w-]*/g,
  // AWS
  /(?<![A-Za-z0-9])A(?:KIA|SIA|ROA)[0-9A-Z]{16}(?![A-Za-z0-9])/g,
  // GitLab, GitHub, npm, Stripe, Google
  /(?<![A-Za-z0-9])gl(?:pat|oas|dt|rt|cbt|ptt|ft|soat|imt|agent|ffct)-[\w.-]{16,}/g,
  /(?<![A-Za-z0-9])(?:gh[pousr]_|github_pat_|npm_)\w{20,}/g,
  /(?<![A-Za-z0-9])[sr]k_(?:live|test)_\w{10,}/g,
  /(?<![A-Za-z0-9])AIza[\w-]{35}/g,
];

/** Words around a secret that stay: [before](secret)[after]. */
const BETWEEN: readonly RegExp[] = [
  // Addresses of Slack's that are secrets.
  /(https?:\/\/hooks\.slack(?:-gov)?\.com\/)([^\s"'\\<>|]+)/gi,
  // user:password@ in an address. The user may be empty, the password may hold colons.
  /(?<![A-Za-z0-9+.-])([A-Za-z][A-Za-z0-9+.-]{0,30}:\/\/[^\s:/@"'<>|]{0,256}:)([^\s/@"'<>|]+)(?=@)/g,
  // --password=…, AWS_SECRET_ACCESS_KEY=…, ?token=…
  /((?:password|passwd|pwd|secret|token|api_?key|(?:access|private)_?key)=["']?)([^\s"'&,;<>|]{6,})/gi,
];

const SCHEME = /(?<![A-Za-z])(bearer|basic)(\s{1,8})([\w.~+/=-]{6,})/gi;

const KEY_BEGIN = '-----BEGIN ';
const KEY_HEAD = /^-----BEGIN (?:[A-Z0-9]+ ){0,3}PRIVATE KEY(?: BLOCK)?-----/;
/** Base64, headers such as `DEK-Info:`, line ends, also as they look in code. */
const KEY_BODY = /[A-Za-z0-9+/=\s\\,:.-]*/y;
const KEY_TAIL = /-----END [A-Z0-9 ]{1,40}-----/y;

/** A private key in PEM, whole, or to the end of what looks like one. */
function maskKeys(text: string): string {
  let masked = '';
  let copied = 0;
  for (let at = text.indexOf(KEY_BEGIN); at >= 0; at = text.indexOf(KEY_BEGIN, Math.max(at + 1, copied))) {
    const head = KEY_HEAD.exec(text.slice(at, at + 80))?.[0];
    if (head === undefined) continue;
    const end = endOfKey(text, at + head.length);
    masked += `${text.slice(copied, at)}${HIDDEN}`;
    copied = end;
  }
  return masked + text.slice(copied);
}

/** The body may hold dashes: where an END line follows, it ends there. */
function endOfKey(text: string, from: number): number {
  KEY_BODY.lastIndex = from;
  const body = KEY_BODY.exec(text)?.[0] ?? '';
  const end = body.indexOf('-----END ');
  if (end < 0) return from + body.length;
  KEY_TAIL.lastIndex = from + end;
  return from + end + (KEY_TAIL.exec(text)?.[0].length ?? 0);
}

export function maskTokens(text: string): string {
  let masked = maskKeys(text);
  for (const shape of WHOLE) masked = masked.replace(shape, hide);
  for (const shape of BETWEEN)
    masked = masked.replace(shape, (_, before: string, secret: string) => before + hide(secret));
  return masked.replace(SCHEME, (whole, scheme: string, gap: string, secret: string) =>
    looksRandom(secret) ? scheme + gap + hide(secret) : whole,
  );
}
