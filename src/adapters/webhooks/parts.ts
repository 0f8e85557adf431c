/** Pieces that the senders' formats share. Tolerant: what is not needed may be missing, of any type, or new. */
import * as z from 'zod';
import { DabbawalaError } from '../../lib/errors.ts';

/** Longest text that is taken at all, in UTF-16 units: one that is longer is no label but an attack. */
const TEXT_AT_MOST = 65_536;
/** Longest that is kept of a value, and of a name. */
const VALUE_KEPT = 2000;
const NAME_KEPT = 200;
const LABELS_AT_MOST = 200;

const cut = (text: string, length: number): string =>
  text.length <= length ? text : `${text.slice(0, length - 1)}…`;

/** Half of a surrogate pair could not be stored as UTF-8. */
const wellFormed = (text: string): string => text.toWellFormed();

export const text = z
  .string()
  .max(TEXT_AT_MOST, `is longer than ${TEXT_AT_MOST} characters`)
  .transform((value) => cut(wellFormed(value), VALUE_KEPT));
/** Missing and null are ''. */
export const optionalText = text.nullish().transform((value) => value ?? '');

const named = <T>(entries: readonly (readonly [string, T])[]): Readonly<Record<string, T>> =>
  Object.fromEntries(
    entries.slice(0, LABELS_AT_MOST).map(([name, value]) => [cut(wellFormed(name), NAME_KEPT), value]),
  );

/** Labels or annotations: text by name. Missing and null are none. */
export const labels = z
  .record(z.string(), text)
  .nullish()
  .transform((value) => named(Object.entries(value ?? {})));

/** Scalars as text; whatever is no scalar is left out. Attackers have a hand in these. */
export const scalars = z
  .record(z.string(), z.unknown())
  .transform((value) =>
    named(
      Object.entries(value).flatMap(([name, field]) =>
        typeof field === 'string' || typeof field === 'number' || typeof field === 'boolean'
          ? [[name, cut(wellFormed(String(field).slice(0, TEXT_AT_MOST)), VALUE_KEPT)] as const]
          : [],
      ),
    ),
  );

/** ms since the epoch; null where it is missing or Go's zero time. */
export const time = z
  .string()
  .max(64)
  .nullish()
  .transform((value, context) => {
    if (value == null || value === '') return null;
    const at = Date.parse(value);
    if (Number.isNaN(at)) {
      context.addIssue({ code: 'custom', message: 'is no RFC 3339 time' });
      return z.NEVER;
    }
    return at > 0 ? at : null;
  });

/** Parses or throws `invalid_payload` with the path of the first fault, never with a value of the sender's. */
export function read<T extends z.ZodType>(schema: T, body: unknown, sender: string): z.output<T> {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const path = (issue?.path ?? []).map((part) => cut(String(part), 60)).join('.');
  throw new DabbawalaError(
    'invalid_payload',
    `This is no message of ${sender}: ${path === '' ? 'the body' : path} ${wordOf(issue)}.`,
    { data: { path, sender } },
  );
}

const wordOf = (issue: z.core.$ZodIssue | undefined): string => {
  if (issue?.code === 'invalid_type') return `must be ${issue.expected}`;
  return issue?.code === 'custom' || issue?.code === 'too_big' ? issue.message : 'is not what it must be';
};
