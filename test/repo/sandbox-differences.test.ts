/** sandbox/README.md lists every known difference between the simulator and a real API server, and no other. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { KNOWN_DIFFERENCES, rowsOf } from '../conformance/known-differences.ts';

const readme = readFileSync(fileURLToPath(new URL('../../sandbox/README.md', import.meta.url)), 'utf8');

describe('sandbox/README.md', () => {
  it('lists the known differences of the cluster, word for word', () => {
    const [, section = ''] = readme.split('## Where the cluster answers otherwise\n');
    const rows = section
      .split('\n## ')[0]
      ?.split('\n')
      .filter((line) => line.startsWith('- '));
    expect(rows).toEqual(rowsOf(KNOWN_DIFFERENCES));
  });
});
