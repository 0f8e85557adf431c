import { beforeEach, describe, expect, it } from 'vitest';
import type { Rollout } from '../../src/core/rollout/rollout.ts';
import { DabbawalaError } from '../../src/lib/errors.ts';
import { silentLog } from '../../src/lib/log.ts';
import { createServices } from '../../src/services/create-services.ts';
import { createPlanner } from '../../src/services/planner.ts';
import type { Actor } from '../../src/services/services.ts';
import { planSections } from '../../src/views/plan-sections.ts';
import { FakeMetrics } from '../fakes/fake-metrics.ts';
import { FakeRegistry, fakeDigest } from '../fakes/fake-registry.ts';
import { FakeRouter } from '../fakes/fake-router.ts';
import { FakeWorkloads } from '../fakes/fake-workloads.ts';
import { MemoryAlerts } from '../fakes/memory-alerts.ts';
import { MemoryIncidents } from '../fakes/memory-incidents.ts';
import { MemoryOnCall } from '../fakes/memory-on-call.ts';
import { createMemoryStores, MemoryClock, type MemoryStores } from '../fakes/memory-store.ts';
import {
  ASHA,
  CHITRA,
  makeApproval,
  makePlan,
  makeRollout,
  T0,
  TARGET,
  vote,
} from '../support/rollout-fixtures.ts';
import { PLACE, PLAN } from './drive-harness.ts';
import { configWith } from './use-case-config.ts';

const REPOSITORY = PLAN.to.repository;
const digest = (tag: string): string => fakeDigest(REPOSITORY, tag);
const actor: Actor = { person: ASHA, origin: { via: 'command', team: 'T0DABBA', channel: 'C0WARROOM' } };

let stores: MemoryStores;
let world: ReturnType<typeof build>;

function build(from: MemoryStores) {
  const [router, workloads, registry] = [new FakeRouter(), new FakeWorkloads(), new FakeRegistry()];
  registry.seed(REPOSITORY, ['v4', 'v3', 'v2', 'v1']);
  router.seed(PLAN.route, { blue: 100, green: 0 });
  workloads.seed(PLACE, 'payment-gateway', { replicas: 0 });
  workloads.seed(PLACE, 'payment-gateway-blue', {
    colour: 'blue',
    rolloutId: 'r-000000000001',
    digest: digest('v3'),
  });
  const config = configWith(REPOSITORY, ASHA.id);
  const planner = createPlanner({
    config,
    registry,
    router,
    workloads,
    metrics: new FakeMetrics(),
    targets: from.targets,
    incidents: new MemoryIncidents(),
  });
  let ids = 0;
  const services = createServices({
    config,
    store: from.rollouts,
    targets: from.targets,
    alerts: new MemoryAlerts(),
    onCall: new MemoryOnCall(),
    incidents: new MemoryIncidents(),
    audit: from.audit,
    queue: { wake: async () => {}, wakeChannel: async () => {} },
    clock: from.clock,
    directory: { members: async () => [], person: async () => ({ name: null, email: null, isBot: false }) },
    registry,
    router,
    workloads,
    planner,
    log: silentLog as never,
    cardLink: async () => null,
    attachToCard: async () => false,
    newId: () => String(++ids).padStart(12, '0'),
  });
  return { services, planner, router, workloads };
}

const ended = (id: string, at: number, phase: Rollout['phase'], from: string, to: string): Rollout =>
  makeRollout({
    id,
    phase,
    createdAt: at,
    endedAt: at,
    plan: makePlan({
      from: { digest: digest(from), tag: from, repository: REPOSITORY },
      to: { digest: digest(to), tag: to, repository: REPOSITORY },
    }),
  });

