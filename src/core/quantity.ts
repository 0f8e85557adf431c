/** Quantities of Kubernetes (`500m`, `1.5Gi`, `2e3`) as numbers, and back in words. Pure. */

const UNITS: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

/** null: no quantity. */
export function parseQuantity(text: string): number | null {
  const [, digits, exponent, unit] =
    /^([+-]?(?:\d+\.?\d*|\.\d+))(?:([eE][+-]?\d+)|([numkMGTPE]|[KMGTPE]i))?$/.exec(text.trim()) ?? [];
  if (digits === undefined) return null;
  const scale = exponent === undefined ? UNITS[unit ?? ''] : 10 ** Number(exponent.slice(1));
  return scale === undefined ? null : Number(digits) * scale;
}

const rounded = (value: number): string => String(Math.round(value * 1000) / 1000);

/** As people write it: CPU in cores or `m`, bytes in `Mi` or `Gi`, else the plain number. */
export function quantityText(resource: string, value: number): string {
  if (/memory|storage/.test(resource)) {
    if (Math.abs(value) >= 2 ** 30) return `${rounded(value / 2 ** 30)}Gi`;
    return `${rounded(value / 2 ** 20)}Mi`;
  }
  if (/cpu/.test(resource) && !Number.isInteger(value)) return `${Math.round(value * 1000)}m`;
  return rounded(value);
}
