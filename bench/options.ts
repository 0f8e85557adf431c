/** `npm run bench -- <name> [--json] [--limit=SECONDS]`. */
import { parseArgs } from 'node:util';

export interface BenchOptions {
  readonly name: string;
  /** The object alone, nothing for people. */
  readonly isJson: boolean;
  /** Seconds after which everything ends; null: the benchmark's own. */
  readonly limitS: number | null;
}

export class UsageError extends Error {}

/** Throws UsageError. null: help was asked for. */
export function readOptions(args: readonly string[], names: readonly string[]): BenchOptions | null {
  const { values, positionals } = parse(args);
  if (values.help) return null;
  const [name, ...rest] = positionals;
  if (name === undefined || rest.length > 0)
    throw new UsageError(`Name one benchmark: ${names.join(' or ')}.`);
  if (!names.includes(name))
    throw new UsageError(`There is no benchmark "${name}"; there are ${names.join(', ')}.`);
  return { name, isJson: values.json ?? false, limitS: limitOf(values.limit) };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        json: { type: 'boolean' },
        limit: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function limitOf(text: string | undefined): number | null {
  if (text === undefined) return null;
  const limit = Number(text);
  if (!Number.isFinite(limit) || limit < 10)
    throw new UsageError(`--limit=${text} is no limit: give seconds, at least 10.`);
  return limit;
}
