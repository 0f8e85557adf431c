import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hasLuhn, hasVerhoeff } from '../../../src/lib/outbound/checksums.ts';
import { maskText } from '../../../src/lib/outbound/mask.ts';

/** The one last digit that makes it whole. */
const complete = (head: string, isWhole: (digits: string) => boolean): string =>
  [...'0123456789'].map((digit) => head + digit).find(isWhole) ?? '';

const text = (length: number, characters: string): fc.Arbitrary<string> =>
  fc
    .array(fc.constantFrom(...characters), { minLength: length, maxLength: length })
    .map((chosen) => chosen.join(''));
const digits = (length: number): fc.Arbitrary<string> => text(length, '0123456789');

/** Prefix and length of a scheme: the issuer ranges of ISO/IEC 7812 and of the schemes' own pages. */
const SCHEMES = [
  ['4', 13],
  ['4', 16],
  ['4', 19],
  ['51', 16],
  ['55', 16],
  ['2221', 16],
  ['2720', 16],
  ['34', 15],
  ['37', 15],
  ['305', 14],
  ['36', 14],
  ['38', 14],
  ['3528', 16],
  ['508', 16],
  ['60', 16],
  ['65', 16],
  ['81', 16],
  ['82', 16],
  ['6759', 18],
] as const;

const card = fc
  .constantFrom(...SCHEMES)
  .chain(([prefix, length]) =>
    digits(length - prefix.length - 1).map((rest) => complete(prefix + rest, hasLuhn)),
  );
const aadhaar = fc
  .tuple(fc.constantFrom(...'23456789'), digits(10))
  .map(([first, rest]) => complete(first + rest, hasVerhoeff))
  .filter((number) => !/^20[23]/.test(number));

const separator = fc.constantFrom('', ' ', '-', '\u00a0', '.', '\u2011');
const grouped = (number: string, gap: string): string =>
  number.length === 15
    ? [number.slice(0, 4), number.slice(4, 10), number.slice(10)].join(gap)
    : number.length === 14
      ? [number.slice(0, 4), number.slice(4, 10), number.slice(10)].join(gap)
      : number.length === 13
        ? number
        : (number.match(/\d{1,4}/g) ?? []).join(gap);
/** What people and machines put around a number. */
const around = fc.constantFrom(
  ['', ''],
  ['card ', ' declined'],
  ['pan=', '&amount=100'],
  ['"', '"'],
  ['(', ')'],
  ['*', '*'],
  ['line\n', '\nline'],
  ['seen \\n', '.'],
  ['user 12 paid with ', ', 3 times'],
  ['कार्ड ', ' 🙂'],
  ['card_', '_end'],
);

const digitsOf = (text: string): string => text.replace(/\D/g, '');

describe('the checksums', () => {
  it.each(['4111111111111111', '5555555555554444', '378282246310005', '6011111111111117', '30569309025904'])(
    'Luhn takes %s and none that differs in a digit',
    (number) => {
      expect(hasLuhn(number)).toBe(true);
      for (let at = 0; at < number.length; at += 1)
        for (let step = 1; step < 10; step += 1) {
          const digit = (Number(number[at]) + step) % 10;
          expect(hasLuhn(number.slice(0, at) + digit + number.slice(at + 1))).toBe(false);
        }
    },
  );

  it('Verhoeff takes the published example, and none with a digit changed or two neighbours swapped', () => {
    // 236 with its check digit 3 (J. Verhoeff, Error Detecting Decimal Codes, 1969).
    expect(hasVerhoeff('2363')).toBe(true);
    fc.assert(
      fc.property(aadhaar, fc.nat(11), fc.integer({ min: 1, max: 9 }), (number, at, step) => {
        expect(hasVerhoeff(number)).toBe(true);
        const other = (Number(number[at]) + step) % 10;
        expect(hasVerhoeff(number.slice(0, at) + other + number.slice(at + 1))).toBe(false);
        const swapped =
          number.slice(0, at) + (number[at + 1] ?? '') + (number[at] ?? '') + number.slice(at + 2);
        if (number[at + 1] !== undefined && number[at] !== number[at + 1])
          expect(hasVerhoeff(swapped)).toBe(false);
      }),
    );
  });
});