beforeEach(async () => {
  stores = createMemoryStores(new MemoryClock(T0 + 10));
  world = build(stores);
  // v2 was good once, then rolled back when it came again; v1 is the last good one beside the live v3.
  const past = [
    ended('r-h1', T0 + 1, 'promoted', 'v1', 'v2'),
    ended('r-h2', T0 + 2, 'promoted', 'v2', 'v1'),
    ended('r-h3', T0 + 3, 'promoted', 'v1', 'v3'),
    ended('r-h4', T0 + 4, 'rolled-back', 'v3', 'v1'),
  ];
  for (const rollout of past) {
    await stores.rollouts.create(rollout, []);
    await stores.targets.appendHistory(TARGET, rollout.id, rollout.createdAt);
  }
});

describe('a plan', () => {
  it('that the route cannot keep says so before anybody approves it', async () => {
    const question = { kind: 'rollback', target: TARGET, version: digest('v1'), rolloutId: null } as const;
    const kept = await world.planner(question);
    expect(kept.kind === 'planned' && kept.plan.isKeptOnRoute).toBeUndefined();
    world.router.canKeep = () => false;
    const outcome = await world.planner(question);
    if (outcome.kind !== 'planned') throw new Error(JSON.stringify(outcome));
    expect(outcome.plan.isKeptOnRoute).toBe(false);
    expect(outcome.plan.digest).toBe(kept.kind === 'planned' && kept.plan.digest);
    expect(JSON.stringify(planSections(outcome.plan))).toContain('too large to be kept on the route');
  });
});

describe('the fast lane', () => {
  it('goes to the newest version that was not rolled back since', async () => {
    const done = await world.services.requestRollback(actor, TARGET, null);
    if (done.kind === 'by-route') throw new Error('the store is there');
    const { kind, stored } = done;
    expect(kind).toBe('fast-lane');
    expect(stored.rollout).toMatchObject({ kind: 'rollback', version: digest('v2') });
  });

  it('takes no version for good because the record that says otherwise cannot be read', async () => {
    stores.corrupt('r-h4');
    await expect(world.services.requestRollback(actor, TARGET, null)).rejects.toMatchObject({
      code: 'no_last_good',
    });
  });

  it('of a store that was wiped takes nothing for good, and names what the idle colour keeps', async () => {
    const wiped = build(createMemoryStores(new MemoryClock(T0)));
    const refusal = { code: 'no_last_good', text: '', hint: '' };
    const ask = async () =>
      wiped.services.requestRollback(actor, TARGET, null).catch((error: DabbawalaError) => {
        Object.assign(refusal, { code: error.code, text: error.message, hint: error.hint });
      });
    await ask();
    expect(refusal).toMatchObject({ code: 'no_last_good', hint: expect.stringContaining('deploy it') });
    const idle = { colour: 'green' as const, rolloutId: 'r-000000000000', replicas: 0, version: 'v2' };
    wiped.workloads.seed(PLACE, 'payment-gateway-green', { ...idle, digest: digest('v2') });
    await ask();
    expect(refusal.text).toContain('it is not known which version was good');
    expect(refusal.hint).toContain('payment-gateway-green still keeps v2');
    expect(refusal.hint).toContain('`deploy payment-gateway v2`');
  });

  it('picks nothing while the store answers for some records alone', async () => {
    const load = stores.rollouts.load.bind(stores.rollouts);
    stores.rollouts.load = async (id) => {
      if (id === 'r-h4')
        throw new DabbawalaError('store_unavailable', 'State store unavailable, nothing done.');
      return load(id);
    };
    await expect(world.services.requestRollback(actor, TARGET, null)).rejects.toMatchObject({
      code: 'store_unavailable',
    });
    expect(await stores.targets.readClaim(TARGET)).toBeNull();
  });
});

