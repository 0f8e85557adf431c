/** `npm run bench -- <name>`: measures, prints one JSON object as the last line, and ends everything that it started. */
import type { Part } from '../sandbox/contract.ts';
import type { Benchmark, BenchResult } from './benchmark.ts';
import { benchmarks } from './index.ts';
import { lastLine } from './last-line.ts';
import { type BenchOptions, readOptions, UsageError } from './options.ts';

const HELP = `npm run bench -- <name> [options]

${benchmarks.map(({ name, title }) => `  ${name.padEnd(10)} ${title}`).join('\n')}

  --json     only the JSON object
  --limit=S  end after so many seconds (default: the benchmark's own, under three minutes)
  --help     this text

The last line is one JSON object. Its fields: docs/benchmarks.md.`;

/** What was started, ended once and in the opposite order. */
class Parts {
  readonly #parts: Part[] = [];
  #closing: Promise<void> | null = null;

  keep<T extends Part>(part: T): T {
    this.#parts.push(part);
    return part;
  }

  close(): Promise<void> {
    this.#closing ??= (async () => {
      for (const part of this.#parts.toReversed())
        await part.close().catch((error) => console.error('not closed cleanly:', error));
    })();
    return this.#closing;
  }
}

/** Of the time given, what is left for starting and ending. */
const AROUND_MS = 45_000;

async function measure(bench: Benchmark, options: BenchOptions, parts: Parts): Promise<BenchResult> {
  const limitMs = (options.limitS ?? bench.limitS) * 1000;
  const tooLate = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => tooLate.reject(new Error(`not done within ${limitMs / 1000} s`)),
    limitMs - 10_000,
  );
  try {
    const context = {
      say: (line: string) => (options.isJson ? undefined : console.log(line)),
      keep: <T extends Part>(part: T) => parts.keep(part),
      measureUntil: performance.now() + Math.max(5000, limitMs - AROUND_MS),
    };
    return await Promise.race([bench.run(context), tooLate.promise]);
  } finally {
    clearTimeout(timer);
  }
}

async function main(): Promise<number> {
  const names = benchmarks.map(({ name }) => name);
  const options = readOptions(process.argv.slice(2), names);
  const bench = benchmarks.find(({ name }) => name === options?.name);
  if (!options || !bench) {
    console.log(HELP);
    return 0;
  }
  const parts = new Parts();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.once(signal, () => void parts.close().finally(() => process.exit(130)));
  try {
    if (!options.isJson) console.log(`${bench.name}: ${bench.title}`);
    const { fields, summary } = await measure(bench, options, parts);
    await parts.close();
    if (!options.isJson) console.log(`\n${summary.join('\n')}\n`);
    console.log(lastLine(bench.name, fields));
    return 0;
  } finally {
    await parts.close();
  }
}

try {
  process.exit(await main());
} catch (error) {
  if (error instanceof UsageError) console.error(`${error.message}\n\n${HELP}`);
  else console.error(error);
  process.exit(error instanceof UsageError ? 2 : 1);
}
