import { describe, expect, it } from 'vitest';
import { ReadRollouts } from '../../../src/adapters/redis/read-rollouts.ts';
import { newRollout } from '../../contract/store-fixtures.ts';

describe('stored rollouts that were read before', () => {
  const rollout = newRollout();
  const text = JSON.stringify(rollout);

  it('are not parsed again while the text is the same', () => {
    const read = new ReadRollouts();
    const first = read.decode(rollout.id, text);
    expect(first).toEqual(rollout);
    expect(read.decode(rollout.id, `${text.slice(0, 1)}${text.slice(1)}`)).toBe(first);
  });

  it('are parsed again when it is another', () => {
    const read = new ReadRollouts();
    read.decode(rollout.id, text);
    const other = { ...rollout, reason: 'another' };
    expect(read.decode(rollout.id, JSON.stringify(other))).toEqual(other);
    expect(() => read.decode(rollout.id, 'nonsense')).toThrow(rollout.id);
    expect(read.decode(rollout.id, text)).toEqual(rollout);
  });

  it('are known after they were written, as whoever reads them sees them', () => {
    const read = new ReadRollouts();
    const written = read.encode(rollout);
    const known = read.decode(rollout.id, written);
    expect(known).toEqual(rollout);
    expect(read.decode(rollout.id, written)).toBe(known);
  });

  it('of another id are not mixed up', () => {
    const read = new ReadRollouts();
    read.decode(rollout.id, text);
    expect(() => read.decode('r-another', text)).toThrow('r-another');
  });
});
