import type { Log } from '../../src/lib/log.ts';

export interface FakeLog extends Log {
  readonly lines: { readonly level: string; readonly facts: object; readonly message: string }[];
}

export function createFakeLog(): FakeLog {
  const lines: FakeLog['lines'] = [];
  const at = (level: string) => (facts: object, message: string) => {
    lines.push({ level, facts, message });
  };
  return { lines, debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}
