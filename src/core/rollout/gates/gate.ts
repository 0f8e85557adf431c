/** What gates share: results, and a tolerant look into a pod template. */
import type { GateResult } from '../plan.ts';

export const passed = (gate: string, reason: string): GateResult => ({ gate, passed: true, reason });
export const refused = (gate: string, reason: string): GateResult => ({ gate, passed: false, reason });
/** Nothing stands in the way that could be seen, and something could not: said on the plan, never passed over. */
export const unseen = (gate: string, reason: string): GateResult => ({
  gate,
  passed: true,
  reason,
  isUnknown: true,
});

export type Json = Readonly<Record<string, unknown>>;
export const record = (value: unknown): Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {};
export const list = (value: unknown): readonly Json[] => (Array.isArray(value) ? value.map(record) : []);
export const texts = (value: unknown): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(record(value)).flatMap(([key, text]) =>
      typeof text === 'string' || typeof text === 'number' ? [[key, String(text)]] : [],
    ),
  );

export const podSpec = (template: unknown): Json => record(record(template)['spec']);
export const podLabels = (template: unknown): Readonly<Record<string, string>> =>
  texts(record(record(template)['metadata'])['labels']);

export const hasLabels = (
  labels: Readonly<Record<string, string>>,
  wanted: Readonly<Record<string, string>>,
): boolean => Object.entries(wanted).every(([key, value]) => labels[key] === value);
