/** `30m`, `4h`, `2d`, as people type a time. */
const UNITS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

/** ms; null: it is none. */
export function typedDuration(text: string): number | null {
  const [, amount = '', unit = ''] = /^(\d{1,4}(?:\.\d{1,3})?)(m|h|d)$/.exec(text) ?? [];
  return unit === '' ? null : Math.round(Number(amount) * (UNITS[unit] ?? 0));
}
