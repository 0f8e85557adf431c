import { describe, expect, it } from 'vitest';
import { createRandom, median, percentile, ratio, round, spread } from '../../bench/measure/numbers.ts';

describe('percentile', () => {
  const values = [5, 1, 4, 2, 3];

  it.each([
    [50, 3],
    [99, 5],
    [100, 5],
    [1, 1],
    [0, 1],
  ])('%i %% is a value that was measured', (percent, expected) => {
    expect(percentile(values, percent)).toBe(expected);
  });

  it('leaves its input as it was', () => {
    median(values);
    expect(values).toEqual([5, 1, 4, 2, 3]);
  });

  it('of one value is that value, of none is no number', () => {
    expect(percentile([7], 99)).toBe(7);
    expect(percentile([], 50)).toBeNaN();
  });

  it('99 of a hundred leaves one out', () => {
    expect(
      percentile(
        Array.from({ length: 100 }, (_, index) => index + 1),
        99,
      ),
    ).toBe(99);
  });
});

describe('ratio and round', () => {
  it('round to two digits', () => {
    expect(ratio(3, 2.1)).toBe(1.43);
    expect(round(1.005, 1)).toBe(1);
  });
});

describe('spread', () => {
  it('has one number in each of as many equal parts', () => {
    const numbers = spread(20, createRandom(3)).toSorted((a, b) => a - b);
    expect(numbers.map((number) => Math.floor(number * 20))).toEqual(
      Array.from({ length: 20 }, (_, index) => index),
    );
  });

  it('comes in another order, the same for the same seed', () => {
    const first = spread(20, createRandom(3));
    expect(first).toEqual(spread(20, createRandom(3)));
    expect(first).not.toEqual(first.toSorted((a, b) => a - b));
    expect(first).not.toEqual(spread(20, createRandom(4)));
  });
});
