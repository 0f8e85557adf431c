/** The sandbox's cluster answers as a real API server was recorded to, but for the known differences. */
import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readGolden } from './golden.ts';
import { cannotBePlayed, isKnown, KNOWN_DIFFERENCES } from './known-differences.ts';
import { play } from './play.ts';
import type { Sequence } from './sequence.ts';
import { openSimulator, type Target } from './simulator.ts';
import { SUBJECTS } from './subjects/index.ts';

let simulator: Target;
beforeAll(async () => {
  simulator = await openSimulator();
});
afterAll(() => simulator.close());

const all = SUBJECTS.flatMap(({ name, sequences }) =>
  sequences.map((sequence) => [`${name}, ${sequence.name}`, name, sequence] as const),
);

describe('the simulator answers as a real API server', () => {
  it.concurrent.each(all)('%s', { timeout: 60_000 }, async (_, subject, sequence) => {
    const golden = readGolden(subject)[sequence.name] ?? {};
    if (cannotBePlayed(sequence.name)) return void (await expect(stopped(sequence)).rejects.toThrow());
    const record = await play(sequence, simulator.hands);
    expect(Object.keys(record)).toEqual(Object.keys(golden));
    for (const [step, exchange] of Object.entries(golden)) {
      if (!isKnown(sequence.name, step)) expect(record[step], step).toEqual(exchange);
      // What is no difference any more is to be taken off the list.
      else expect([step, isDeepStrictEqual(record[step], exchange)]).toEqual([step, false]);
    }
  });
});

/** Nobody waits long for what is known not to come. */
const stopped = (sequence: Sequence): Promise<unknown> => play(sequence, simulator.hands, undefined, 2000);

describe('the suite', () => {
  it('compares at least 500 exchanges', () => {
    const exchanges = SUBJECTS.flatMap(({ name }) => Object.values(readGolden(name)).flatMap(Object.keys));
    expect(exchanges.length).toBeGreaterThanOrEqual(500);
  });

  it('knows differences of steps that there are', () => {
    const named = KNOWN_DIFFERENCES.flatMap(({ steps }) => Object.entries(steps)).flatMap(
      ([sequence, steps]) => (steps === '*' ? [] : steps.map((step) => [sequence, step])),
    );
    const recorded = new Set(
      SUBJECTS.flatMap(({ name }) =>
        Object.entries(readGolden(name)).flatMap(([sequence, record]) =>
          Object.keys(record).map((step) => `${sequence} ${step}`),
        ),
      ),
    );
    expect(named.filter(([sequence, step]) => !recorded.has(`${sequence} ${step}`))).toEqual([]);
  });

  it('has no two sequences of one name', () => {
    const names = all.map(([, , { name }]) => name);
    expect(new Set(names).size).toBe(names.length);
  });
});
