import { describe, expect, it } from 'vitest';
import { benchmarks } from '../../bench/index.ts';
import { lastLine } from '../../bench/last-line.ts';
import { readOptions, UsageError } from '../../bench/options.ts';
import { read } from '../repo/sources.ts';

const NAMES = ['ack', 'alerts', 'reaction'];

describe('options', () => {
  it.each([
    [['ack'], { name: 'ack', isJson: false, limitS: null }],
    [['reaction', '--json'], { name: 'reaction', isJson: true, limitS: null }],
    [['--json', '--limit=60', 'ack'], { name: 'ack', isJson: true, limitS: 60 }],
  ])('%j', (args, expected) => {
    expect(readOptions(args, NAMES)).toEqual(expected);
  });

  it('ask for help', () => {
    expect(readOptions(['--help'], NAMES)).toBeNull();
  });

  it.each([
    [[]],
    [['ack', 'reaction']],
    [['other']],
    [['ack', '--limit=soon']],
    [['ack', '--limit=1']],
    [['ack', '--jsn']],
  ])('%j is refused with what there is', (args) => {
    expect(() => readOptions(args, NAMES)).toThrow(UsageError);
  });
});

describe('the last line', () => {
  it('is one JSON object with the name first', () => {
    expect(lastLine('ack', { ratioP50: 1.5, missed3s: 0 })).toBe(
      '{"benchmark":"ack","ratioP50":1.5,"missed3s":0}',
    );
  });

  it('is not written with a number that was not measured', () => {
    expect(() => lastLine('ack', { ratioP50: Number.NaN })).toThrow('ratioP50');
  });
});

describe('benchmarks', () => {
  it('are the ones that are promised, each under three minutes', () => {
    expect(benchmarks.map(({ name }) => name)).toEqual(NAMES);
    for (const { limitS } of benchmarks) expect(limitS).toBeLessThan(180);
  });

  it('are explained field by field', () => {
    const page = read('docs/benchmarks.md');
    const fields = ['bench/ack.ts', 'bench/alerts.ts', 'bench/reaction.ts'].flatMap((path) => {
      const block = /const fields = \{([\s\S]*?)\n {2}\};/.exec(read(path))?.[1] ?? '';
      return [...block.matchAll(/^ {4}(\w+)[:,]/gm)].map(([, name]) => name);
    });
    expect(fields.length).toBeGreaterThan(20);
    expect(fields.filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
  });
});
