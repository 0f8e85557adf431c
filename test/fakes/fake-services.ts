import type { Target } from '../../src/core/target.ts';
import { DabbawalaError } from '../../src/lib/errors.ts';
import type { Stored } from '../../src/ports/rollout-store.ts';
import type { Services } from '../../src/services/services.ts';
import { ASHA, makePlan, makeRollout, T0, TARGET } from '../support/rollout-fixtures.ts';

export interface Call {
  readonly method: keyof Services;
  readonly args: readonly unknown[];
}

export interface FakeServices extends Services {
  readonly calls: Call[];
  /** Calls of one use case, without auditDenied. */
  of(method: keyof Services): readonly Call[];
  /** Answers instead of the default one; may throw or wait. */
  answer<K extends keyof Services>(method: K, work: Services[K]): void;
  /** What load() and the acts give back. */
  stored: Stored;
}

/** Use cases that remember how they were called and always agree, unless a test says otherwise. */
export function createFakeServices(targets: readonly Target[] = [TARGET]): FakeServices {
  const calls: Call[] = [];
  const overrides = new Map<keyof Services, (...args: never[]) => unknown>();
  const plan = makePlan();
  const state = { stored: { rollout: makeRollout(), rev: 7, token: 1 } as Stored };
  const lock = { owner: ASHA, reason: 'audit', at: T0 };

  const defaults: Services = {
    requestDeploy: async () => state.stored,
    planDeploy: async () => ({ plan, refusal: null }),
    requestAdoption: async () => state.stored,
    vote: async () => ({ kind: 'decided', decision: 'approved' }),
    requestRollback: async () => ({ kind: 'at-once', stored: state.stored }),
    rollBackRollout: async () => ({ kind: 'at-once', stored: state.stored }),
    hold: async () => state.stored,
    go: async () => state.stored,
    promote: async () => state.stored,
    shiftTraffic: async () => ({
      kind: 'at-once',
      stored: state.stored,
      sentence: '25 % to v2.3.1, 75 % to v2.3.0',
    }),
    status: async (_actor, target) => ({
      target,
      running: state.stored,
      last: null,
      lock: null,
      route: null,
      routeFault: null,
      versions: { blue: 'v2.3.0', green: null },
    }),
    history: async () => [state.stored.rollout],
    rights: async () => [],
    lock: async () => lock,
    unlock: async () => lock,
    versions: async () => [{ tag: 'v2.3.1', createdAt: T0 }],
    myApprovals: async () => ({ items: [], areGroupsKnown: true }),
    placeOnRoute: async () => null,
    recordLate: async () => undefined,
    rollbackTargets: async () => targets,
    targets: () => targets,
    load: async (id) => {
      if (id !== state.stored.rollout.id)
        throw new DabbawalaError('no_rollout', `There is no rollout ${id}.`);
      return state.stored;
    },
    auditDenied: async () => undefined,
  };

  const wrapped = Object.fromEntries(
    (Object.keys(defaults) as (keyof Services)[]).map((method) => [
      method,
      (...args: never[]) => {
        calls.push({ method, args });
        const work = overrides.get(method) ?? (defaults[method] as (...args: never[]) => unknown);
        return work(...args);
      },
    ]),
  ) as unknown as Services;

  return Object.defineProperty(
    Object.assign(wrapped, {
      calls,
      of: (method: keyof Services) => calls.filter((call) => call.method === method),
      answer: <K extends keyof Services>(method: K, work: Services[K]) => {
        overrides.set(method, work as (...args: never[]) => unknown);
      },
    }),
    'stored',
    {
      get: () => state.stored,
      set: (stored: Stored) => {
        state.stored = stored;
      },
    },
  ) as unknown as FakeServices;
}
