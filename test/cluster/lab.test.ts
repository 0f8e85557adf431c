/** The lab itself: what the tier stands on is a real control plane. */
import { afterAll, describe, expect, it } from 'vitest';
import { adminApi, labFacts } from './lab/facts.ts';

const facts = labFacts();
const api = adminApi();
afterAll(() => api.close());

describe('the lab', () => {
  it('is a Kubernetes API server that is ready', async () => {
    expect((await api.send('GET', '/readyz')).body).toBe('ok');
    expect(facts.version).toMatch(/^v1\.\d+\./);
  });
});
