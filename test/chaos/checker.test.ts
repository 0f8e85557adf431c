/** The checker of the chaos tier catches each violation, one at a time, and nothing in a history that is right. */
import { describe, expect, it } from 'vitest';
import {
  check,
  type Decided,
  type History,
  type Invariant,
  type KnownRollout,
  lightBetween,
  type RouteWrite,
} from './checker.ts';

const ROLLOUT: KnownRollout = {
  id: 'r-1',
  service: 'ledger',
  workload: 'ledger-green',
  steps: [10, 50, 100],
  stepLooks: 2,
  bakeLooks: 3,
  minRequests: 5,
  isFastLane: false,
  phase: 'promoted',
  endedAt: 40_000,
};

const write = (at: number, percent: number | null, token = 1): RouteWrite => ({
  at,
  service: 'ledger',
  rollout: 'r-1',
  token,
  percent,
});

const APPROVED: Decided = {
  rollout: 'r-1',
  approval: 'a1',
  subject: 'plan',
  percent: null,
  state: 'approved',
  at: 1000,
};

/** A look each second, each with requests enough. */
const LOOKS = Array.from({ length: 40 }, (_, second) => ({
  at: second * 1000 + 500,
  workload: 'ledger-green',
  requests: 10,
}));

const RIGHT: History = {
  writes: [write(2000, null), write(5000, 10), write(10_000, 50, 2), write(20_000, 100, 2)],
  looks: LOOKS,
  decisions: [APPROVED],
  rollouts: [ROLLOUT],
  breaches: [],
  dark: [],
  chainFaults: [],
  lostRequests: [],
};

const BACK: History = {
  ...RIGHT,
  writes: [write(5000, 10), write(10_000, 50), write(15_000, 0)],
  rollouts: [{ ...ROLLOUT, phase: 'rolled-back', endedAt: 20_000 }],
  breaches: [{ service: 'ledger', rollout: 'r-1', at: 11_000, withinMs: 5000 }],
};

const TRAFFIC: Decided = { ...APPROVED, approval: 'a2', subject: 'traffic', percent: 75, at: 11_000 };

describe('a history that is right', () => {
  it.each<[string, History]>([
    ['a promotion', RIGHT],
    ['a way back in time', BACK],
    [
      'a weight written twice',
      { ...RIGHT, writes: [...RIGHT.writes.slice(0, 2), write(5500, 10), ...RIGHT.writes.slice(2)] },
    ],
    [
      'a weight above the step, taken back',
      {
        ...BACK,
        writes: [write(5000, 10), write(10_000, 50), write(12_000, 50), write(15_000, 0), write(15_500, 0)],
      },
    ],
    [
      'a rise that people approved',
      {
        ...RIGHT,
        writes: [...RIGHT.writes.slice(0, 3), write(12_000, 75, 2), write(20_000, 100, 2)],
        decisions: [APPROVED, TRAFFIC],
      },
    ],
    [
      'a breach that came while nobody was there',
      { ...BACK, writes: [write(5000, 10), write(10_000, 50), write(18_000, 0)], dark: [[11_500, 14_000]] },
    ],
    ['a breach of what never had traffic', { ...BACK, writes: [write(2000, null)] }],
    [
      'a fast lane',
      {
        ...RIGHT,
        decisions: [],
        writes: [write(5000, 100)],
        rollouts: [{ ...ROLLOUT, isFastLane: true, steps: [100] }],
      },
    ],
  ])('of %s has no violation', (_, history) => {
    expect(check(history)).toEqual([]);
  });
});

const withWrites = (...writes: readonly RouteWrite[]): History => ({ ...RIGHT, writes });
const unended: readonly KnownRollout[] = [{ ...ROLLOUT, phase: 'analysing', endedAt: null }];

