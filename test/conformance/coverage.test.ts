/** Whatever the bot may ask of a cluster is compared with a real server's answer. */
import { describe, expect, it } from 'vitest';
import { RIGHTS } from '../../src/adapters/kubernetes/rights.ts';
import { coveredShapes, uncovered } from './coverage.ts';

const METHODS: Readonly<Record<string, string>> = {
  get: 'GET',
  list: 'GET',
  create: 'POST',
  patch: 'PATCH',
  delete: 'DELETE',
};

describe('the exchanges', () => {
  const needed = RIGHTS.flatMap(({ apiGroup, resource, verbs }) =>
    verbs.map((verb) => [`${verb} ${resource}`, `${apiGroup}/${resource}`, verb] as const),
  );

  it.each(needed)('show what a real server answers to %s', (_, resource, verb) => {
    const one = verb === 'list' || verb === 'create' ? 'all' : 'one';
    const start = `${METHODS[verb]} ${resource} ${one}`;
    expect([...coveredShapes()].filter((shape) => shape.startsWith(start))).not.toEqual([]);
  });

  it('do not show what nobody compared', () => {
    const path = '/apis/apps/v1/namespaces/payments/statefulsets/ledger';
    expect(uncovered([{ method: 'GET', path, query: {} }])).toEqual(['GET apps/statefulsets one']);
  });
});