describe('a number of a person', () => {
  it('keeps its last four digits and nothing else, whatever stands around it and between its groups', () => {
    fc.assert(
      fc.property(fc.oneof(card, aadhaar), separator, around, (number, gap, [before, after]) => {
        const written = grouped(number, gap);
        const masked = maskText(before + written + after);
        const inside = masked.slice(before.length, masked.length - after.length);
        expect(digitsOf(inside)).toBe(number.slice(-4));
        expect(inside).toHaveLength(written.length);
        expect(masked.startsWith(before) && masked.endsWith(after)).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });

  it.each([
    ['4111 1111 1111 1111', '•••• •••• •••• 1111'],
    ['4111-1111-1111-1111 exp 12/27', '••••-••••-••••-1111 exp 12/27'],
    ['4111 1111 1111 1111 123', '•••• •••• •••• 1111 123'],
    ['3782 822463 10005', '•••• •••••• •0005'],
    ['two: 4111111111111111,5555555555554444', 'two: ••••••••••••1111,••••••••••••4444'],
    ['Aadhaar 2341 2341 2346', 'Aadhaar •••• •••• 2346'],
    ['{"uid":"234123412346"}', '{"uid":"••••••••2346"}'],
  ])('%j reads %j', (text, masked) => {
    expect(maskText(text)).toBe(masked);
  });
});

const hex = (length: number): fc.Arbitrary<string> => text(length, '0123456789abcdef');
const withLetter = (id: string): boolean => /[a-f]/.test(id);
/** 2001 to 2033. */
const seconds = fc.integer({ min: 1_000_000_000, max: 1_999_999_999 });
const fraction = digits(6);

describe('what is no number of a person stays to the letter', () => {
  it.each<[string, fc.Arbitrary<string>]>([
    ['digests', hex(64).map((digest) => `registry.example/pay@sha256:${digest}`)],
    ['digests without a letter', digits(64).map((digest) => `sha256:${digest}`)],
    ['the beginning of a digest', digits(12).map((digest) => `sha256:${digest}`)],
    ['short digests and commits', fc.integer({ min: 7, max: 16 }).chain(hex).filter(withLetter)],
    ['trace ids', hex(32)],
    ['UUIDs', fc.uuid()],
    [
      'UUIDs without a letter',
      digits(32).map((all) => all.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')),
    ],
    ['timestamps of Slack', fc.tuple(seconds, fraction).map(([second, rest]) => `${second}.${rest}`)],
    [
      'permalinks',
      fc
        .tuple(seconds, fraction)
        .map(
          ([second, rest]) =>
            `<https://x.slack.com/archives/C0123ABCD/p${second}${rest}?thread_ts=${second}.${rest}|card>`,
        ),
    ],
    ['times in milliseconds', seconds.map((second) => `from=${second}000&to=${second}999`)],
    ['times in nanoseconds', fc.tuple(seconds, digits(9)).map(([second, rest]) => `${second}${rest}`)],
    [
      'RFC 3339',
      fc
        .date({ noInvalidDate: true, min: new Date(0), max: new Date(4e12) })
        .map((date) => date.toISOString()),
    ],
    [
      'compact times',
      fc
        .date({ noInvalidDate: true, min: new Date(Date.UTC(2020, 0)), max: new Date(Date.UTC(2039, 0)) })
        .chain((date) =>
          fc.constantFrom(12, 14).map((length) => digitsOf(date.toISOString()).slice(0, length)),
        ),
    ],
    [
      'resource versions',
      fc.integer({ min: 1, max: 99_999_999_999 }).map((version) => `resourceVersion ${version}`),
    ],
    ['addresses', fc.ipV4().map((address) => `${address}:443`)],
    ['mentions', fc.stringMatching(/^[UWS][A-Z0-9]{8,11}$/).map((id) => `<@${id}> <!subteam^${id}>`)],
    ['dates of Slack', seconds.map((second) => `<!date^${second}^{time}|03:10 UTC>`)],
    ['pods', hex(10).map((hash) => `payment-gateway-green-${hash}-x7k2p`)],
    [
      'e-mail addresses',
      fc.emailAddress().filter((mail) => /^[\w.-]+@[\w.-]+\.[a-z]+$/i.test(mail) && !/\d{12}/.test(mail)),
    ],
    ['images', hex(64).map((digest) => `ledger@sha256:${digest}`)],
  ])('%s', (_, texts) => {
    fc.assert(
      fc.property(texts, fc.constantFrom('', ' ', '`', '(', '"'), (text, edge) => {
        const whole = `${edge}${text}${edge}`;
        expect(maskText(whole)).toBe(whole);
      }),
      { numRuns: 200 },
    );
  });

  it.each([
    '4111111111111112',
    '1234567890123456',
    'a4111111111111111',
    '41111111111111111111111',
    '4111 11111111 1111',
    '41-11-11-11-11-11-11-11',
    '234123412345',
    '123412341234',
  ])('%s, which has no checksum, no issuer or no end', (text) => {
    expect(maskText(text)).toBe(text);
  });
});
