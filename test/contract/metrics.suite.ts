import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Reading, WorkloadSample } from '../../src/core/analysis/reading.ts';
import { type MetricsTarget, ownRules, questionFor } from './metrics-targets.ts';
import { CLUSTER } from './objects.ts';

const numberOf = (reading: Reading | undefined): number => {
  if (reading?.kind !== 'value') throw new Error(`not a value: ${JSON.stringify(reading)}`);
  return reading.value;
};

/** What every source of numbers promises. */
export const describeMetrics = (name: string, open: () => Promise<MetricsTarget>): void => {
  describe(`metrics: ${name}`, () => {
    let target: MetricsTarget;
    beforeAll(async () => {
      target = await open();
    });
    afterAll(() => target.close());

    const sampleOf = async (workload: string, overrides = {}): Promise<WorkloadSample> => {
      const [sample] = await target.source.sample([questionFor(workload, overrides)]);
      if (sample === undefined) throw new Error('no sample');
      return sample;
    };

    it('of a healthy workload: requests, rate, latency, a fresh age, and 0 errors without a 5xx series', async () => {
      const sample = await sampleOf('healthy');
      expect(numberOf(sample.requests)).toBeGreaterThan(0);
      expect(sample.errors).toEqual({ kind: 'value', value: 0 });
      expect(numberOf(sample.rps)).toBeCloseTo(numberOf(sample.requests) / 3, 6);
      expect(numberOf(sample.p95Ms)).toBeGreaterThan(50);
      expect(numberOf(sample.p95Ms)).toBeLessThanOrEqual(100);
      expect(numberOf(sample.ageMs)).toBeGreaterThanOrEqual(0);
      expect(numberOf(sample.ageMs)).toBeLessThan(2000);
    });

    it('of a failing workload: one in ten', async () => {
      const sample = await sampleOf('failing');
      expect(numberOf(sample.errors) / numberOf(sample.requests)).toBeCloseTo(0.1, 1);
    });

    it('of a workload without series: unknown, every one of them', async () => {
      const sample = await sampleOf('nobody', { own: ownRules.filter((rule) => rule.id === 'success') });
      for (const reading of [sample.requests, sample.errors, sample.rps, sample.p95Ms, sample.ageMs])
        expect(reading).toMatchObject({
          kind: 'unknown',
          reason: 'no_data',
          query: expect.stringMatching(/\S/),
        });
      expect(sample.own.success).toMatchObject({ kind: 'unknown', reason: 'no_data' });
    });

    it('answers in the order of the questions', async () => {
      const samples = await target.source.sample([
        questionFor('nobody'),
        questionFor('failing'),
        questionFor('healthy'),
      ]);
      expect(samples.map(({ requests }) => requests.kind)).toEqual(['unknown', 'value', 'value']);
      expect(samples.map(({ errors }) => errors.kind === 'value' && errors.value > 0)).toEqual([
        false,
        true,
        false,
      ]);
    });

    it('no question has no answer', async () => {
      expect(await target.source.sample([])).toEqual([]);
    });

    it('own rules: a value, or unknown for many series, none, NaN and infinity', async () => {
      const { own } = await sampleOf('healthy', { own: ownRules });
      expect(numberOf(own.success)).toBeCloseTo(75, 1);
      expect(own.many).toMatchObject({ kind: 'unknown', reason: 'many_series' });
      expect(own.none).toMatchObject({ kind: 'unknown', reason: 'no_data' });
      expect(own.nan).toMatchObject({ kind: 'unknown', reason: 'not_finite' });
      expect(own.inf).toMatchObject({ kind: 'unknown', reason: 'not_finite' });
    });

    it('asks one text', async () => {
      expect(await target.source.ask(CLUSTER, 'vector(42)')).toEqual({ kind: 'value', value: 42 });
      expect(await target.source.ask(CLUSTER, 'nobody_total')).toMatchObject({
        kind: 'unknown',
        reason: 'no_data',
        query: 'nobody_total',
      });
    });

    it('when it is gone everything is unreachable, and nothing throws', async () => {
      await target.stop();
      const sample = await sampleOf('healthy', { own: ownRules });
      for (const reading of [sample.requests, sample.errors, sample.rps, sample.p95Ms, sample.ageMs])
        expect(reading).toMatchObject({ kind: 'unknown', reason: 'unreachable' });
      for (const reading of Object.values(sample.own))
        expect(reading).toMatchObject({ kind: 'unknown', reason: 'unreachable' });
      expect(await target.source.ask(CLUSTER, 'vector(42)')).toMatchObject({ reason: 'unreachable' });
    });
  });
};
