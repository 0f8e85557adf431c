import type { DabbawalaError } from './errors.ts';

/** What a part needs of a logger; a pino logger fits. Facts first, then a sentence. */
export interface Log {
  debug(facts: object, message: string): void;
  info(facts: object, message: string): void;
  warn(facts: object, message: string): void;
  error(facts: object, message: string): void;
}

export const silentLog: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** A person's mistake is information; ours is an error. */
export function logFailure(log: Log, facts: object, error: DabbawalaError): void {
  const line = { ...facts, code: error.code, kind: error.kind };
  if (error.kind === 'bug')
    log.error({ ...line, err: error.cause instanceof Error ? error.cause : error }, error.message);
  else log.info(line, error.message);
}
