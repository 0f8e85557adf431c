/** What the real server answered, one exchange a line: recorded by the cluster tier, read by both tiers. */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Record } from './play.ts';

export type Golden = { readonly [sequence: string]: Record };

const fileOf = (subject: string): string =>
  fileURLToPath(new URL(`./golden/${subject}.json`, import.meta.url));

export const readGolden = (subject: string): Golden =>
  JSON.parse(readFileSync(fileOf(subject), 'utf8')) as Golden;

export function writeGolden(subject: string, golden: Golden): void {
  const sequences = Object.entries(golden).map(([name, record]) => {
    const lines = Object.entries(record).map(
      ([step, exchange]) => `    ${JSON.stringify(step)}: ${JSON.stringify(exchange)}`,
    );
    return `  ${JSON.stringify(name)}: {\n${lines.join(',\n')}\n  }`;
  });
  writeFileSync(fileOf(subject), `{\n${sequences.join(',\n')}\n}\n`);
}