describe('the gates of a plan', () => {
  const question = { kind: 'deploy' as const, target: TARGET, version: 'v4' };

  it('is refused for a rollout that lost its claim, so that no two share a route', async () => {
    await stores.targets.takeClaim(TARGET, 'r-000000000009');
    expect(await world.planner({ ...question, rolloutId: 'r-000000000009' })).toMatchObject({
      kind: 'planned',
    });
    await stores.targets.releaseClaim(TARGET, 'r-000000000009');
    expect(await world.planner({ ...question, rolloutId: 'r-000000000009' })).toMatchObject({
      kind: 'refused',
    });
    expect(await world.planner({ ...question, rolloutId: null })).toMatchObject({ kind: 'planned' });
  });

  it('is refused when the live colour is not ours: its end could never scale it down', async () => {
    world.workloads.seed(PLACE, 'payment-gateway-blue', { colour: 'blue', digest: digest('v3') });
    expect(await world.planner({ ...question, rolloutId: null })).toMatchObject({
      kind: 'refused',
      code: 'not_adopted',
    });
  });

  it('is refused in words when the service has left the configuration meanwhile', async () => {
    const target = { ...TARGET, service: 'gone' };
    expect(await world.planner({ ...question, target, rolloutId: null })).toMatchObject({
      kind: 'refused',
      code: 'unknown_service',
    });
  });
});

describe('what a person does', () => {
  const records = async () =>
    (await stores.rollouts.readAudit('r-run')).map(({ action, outcome, data }) => ({
      action,
      outcome,
      data,
    }));

  it('is written down also when it changes nothing', async () => {
    const votes = [vote(CHITRA)];
    const policy = { ...makeApproval().policy, users: [CHITRA.id], groups: [], needed: 2 };
    const pending = makeApproval({ votes, policy, expiresAt: T0 + 1e6 });
    const running = makeRollout({ id: 'r-run', phase: 'paused', approvals: [pending] });
    await stores.rollouts.create(running, []);
    await stores.targets.takeClaim(TARGET, 'r-run');
    await world.services.hold(actor, TARGET, null);
    expect(await records()).toMatchObject([{ action: 'rollout.ask', data: { ask: 'hold' } }]);
    const again = { rolloutId: 'r-run', approvalId: 'a1', decision: 'approve' as const, reason: null };
    const digestPrefix = pending.planDigest.slice(0, 8);
    const chitra = { ...actor, person: CHITRA };
    expect(await world.services.vote(chitra, { ...again, digestPrefix })).toEqual({ kind: 'repeated' });
    expect((await records()).at(-1)).toMatchObject({ action: 'approval.vote', data: { repeated: true } });
  });
});

describe('a reason that is missing', () => {
  it('is asked for at its own field, so that a form shows it there', async () => {
    const deploy = world.services.requestDeploy(actor, { target: TARGET, version: 'v4', reason: ' ' });
    await expect(deploy).rejects.toMatchObject({ code: 'invalid_argument', data: { field: 'reason' } });
    expect(await stores.targets.readClaim(TARGET)).toBeNull();
  });
});

describe('traffic by hand', () => {
  const run = async (overrides: Partial<Rollout>): Promise<void> => {
    await stores.rollouts.create(makeRollout({ id: 'r-run', ...overrides }), []);
    await stores.targets.takeClaim(TARGET, 'r-run');
  };

  it('is up or down by what the route has and will have, never a guess in between', async () => {
    await run({ phase: 'shifting', confirmedPercent: 25, desiredPercent: 50 });
    for (const percent of [25, 30, 50])
      await expect(world.services.shiftTraffic(actor, TARGET, percent)).rejects.toMatchObject({
        code: 'not_now',
      });
    expect(await world.services.shiftTraffic(actor, TARGET, 10)).toMatchObject({ kind: 'at-once' });
    expect(await world.services.shiftTraffic(actor, TARGET, 75)).toMatchObject({ kind: 'approval-asked' });
  });

  it('is not asked for before the probes have passed', async () => {
    await run({ phase: 'paused', pausedFrom: 'probing', confirmedPercent: 0, desiredPercent: 0 });
    await expect(world.services.shiftTraffic(actor, TARGET, 10)).rejects.toMatchObject({ code: 'not_now' });
  });
});

