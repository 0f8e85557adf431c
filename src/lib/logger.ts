import { type Logger as PinoLogger, pino } from 'pino';
import { type Mask, maskText } from './outbound/mask.ts';
import { maskValue } from './outbound/mask-value.ts';

/** Keys whose texts never reach a log, at any depth. A fencing token is a number and may. */
const SECRET_KEYS =
  /(token|secret|password|passwd|authorization|cookie|signature|credential|api_?key|response_?url|trigger_?id)s?$/i;
const MAX_DEPTH = 6;
const MAX_ENTRIES = 100;

const isHarmless = (value: unknown): boolean =>
  value === null || value === undefined || typeof value === 'number' || typeof value === 'boolean';

/** What a log says of an error: never its other fields, which in SDKs hold whole requests. */
const errorFacts = (error: Error & { code?: unknown }, depth: number): object => ({
  type: error.name,
  ...(typeof error.code === 'string' || typeof error.code === 'number' ? { code: error.code } : {}),
  message: error.message,
  stack: error.stack,
  ...(error.cause instanceof Error && depth < MAX_DEPTH ? { cause: errorFacts(error.cause, depth + 1) } : {}),
});

/** A copy without secrets; deep, bounded, and safe for cycles. What lies deeper than the bound is left out, not let through. */
export function withoutSecrets(value: unknown, depth = 0): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Error) return errorFacts(value, depth);
  if (value instanceof Date) return value;
  if (depth >= MAX_DEPTH) return '[deeper]';
  if (value instanceof Map || value instanceof Set) return withoutSecrets([...value], depth);
  if (Array.isArray(value))
    return value.slice(0, MAX_ENTRIES).map((entry) => withoutSecrets(entry, depth + 1));
  return Object.fromEntries(
    Object.entries(value)
      .slice(0, MAX_ENTRIES)
      .map(([key, entry]) => [
        key,
        SECRET_KEYS.test(key) && !isHarmless(entry) ? '[redacted]' : withoutSecrets(entry, depth + 1),
      ]),
  );
}

const KEPT: ReadonlySet<string> = new Set(['time']);

/** A finished line with every text of it masked, as the text it is and not as JSON writes it. */
function maskLine(line: string, mask: Mask): string {
  try {
    const masked = maskValue(JSON.parse(line), mask, { kept: KEPT, areNumbersMasked: true });
    return `${JSON.stringify(masked)}\n`;
  } catch {
    return mask(line);
  }
}

/** @param mask what every line goes through, whoever wrote it; without the process's own secrets when left out */
export const createLogger = (level: string, mask: Mask = maskText): PinoLogger =>
  pino({
    level,
    base: { name: 'dabbawala' },
    formatters: { log: (object) => withoutSecrets(object) as Record<string, unknown> },
    // pino's own serializer of `err` would add every field of the error again.
    serializers: { err: (error: unknown) => error },
    // The last gate, on the finished line: messages, stacks and texts of any field.
    hooks: { streamWrite: (line) => maskLine(line, mask) },
  });