describe('a violation', () => {
  it.each<[string, Invariant, History]>([
    [
      'a step left out',
      'I1 weight rises along the plan',
      { ...withWrites(write(5000, 10), write(20_000, 100)) },
    ],
    [
      'a weight that no step has',
      'I1 weight rises along the plan',
      { ...withWrites(write(5000, 10), write(10_000, 42)), rollouts: unended },
    ],
    [
      'a rise before the approval',
      'I1 weight rises along the plan',
      { ...withWrites(write(900, 10)), rollouts: unended },
    ],
    [
      'a rise that nobody approved',
      'I1 weight rises along the plan',
      { ...withWrites(write(5000, 10)), rollouts: unended, decisions: [{ ...APPROVED, state: 'rejected' }] },
    ],
    [
      'a rise to more than people approved',
      'I1 weight rises along the plan',
      {
        ...withWrites(write(5000, 10), write(10_000, 50), write(12_000, 80)),
        rollouts: unended,
        decisions: [APPROVED, TRAFFIC],
      },
    ],
    [
      'a rise after the way back',
      'I1 weight rises along the plan',
      { ...BACK, writes: [...BACK.writes, write(16_000, 10)] },
    ],
    [
      'a write of a rollout that is not stored',
      'I1 weight rises along the plan',
      { ...RIGHT, writes: [...RIGHT.writes, { ...write(21_000, null, 2), rollout: 'r-2' }] },
    ],
    [
      'a lower token',
      'I2 no older token writes',
      { ...withWrites(write(5000, 10, 7), write(10_000, 50, 6), write(20_000, 100, 7)) },
    ],
    [
      'no token',
      'I2 no older token writes',
      { ...withWrites(write(5000, 10), write(10_000, 50, Number.NaN), write(20_000, 100)) },
    ],
    [
      'two decisions of one approval',
      'I3 one decision per approval',
      { ...RIGHT, decisions: [APPROVED, APPROVED] },
    ],
    [
      'a yes and a no of one approval',
      'I3 one decision per approval',
      { ...RIGHT, decisions: [APPROVED, { ...APPROVED, state: 'rejected' }] },
    ],
    ['a broken chain', 'I5 the audit chains hold', { ...RIGHT, chainFaults: ['record 3: altered'] }],
    [
      'a weight after the end',
      'I6 nothing is written after the end',
      { ...RIGHT, writes: [...RIGHT.writes, write(41_000, 100, 2)] },
    ],
    [
      'a late way back',
      'I7 a breach goes back in time',
      { ...BACK, writes: [write(5000, 10), write(10_000, 50), write(17_000, 0)] },
    ],
    ['no way back', 'I7 a breach goes back in time', { ...BACK, writes: BACK.writes.slice(0, 2) }],
    [
      'a late way back with little darkness',
      'I7 a breach goes back in time',
      { ...BACK, writes: [write(5000, 10), write(10_000, 50), write(18_000, 0)], dark: [[11_500, 12_000]] },
    ],
    [
      'a step left without looks',
      'I8 nothing advances without numbers',
      { ...RIGHT, looks: LOOKS.filter(({ at }) => at < 5000 || at > 9000) },
    ],
    [
      'a step left on few requests',
      'I8 nothing advances without numbers',
      {
        ...RIGHT,
        looks: LOOKS.map((look) => (look.at > 5000 && look.at < 10_000 ? { ...look, requests: 4 } : look)),
      },
    ],
    [
      'a step left on the looks at another workload',
      'I8 nothing advances without numbers',
      {
        ...RIGHT,
        looks: LOOKS.map((look) => (look.at < 10_000 ? { ...look, workload: 'ledger-blue' } : look)),
      },
    ],
    [
      'a promotion without looks',
      'I8 nothing advances without numbers',
      { ...RIGHT, looks: LOOKS.filter(({ at }) => at < 21_000) },
    ],
    [
      'a promotion without weight',
      'I8 nothing advances without numbers',
      { ...withWrites(write(5000, 10), write(10_000, 50)) },
    ],
    ['a lost request', 'no request is lost', { ...RIGHT, lostRequests: ['503 UH'] }],
  ])('%s: %s', (_, invariant, history) => {
    expect(check(history).map((violation) => violation.invariant)).toEqual([invariant]);
  });
});

describe('the time in which somebody could act', () => {
  it('leaves out the dark, however it overlaps', () => {
    expect(lightBetween(0, 100, [])).toBe(100);
    expect(
      lightBetween(0, 100, [
        [20, 40],
        [30, 50],
      ]),
    ).toBe(70);
    expect(lightBetween(30, 100, [[20, 40]])).toBe(60);
    expect(lightBetween(0, 30, [[20, 400]])).toBe(20);
    expect(lightBetween(25, 30, [[20, 400]])).toBe(0);
    expect(
      lightBetween(0, 100, [
        [50, 60],
        [10, 20],
      ]),
    ).toBe(80);
  });
});