describe('a rollout', () => {
  it('is in the history before it exists, so that no crash in between hides it from the last good version', async () => {
    const create = stores.rollouts.create.bind(stores.rollouts);
    let known: readonly string[] = [];
    stores.rollouts.create = async (rollout, audit) => {
      known = await stores.targets.history(TARGET, 1);
      return create(rollout, audit);
    };
    const request = { target: TARGET, version: 'v4', reason: 'now' };
    const { rollout } = await world.services.requestDeploy(actor, request);
    expect(known).toEqual([rollout.id]);
  });
});

describe('a deploy while another rollout runs', () => {
  const request = { target: TARGET, version: 'v4', reason: 'mend' };
  const run = async (overrides: Partial<Rollout> = {}): Promise<void> => {
    await stores.rollouts.create(makeRollout({ id: 'r-000000000900', phase: 'analysing', ...overrides }), []);
    await stores.targets.takeClaim(TARGET, 'r-000000000900');
  };
  const any = { ...request, supersede: { only: null } };

  it('is refused and offered its place, to those alone who may roll back', async () => {
    await run();
    await expect(world.services.requestDeploy(actor, request)).rejects.toMatchObject({
      code: 'rollout_running',
      hint: expect.stringContaining('add `supersede`'),
      data: { rolloutId: 'r-000000000900', running: 'v2.3.1', maySupersede: true },
    });
  });

  it('is stored and waits in its place; a third one is told who does', async () => {
    await run();
    const { rollout } = await world.services.requestDeploy(actor, any);
    expect(rollout).toMatchObject({
      phase: 'planning',
      cause: { code: 'waiting', text: 'Waiting for payment-gateway v2.3.1 to be rolled back' },
      supersedes: { rolloutId: 'r-000000000900', version: 'v2.3.1' },
    });
    expect(await stores.targets.readTurn(TARGET)).toBe(rollout.id);
    expect(await stores.targets.readClaim(TARGET)).toBe('r-000000000900');
    await expect(world.services.requestDeploy(actor, any)).rejects.toMatchObject({
      code: 'rollout_running',
      message: expect.stringMatching(/^v4 waits already to take the place of v2\.3\.1, asked for by Asha/),
    });
    const plain = world.services.requestDeploy(actor, request);
    await expect(plain).rejects.toMatchObject({ code: 'rollout_running', data: { maySupersede: false } });
    expect(await world.services.status(actor, TARGET)).toMatchObject({ waiting: { id: rollout.id } });
  });

  it('by a button is for the rollout that was named and for no other', async () => {
    await run();
    const other = { ...request, supersede: { only: 'r-000000000800' } };
    await expect(world.services.requestDeploy(actor, other)).rejects.toMatchObject({ code: 'stale_button' });
    expect(await stores.targets.readTurn(TARGET)).toBeNull();
  });

  it.each<[string, Partial<Rollout>, RegExp]>([
    ['a rollback', { kind: 'rollback' }, /bring the bad version back/],
    ['an adoption', { kind: 'adopt' }, /An adoption is running/],
    [
      'one that is being promoted',
      { phase: 'draining', cause: { code: 'drained', text: '', at: T0, by: null } },
      /promoted this very moment/,
    ],
  ])('does not take the place of %s', async (_, overrides, words) => {
    await run(overrides);
    await expect(world.services.requestDeploy(actor, any)).rejects.toMatchObject({
      code: 'not_now',
      message: expect.stringMatching(words),
    });
    await expect(world.services.requestDeploy(actor, request)).rejects.toMatchObject({
      code: 'rollout_running',
      data: { maySupersede: false },
    });
    expect(await stores.targets.readTurn(TARGET)).toBeNull();
  });

  it('is a plain deploy when nothing runs any more', async () => {
    const { rollout } = await world.services.requestDeploy(actor, any);
    expect(rollout.supersedes).toBeUndefined();
    expect(await stores.targets.readClaim(TARGET)).toBe(rollout.id);
  });

  it('tells nobody who may not deploy what else their request lacks', async () => {
    const dev = { ...actor, person: CHITRA };
    const without = world.services.requestDeploy(dev, { ...request, reason: null });
    await expect(without).rejects.toMatchObject({ code: 'not_allowed' });
  });
});
