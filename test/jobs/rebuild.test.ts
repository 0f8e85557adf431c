import { describe, expect, it } from 'vitest';
import { rebuild } from '../../src/jobs/rebuild.ts';
import { DabbawalaError } from '../../src/lib/errors.ts';
import { createFakeLog } from '../fakes/fake-log.ts';

describe('the look for lost rollouts', () => {
  it.each([
    ['is silent while the store is away', new DabbawalaError('store_unavailable', 'away'), []],
    ['says what went wrong, and is tried again', new Error('a bug'), ['error']],
  ])('%s', async (_name, fault, levels) => {
    const log = createFakeLog();
    const look = async (): Promise<void> => {
      throw fault;
    };
    await rebuild(look, log);
    expect(log.lines.map(({ level }) => level).filter((level) => level !== 'debug')).toEqual(levels);
  });
});
