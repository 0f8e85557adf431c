import { describe, expect, it } from 'vitest';
import { answerQuery, type Traffic, workloadsIn } from '../../bench/ground/prometheus-answers.ts';
import { runningRollout } from '../../bench/ground/running-rollout.ts';
import { type GroundReady, rolloutId, serviceName } from '../../bench/ground/settings.ts';
import {
  ageQuery,
  p95Query,
  readCounts,
  readOne,
  requestsQuery,
  type Series,
} from '../../src/adapters/prometheus/queries.ts';
import { decodeRollout, encodeRollout } from '../../src/adapters/redis/state-codec.ts';

const GROUP = { windowMs: 30_000, reporter: 'source' } as const;
const SUBJECTS = ['a-blue', 'a-green', 'b-green'].map((workload) => ({ namespace: 'payments', workload }));
const [BLUE = SUBJECTS[0], GREEN, DRAINED] = SUBJECTS;
const TRAFFIC: Traffic = {
  percentOf: (workload) => ({ 'a-blue': 75, 'a-green': 25 })[workload] ?? 0,
  errorPercentOf: (workload) => (workload === 'a-green' ? 30 : 0),
};

/** The fixture's answer as the bot's adapter reads it. */
const ask = (query: string) => {
  const { data } = answerQuery(query, TRAFFIC, 'payments', 1) as {
    data: { result: { metric: Record<string, string>; value: [number, string] }[] };
  };
  const series: Series[] = data.result.map(({ metric, value }) => ({
    labels: metric,
    value: Number(value[1]),
  }));
  return { kind: 'series', query, series } as const;
};

describe('the Prometheus that knows its answers', () => {
  it('reads the names in the questions of the bot and of the bare loop', () => {
    expect(workloadsIn(requestsQuery(GROUP, SUBJECTS))).toEqual(['a-blue', 'a-green', 'b-green']);
    expect(workloadsIn('x{destination_workload="a-green"}')).toEqual(['a-green']);
    expect(workloadsIn('up')).toEqual([]);
  });

  it('answers each question of the bot', () => {
    const requests = ask(requestsQuery(GROUP, SUBJECTS));
    const counts = (subject = BLUE) => {
      if (!subject) throw new Error('no subject');
      return readCounts(requests, subject);
    };
    expect(counts(GREEN)).toMatchObject({ requests: { value: 1500 }, errors: { value: 450 } });
    expect(counts(BLUE)).toMatchObject({ requests: { value: 4500 }, errors: { value: 0 } });
    expect(counts(DRAINED)).toMatchObject({ requests: { kind: 'unknown', reason: 'no_data' } });
    for (const query of [p95Query, ageQuery])
      expect(readOne(ask(query(GROUP, SUBJECTS)), BLUE ?? { namespace: '', workload: '' })).toMatchObject({
        kind: 'value',
      });
  });
});

describe('a rollout that runs', () => {
  const world: GroundReady = {
    cluster: '',
    prometheus: '',
    slackApi: '',
    registryHost: '127.0.0.1:5000',
    digests: { live: `sha256:${'a'.repeat(64)}`, next: `sha256:${'b'.repeat(64)}` },
  };
  const service = serviceName('run', 7);

  it('is one that the bot can store and read', () => {
    const rollout = runningRollout(service, world, { now: 10_000, tickMs: 1000, firstTickInMs: 500 });
    expect(decodeRollout(rollout.id, encodeRollout(rollout))).toEqual(rollout);
    expect(rollout.id).toBe(rolloutId(service));
  });

  it('has its first tick when it should', () => {
    const { clock } = runningRollout(service, world, { now: 10_000, tickMs: 1000, firstTickInMs: 500 });
    expect((clock.lastTickAt ?? 0) + 1000).toBe(10_500);
  });

  it('has an id of its own', () => {
    const ids = Array.from({ length: 100 }, (_, index) => rolloutId(serviceName('run', index)));
    expect(new Set(ids).size).toBe(100);
  });
});
