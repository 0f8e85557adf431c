/**
 * Card and Aadhaar numbers in a text. Of both the last four digits stay: PCI DSS 4.0.1, 3.4.1 lets at most the BIN and
 * the last four be shown, UIDAI's masked Aadhaar the last four. The BIN would tell nobody here anything.
 *
 * A number is taken only where it stands by itself: no letter or digit touches it, and one that is written with dashes
 * is no part of a longer chain of them (a UUID). Without its checksum, with a first digit that no issuer has, or as a
 * compact time (202611250310) it stays. What is left is chance: one in ten plain numbers of such a length passes.
 */
import { hasLuhn, hasVerhoeff } from './checksums.ts';

/** Digits, each followed by at most one separator. The longest such run has one way to match: linear. */
const RUN = /\d(?:[ \u00a0\u2007\u2009\u202f\u2010-\u2013.+-]?\d){11,}/g;
const GROUP = /\d+/g;
const IS_DASH = /[\u2010-\u2013-]/;
const IS_WORD = /[\p{L}\p{N}]/u;

/** Sizes of the groups in which cards are embossed and typed, the longest first; without separators any length goes. */
const CARD_SHAPES: readonly (readonly number[])[] = [
  [4, 4, 4, 4, 3],
  [4, 4, 4, 4, 2],
  [4, 4, 4, 4, 1],
  [4, 4, 4, 4],
  [4, 6, 5],
  [4, 6, 4],
  [6, 13],
  [8, 8],
];
const AADHAAR_SHAPE: readonly number[] = [4, 4, 4];
/** 2 Mastercard, 3 Amex, Diners and JCB, 4 Visa, 5, 6 and 8[12] RuPay and Maestro. With 1 begin the times of this century. */
const ISSUER = /^(?:[2-6]|8[12])/;
/** 13 digits are an old Visa alone, 14 Diners alone (20261125031000 is a time). */
const isCard = (digits: string): boolean => {
  if (digits.length < 13 || digits.length > 19 || !ISSUER.test(digits)) return false;
  if (digits.length === 13 && !digits.startsWith('4')) return false;
  if (digits.length === 14 && !/^3[0689]/.test(digits)) return false;
  return hasLuhn(digits);
};

/** Year, month, day, hour and minute of 2020 to 2039. */
const COMPACT_TIME = /^20[23]\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?:[01]\d|2[0-3])[0-5]\d$/;
const isAadhaar = (digits: string): boolean => digits.length === 12 && digits >= '2' && hasVerhoeff(digits);

interface Group {
  readonly at: number;
  readonly digits: string;
}

const digitsOf = (groups: readonly Group[]): string => groups.map(({ digits }) => digits).join('');

/** The groups from `index` on that are one number; null: none. By their shape first, then by the checksum. */
function numberAt(run: string, groups: readonly Group[], index: number): readonly Group[] | null {
  const has = (shape: readonly number[]): boolean =>
    shape.every((size, at) => groups[index + at]?.digits.length === size);
  const take = (shape: readonly number[], isWhole: (digits: string) => boolean): readonly Group[] | null => {
    if (!has(shape)) return null;
    const taken = groups.slice(index, index + shape.length);
    return isWhole(digitsOf(taken)) && separatorOf(run, taken) !== null ? taken : null;
  };
  for (const shape of CARD_SHAPES) {
    const taken = take(shape, isCard);
    if (taken) return taken;
  }
  const spaced = take(AADHAAR_SHAPE, isAadhaar);
  if (spaced) return spaced;
  const [first] = groups.slice(index, index + 1);
  const isAlone =
    first !== undefined &&
    (isCard(first.digits) || (isAadhaar(first.digits) && !COMPACT_TIME.test(first.digits)));
  return isAlone ? [first] : null;
}

/** The same separator all through: "4111 1111-1111 1111" is no way to write one. */
const separatorOf = (run: string, groups: readonly Group[]): string | null => {
  const found = new Set(groups.slice(1).map((group) => run[group.at - 1] ?? ''));
  return found.size > 1 ? null : ([...found][0] ?? '');
};

const hide = (text: string): string => {
  let left = text.replace(/\D/g, '').length - 4;
  return text.replace(/\d/g, (digit) => (left-- > 0 ? '•' : digit));
};

/** What stands before and after a run, as far as it decides. */
interface Around {
  readonly before: string;
  readonly after: string;
}

const END_OF_UUID = /-[0-9a-f]{4}-$/i;
/** As long as `sha256:`. */
const NEAR = 7;

/** Nothing of a longer word, and of a longer chain of dashes no link. */
function standsAlone(run: string, groups: readonly Group[], around: Around): boolean {
  const first = groups[0]?.at ?? 0;
  const last = groups.at(-1);
  const end = (last?.at ?? 0) + (last?.digits.length ?? 0);
  // A few characters decide: the run may be a megabyte.
  const head = (first < NEAR ? around.before : '') + run.slice(Math.max(0, first - NEAR), first);
  const tail = run.slice(end, end + 2) + around.after;
  if (touchesBefore(head) || IS_WORD.test(tail[0] ?? ' ')) return false;
  if (groups.length === 1) return !END_OF_UUID.test(head);
  if (!IS_DASH.test(separatorOf(run, groups) ?? '')) return true;
  const isLinkedBefore = IS_DASH.test(head.at(-1) ?? ' ') && IS_WORD.test(head.at(-2) ?? ' ');
  return !isLinkedBefore && !(IS_DASH.test(tail[0] ?? ' ') && IS_WORD.test(tail[1] ?? ' '));
}

/** `\n4111…` in a text that shows its escapes is no letter before the number; `sha256:` makes it a digest. */
function touchesBefore(head: string): boolean {
  if (/sha\d{3}:$/.test(head)) return true;
  return IS_WORD.test(head.at(-1) ?? ' ') && !/\\[nrt]$/.test(head);
}

function maskRun(run: string, around: Around): string {
  const groups = [...run.matchAll(GROUP)].map((match): Group => ({ at: match.index, digits: match[0] }));
  let masked = '';
  let copied = 0;
  for (let index = 0; index < groups.length; index += 1) {
    const number = numberAt(run, groups, index);
    const [first, last] = [number?.[0], number?.at(-1)];
    if (!number || !first || !last || !standsAlone(run, number, around)) continue;
    const end = last.at + last.digits.length;
    masked += run.slice(copied, first.at) + hide(run.slice(first.at, end));
    copied = end;
    index += number.length - 1;
  }
  return masked + run.slice(copied);
}

export const maskNumbers = (text: string): string =>
  text.replace(RUN, (run: string, at: number) =>
    maskRun(run, {
      before: text.slice(Math.max(0, at - NEAR), at),
      after: text.slice(at + run.length, at + run.length + 2),
    }),
  );
