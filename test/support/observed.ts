/** Looks at the world, as the observer hands them to decide(). */
import {
  type Reading,
  type Sample,
  unknownReading,
  type WorkloadSample,
} from '../../src/core/analysis/reading.ts';
import { type Observed, seen, type WorkloadSeen } from '../../src/core/rollout/decision.ts';
import { makePlan, T0 } from './rollout-fixtures.ts';

const value = (number: number): Reading => ({ kind: 'value', value: number });

export interface Numbers {
  readonly requests?: number | null;
  readonly errors?: number;
  readonly p95Ms?: number;
  readonly ageMs?: number;
  readonly paymentSuccess?: number;
}

/** `requests: null`: the workload has no series. */
export function workload(numbers: Numbers = {}): WorkloadSample {
  const { requests = 1000, errors = 0, p95Ms = 180, ageMs = 500, paymentSuccess = 99.9 } = numbers;
  if (requests === null) {
    const none = unknownReading('no_data', 'istio_requests_total', 'empty');
    return {
      requests: none,
      errors: none,
      rps: none,
      p95Ms: none,
      ageMs: none,
      own: { payment_success: none },
    };
  }
  return {
    requests: value(requests),
    errors: value(errors),
    rps: value(requests / 30),
    p95Ms: value(p95Ms),
    ageMs: value(ageMs),
    own: { payment_success: value(paymentSuccess) },
  };
}

export function blind(reason: Parameters<typeof unknownReading>[0] = 'unreachable'): WorkloadSample {
  const none = unknownReading(reason, 'sum(increase(istio_requests_total[30s]))', 'connection refused');
  return {
    requests: none,
    errors: none,
    rps: none,
    p95Ms: none,
    ageMs: none,
    own: { payment_success: none },
  };
}

/** A sample in which the candidate has `percent` of 4000 requests. */
export const sampleAt = (percent: number, candidate: Numbers = {}, stable: Numbers = {}): Sample => ({
  stable: workload({ requests: 4000 * (1 - percent / 100), ...stable }),
  candidate: workload({ requests: percent === 0 ? null : 4000 * (percent / 100), ...candidate }),
});

export const BLIND: Sample = { stable: blind(), candidate: blind() };

export const pods = (overrides: Partial<WorkloadSeen> = {}): WorkloadSeen => ({
  uid: 'uid-green-1',
  rolloutId: 'r-7k2m9qx4c1ab',
  replicas: 3,
  ready: 3,
  digest: makePlan().to.digest,
  isObserved: true,
  isBeingDeleted: false,
  waiting: null,
  ...overrides,
});

/** The live colour as the plan found it. */
export const stablePods = (overrides: Partial<WorkloadSeen> = {}): WorkloadSeen =>
  pods({
    uid: 'uid-blue-1',
    rolloutId: 'r-000000000001',
    digest: makePlan().from.digest,
    ...overrides,
  });

/** Six minutes in, both colours ready, the route at `percent`, and no tick unless a sample is given. */
export const look = (percent: number, overrides: Partial<Observed> = {}): Observed => ({
  now: T0 + 6 * 60_000 + 5000,
  isStoreUp: true,
  planning: null,
  route: seen({ percent, lastWriter: 'dabbawala' }),
  stable: seen(stablePods()),
  candidate: seen(pods()),
  sample: null,
  probes: {},
  strays: seen([]),
  fault: null,
  written: null,
  ...overrides,
});
