/** The filter over a structure. Strings are masked wherever they stand but under keys whose values are addresses. */
import type { Mask } from './mask.ts';

export interface MaskValueOptions {
  /** Values under these keys go as they are. */
  readonly kept: ReadonlySet<string>;
  /** A number that is a card's becomes text. Not where a number has a meaning of its own, as in a chart. */
  readonly areNumbersMasked: boolean;
}

/** The same object where nothing had to be hidden; else a copy. Only for what JSON can hold, without cycles. */
export function maskValue(value: unknown, mask: Mask, options: MaskValueOptions): unknown {
  if (typeof value === 'string') return mask(value);
  if (typeof value === 'number') return options.areNumbersMasked ? maskNumber(value, mask) : value;
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value;
  if (Array.isArray(value)) {
    const entries = value.map((entry) => maskValue(entry, mask, options));
    return entries.every((entry, index) => entry === value[index]) ? value : entries;
  }
  let isSame = true;
  const entries = Object.entries(value).map(([key, entry]) => {
    const masked =
      options.kept.has(key) && typeof entry !== 'object' ? entry : maskValue(entry, mask, options);
    isSame &&= masked === entry;
    return [key, masked] as const;
  });
  return isSame ? value : Object.fromEntries(entries);
}

function maskNumber(value: number, mask: Mask): unknown {
  if (!Number.isSafeInteger(value)) return value;
  const text = String(value);
  const masked = mask(text);
  return masked === text ? value : masked;
}
