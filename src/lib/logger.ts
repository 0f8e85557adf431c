import { type Logger as PinoLogger, pino } from 'pino';

export type Logger = Pick<PinoLogger, 'debug' | 'info' | 'warn' | 'error'>;

/** Keys whose values never reach a log, at any depth: redaction by path reaches one level only. */
const SECRET_KEYS =
  /^(token|authorization|cookie|password|secret|signing_?secret|response_url|trigger_id|bot_?token|app_?token)$/i;

/** A copy without secrets; deep, bounded, and safe for cycles. */
export function withoutSecrets(value: unknown, depth = 0): unknown {
  if (depth > 6 || typeof value !== 'object' || value === null) return value;
  if (value instanceof Error) return value;
  if (Array.isArray(value)) return value.slice(0, 100).map((entry) => withoutSecrets(entry, depth + 1));
  return Object.fromEntries(
    Object.entries(value).map(([key, entry]) => [
      key,
      SECRET_KEYS.test(key) ? '[redacted]' : withoutSecrets(entry, depth + 1),
    ]),
  );
}

const TOKEN_SHAPES = /(xox[abpr]-[\w-]+|xapp-[\w-]+|Bearer\s+[\w.~+/=-]+)/g;

export const createLogger = (level: string): PinoLogger =>
  pino({
    level,
    base: { name: 'dabbawala' },
    formatters: { log: (object) => withoutSecrets(object) as Record<string, unknown> },
    serializers: {
      err: (error: Error & { code?: unknown; hint?: unknown }) => ({
        type: error.name,
        code: error.code,
        message: error.message.replaceAll(TOKEN_SHAPES, '[redacted]'),
        stack: error.stack?.replaceAll(TOKEN_SHAPES, '[redacted]'),
        cause:
          error.cause instanceof Error
            ? error.cause.message.replaceAll(TOKEN_SHAPES, '[redacted]')
            : undefined,
      }),
    },
  });
