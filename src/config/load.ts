/** File and environment to a frozen Config. A bad file shows every fault with its path; nothing starts half-configured. */
import { readFileSync } from 'node:fs';
import { type Document, isMap, isNode, isScalar, LineCounter, parseDocument } from 'yaml';
import type * as z from 'zod';
import { DabbawalaError } from '../lib/errors.ts';
import { type Config, configSchema } from './schema.ts';

/** What never stands in the file: tokens, by environment or by a mounted file named in `<NAME>_FILE`. */
export interface Secrets {
  readonly slackBotToken: string;
  /** Empty in Socket Mode, where nothing is signed. */
  readonly slackSigningSecret: string;
  /** Given: the bot connects to Slack by Socket Mode and listens to nobody. */
  readonly slackAppToken: string | null;
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
    const lines = faults.map(
      ({ path, message, line }) =>
        `  ${line === null ? '' : `line ${line}: `}${path === '' ? '' : `${path}: `}${message}`,
    );
    super(
      'invalid_config',
      `${file} has ${faults.length} ${faults.length === 1 ? 'fault' : 'faults'}:\n${lines.join('\n')}`,
    );
    this.faults = faults;
  }
}

export function parseConfig(text: string, file = 'config'): Config {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true });
  if (document.errors.length > 0)
    throw new InvalidConfig(
      file,
      document.errors.map(({ message, linePos }) => ({
        path: '',
        message: (message.split('\n')[0] ?? '').replace(/(; please use .*)? at line \d+, column \d+:?$/, ''),
        line: linePos?.[0].line ?? null,
      })),
    );
  const parsed = configSchema.safeParse(readValue(document, file), { error: plainWords });
  if (parsed.success) return deepFreeze(parsed.data);
  const faults = parsed.error.issues.flatMap(flatten).map(({ path, message }) => {
    const offset = offsetOf(document, path);
    return {
      path: path.map(String).join('.'),
      message,
      line: offset === null ? null : lines.linePos(offset).line,
    };
  });
  throw new InvalidConfig(
    file,
    faults.toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0)),
  );
}

/** Aliases are resolved only here: an unknown one, or too many, is a fault of the file like any other. */
function readValue(document: Document.Parsed, file: string): unknown {
  try {
    return document.toJS() ?? {};
  } catch (error) {
    throw new InvalidConfig(file, [{ path: '', message: (error as Error).message, line: null }]);
  }
}

/** Where the key stands; where it is missing, its nearest parent. */
function offsetOf(document: Document.Parsed, path: readonly PropertyKey[]): number | null {
  for (let length = path.length; length > 0; length--) {
    const parent = document.getIn(path.slice(0, length - 1), true);
    const last = path[length - 1];
    const key = isMap(parent)
      ? parent.items.find((pair) => isScalar(pair.key) && String(pair.key.value) === last)?.key
      : document.getIn(path.slice(0, length), true);
    const offset = isNode(key) ? key.range?.[0] : undefined;
    if (offset !== undefined) return offset;
  }
  return null;
}

/** null: as the schema words it. */
const plainWords: z.core.$ZodErrorMap = (issue) => {
  if (issue.code === 'invalid_type' && issue.input === undefined) return 'is missing';
  if (issue.code === 'invalid_type') return `must be ${KINDS[issue.expected] ?? issue.expected}`;
  if (issue.code === 'invalid_value') return `must be one of ${issue.values.map(String).join(', ')}`;
  return null;
};

const KINDS: Readonly<Record<string, string>> = {
  object: 'a section of keys',
  record: 'a section of keys',
  array: 'a list',
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
};

/** One fault per unknown key; a bad key says what is wrong with it. */
const flatten = (
  issue: z.core.$ZodIssue,
): readonly { readonly path: readonly PropertyKey[]; readonly message: string }[] => {
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => ({ path: [...issue.path, key], message: 'is no key that exists here' }));
  if (issue.code === 'invalid_key')
    return issue.issues.map(({ message }) => ({ path: issue.path, message: `the name ${message}` }));
  return [{ path: issue.path, message: issue.message }];
};

export function loadConfig(file: string): Config {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    const next = isMissing
      ? '. Name yours: npm start -- path/to/config.yml. The smallest one is in docs/install.md'
      : '';
    throw new InvalidConfig(file, [
      { path: '', message: `cannot be read: ${(error as Error).message}${next}`, line: null },
    ]);
  }
  return parseConfig(text, file);
}

export function loadSecrets(environment: Readonly<Record<string, string | undefined>>): Secrets {
  const faults: ConfigFault[] = [];
  const isGiven = (name: string): boolean => Boolean(environment[name] || environment[`${name}_FILE`]);
  const read = (name: string): string => {
    const file = environment[`${name}_FILE`];
    try {
      const value = file ? readFileSync(file, 'utf8').trim() : environment[name];
      if (value) return value;
      faults.push({ path: name, message: `is not set (or name a file in ${name}_FILE)`, line: null });
    } catch (error) {
      faults.push({
        path: `${name}_FILE`,
        message: `cannot be read: ${(error as Error).message}`,
        line: null,
      });
    }
    return '';
  };
  const isSocketMode = isGiven('SLACK_APP_TOKEN');
  const secrets = {
    slackBotToken: read('SLACK_BOT_TOKEN'),
    slackSigningSecret: isSocketMode ? '' : read('SLACK_SIGNING_SECRET'),
    slackAppToken: isSocketMode ? read('SLACK_APP_TOKEN') : null,
  };
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
