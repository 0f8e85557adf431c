import { describe, expect, it } from 'vitest';
import { decodeCardValue, encodeCardValue } from '../../src/views/card-value.ts';

describe('the value of a button on a card', () => {
  it.each([
    { id: 'a-0123456789abcdef', part: null, shown: '3' },
    { id: 'INC-12', part: 'q1', shown: '' },
  ])('comes back as it was: $id', (value) => {
    expect(decodeCardValue(encodeCardValue(value))).toEqual(value);
  });

  it.each(['', 'a-0123456789abcdef', 'a-0123|-|1', 'r-000000000001|-|1', 'INC-1|<x>|1', 'INC-1|-|1|2'])(
    '%j is none of ours',
    (text) => {
      expect(decodeCardValue(text)).toBeNull();
    },
  );
});
