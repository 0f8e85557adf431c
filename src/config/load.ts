/** File and environment to a frozen Config. A bad file shows every fault with its path; nothing starts half-configured. */
import { readFileSync } from 'node:fs';
import { LineCounter, parseDocument } from 'yaml';
import type * as z from 'zod';
import { DabbawalaError } from '../lib/errors.ts';
import { type Config, configSchema } from './schema.ts';

/** What never stands in the file: tokens, by environment or by a mounted file named in `<NAME>_FILE`. */
export interface Secrets {
  readonly slackBotToken: string;
  readonly slackSigningSecret: string;
}

export interface ConfigFault {
  /** `services.ledger.steps`. */
  readonly path: string;
  readonly message: string;
  /** 1-based line in the file; null where the fault has none. */
  readonly line: number | null;
}

/** Throws `invalid_config` whose `faults` lists every fault. */
export class InvalidConfig extends DabbawalaError {
  readonly faults: readonly ConfigFault[];

  constructor(file: string, faults: readonly ConfigFault[]) {
    const lines = faults.map(({ path, message, line }) => `  ${line === null ? '' : `line ${line}: `}${path === '' ? '' : `${path}: `}${message}`);
    super('invalid_config', `${file} has ${faults.length} ${faults.length === 1 ? 'fault' : 'faults'}:\n${lines.join('\n')}`);
    this.faults = faults;
  }
}

export function parseConfig(text: string, file = 'config'): Config {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true });
  if (document.errors.length > 0)
    throw new InvalidConfig(file, document.errors.map((error) => ({ path: '', message: error.message.split('\n')[0] ?? '', line: error.linePos?.[0].line ?? null })));
  const parsed = configSchema.safeParse(document.toJS() ?? {});
  if (parsed.success) return deepFreeze(parsed.data);
  const lineOf = (path: readonly PropertyKey[]): number | null => {
    for (let length = path.length; length > 0; length--) {
      const node = document.getIn(path.slice(0, length), true) as { range?: readonly number[] } | undefined;
      if (node?.range?.[0] !== undefined) return lines.linePos(node.range[0]).line;
    }
    return null;
  };
  throw new InvalidConfig(file, flatten(parsed.error.issues).map(({ path, message }) => ({ path: path.map(String).join('.'), message, line: lineOf(path) })));
}

/** A union's faults are those of its branches; the rest as they are. */
const flatten = (issues: readonly z.core.$ZodIssue[]): readonly { readonly path: readonly PropertyKey[]; readonly message: string }[] =>
  issues.map((issue) => ({
    path: issue.code === 'unrecognized_keys' ? [...issue.path, ...issue.keys.slice(0, 1)] : issue.path,
    message: issue.code === 'unrecognized_keys' ? `unknown ${issue.keys.length === 1 ? 'key' : 'keys'} ${issue.keys.join(', ')}` : issue.message,
  }));

export function loadConfig(file: string): Config {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new InvalidConfig(file, [{ path: '', message: `cannot be read: ${(error as Error).message}`, line: null }]);
  }
  return parseConfig(text, file);
}

export function loadSecrets(environment: Readonly<Record<string, string | undefined>>): Secrets {
  const faults: ConfigFault[] = [];
  const read = (name: string): string => {
    const file = environment[`${name}_FILE`];
    try {
      const value = file ? readFileSync(file, 'utf8').trim() : environment[name];
      if (value) return value;
      faults.push({ path: name, message: `is not set (or name a file in ${name}_FILE)`, line: null });
    } catch (error) {
      faults.push({ path: `${name}_FILE`, message: `cannot be read: ${(error as Error).message}`, line: null });
    }
    return '';
  };
  const secrets = { slackBotToken: read('SLACK_BOT_TOKEN'), slackSigningSecret: read('SLACK_SIGNING_SECRET') };
  if (faults.length > 0) throw new InvalidConfig('The environment', faults);
  return secrets;
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const entry of Object.values(value)) deepFreeze(entry);
  }
  return value;
}
