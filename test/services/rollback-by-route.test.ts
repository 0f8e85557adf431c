/** People's rollbacks while the store is away: routes and store in memory. */
import { describe, expect, it } from 'vitest';
import { planDigest } from '../../src/core/rollout/plan-digest.ts';
import type { Person } from '../../src/core/target.ts';
import { DabbawalaError } from '../../src/lib/errors.ts';
import { silentLog } from '../../src/lib/log.ts';
import { marksOf } from '../../src/services/apply-effects.ts';
import { createServices } from '../../src/services/create-services.ts';
import type { Actor } from '../../src/services/services.ts';
import { FakeRegistry } from '../fakes/fake-registry.ts';
import { FakeRouter } from '../fakes/fake-router.ts';
import { FakeWorkloads } from '../fakes/fake-workloads.ts';
import { MemoryAlerts } from '../fakes/memory-alerts.ts';
import { MemoryIncidents } from '../fakes/memory-incidents.ts';
import { MemoryOnCall } from '../fakes/memory-on-call.ts';
import { createMemoryStores, MemoryClock } from '../fakes/memory-store.ts';
import { ASHA, BHARAT, MINUTE, makePlan, makeRollout, T0, TARGET } from '../support/rollout-fixtures.ts';
import { configWith } from './use-case-config.ts';

const PLAN = { ...makePlan(), digest: planDigest(makePlan()) };
const ROLLOUT = makeRollout({ plan: PLAN });
const PLACE = { cluster: PLAN.cluster, namespace: PLAN.namespace };
const TOKEN = 7;

const by = (person: Person): Actor => ({
  person,
  origin: { via: 'command', team: 'T0DABBA', channel: 'C0WARROOM' },
});

async function stand({ percent = 25, isRunning = true } = {}) {
  const stores = createMemoryStores(new MemoryClock(T0 + 6 * MINUTE));
  const router = new FakeRouter();
  const workloads = new FakeWorkloads();
  for (const colour of ['blue', 'green'] as const)
    workloads.seed(PLACE, `payment-gateway-${colour}`, { colour, rolloutId: ROLLOUT.id });
  router.seed(PLAN.route, { blue: 100, green: 0 });
  if (isRunning) {
    await router.setWeight(PLAN.route, {
      candidate: 'green',
      percent,
      marks: marksOf(ROLLOUT, PLAN, TOKEN, percent),
      seen: await router.read(PLAN.route),
    });
    await stores.rollouts.create(ROLLOUT, []);
    await stores.targets.takeClaim(TARGET, ROLLOUT.id);
  }
  router.writes.length = 0;
  const services = createServices({
    config: configWith(PLAN.to.repository, ASHA.id),
    ...{ store: stores.rollouts, targets: stores.targets, audit: stores.audit, clock: stores.clock },
    alerts: new MemoryAlerts(),
    onCall: new MemoryOnCall(),
    incidents: new MemoryIncidents(),
    queue: { wake: async () => {}, wakeChannel: async () => {} },
    directory: {
      members: async () => [],
      person: async () => ({ name: null, email: null, isBot: false }),
    },
    registry: new FakeRegistry(),
    ...{ router, workloads, log: silentLog as never },
    planner: async () => ({ kind: 'unknown', code: 'cluster_unavailable', detail: 'not asked here' }),
    cardLink: async () => null,
    attachToCard: async () => false,
    newId: () => '000000000009',
  });
  return { stores, router, workloads, services };
}

describe('a rollback while the store is away', () => {
  it('writes weight 0 with the token that stands there, and notes who and why on the route', async () => {
    const { stores, router, services } = await stand();
    stores.setDown(true);
    expect(await services.requestRollback(by(ASHA), TARGET, 'errors')).toEqual({
      kind: 'by-route',
      target: TARGET,
      rolloutId: ROLLOUT.id,
      ...{ from: 25, stable: 'v2.3.0', candidate: 'v2.3.1' },
    });
    const { percent, marks } = await router.read(PLAN.route);
    expect(percent).toEqual({ blue: 100, green: 0 });
    expect(marks).toMatchObject({ rolloutId: ROLLOUT.id, token: TOKEN });
    expect((await router.recall(PLAN.route)).memory).toMatchObject({
      value: {
        percent: 0,
        peakPercent: 25,
        wayBack: { code: 'asked_rollback', text: 'Asha rolled back: errors' },
      },
    });
    expect(router.announced).toEqual([
      expect.stringMatching(/Asha rolled back while the state store was away/),
    ]);
  });

  it('is done by the rollout alone, as a button knows it', async () => {
    const { stores, router, services } = await stand();
    stores.setDown(true);
    expect(await services.rollBackRollout(by(ASHA), ROLLOUT.id, null)).toMatchObject({ from: 25 });
    await expect(services.rollBackRollout(by(ASHA), 'r-000000000001', null)).rejects.toMatchObject({
      code: 'store_unavailable',
    });
    expect(router.writes).toHaveLength(1);
  });

  it('asks the same right as ever', async () => {
    const { stores, router, services } = await stand();
    stores.setDown(true);
    const denied = { code: 'not_allowed' };
    await expect(services.requestRollback(by(BHARAT), TARGET, null)).rejects.toMatchObject(denied);
    await expect(services.rollBackRollout(by(BHARAT), ROLLOUT.id, null)).rejects.toMatchObject(denied);
    expect(router.writes).toEqual([]);
  });

  it('is written again when somebody else wrote in between', async () => {
    const { stores, router, services } = await stand();
    stores.setDown(true);
    router.beforeWrite = () => router.edit(PLAN.route, { blue: 60, green: 40 });
    await services.requestRollback(by(ASHA), TARGET, null);
    expect((await router.read(PLAN.route)).percent.green).toBe(0);
  });

  it('moves nothing to a stable without a ready endpoint', async () => {
    const { stores, router, workloads, services } = await stand();
    workloads.seed(PLACE, 'payment-gateway-blue', { colour: 'blue', replicas: 0 });
    stores.setDown(true);
    await expect(services.requestRollback(by(ASHA), TARGET, null)).rejects.toMatchObject({
      code: 'not_now',
      message: 'v2.3.0 has no ready endpoint, so v2.3.1 keeps its 25 %.',
    });
    expect(router.writes).toEqual([]);
  });

  it.each([
    ['no rollout ever ran', { isRunning: false }],
    ['the last one has ended', {}],
  ])('says that a fast lane needs the store where %s', async (_name, options) => {
    const { stores, router, services } = await stand(options);
    await router.release(PLAN.route);
    stores.setDown(true);
    await expect(services.requestRollback(by(ASHA), TARGET, null)).rejects.toMatchObject({
      code: 'store_unavailable',
      hint: expect.stringMatching(/No rollout has traffic/),
    });
    expect(router.writes).toEqual([]);
  });

  it('says so when the cluster is away as well', async () => {
    const { stores, router, services } = await stand();
    stores.setDown(true);
    router.failWith(new DabbawalaError('cluster_unavailable', 'The cluster does not answer.'));
    await expect(services.requestRollback(by(ASHA), TARGET, null)).rejects.toMatchObject({
      code: 'cluster_unavailable',
    });
  });

  it('goes by marks alone where the memory cannot be read', async () => {
    const { stores, router, services } = await stand();
    router.spoilMemory(PLAN.route);
    stores.setDown(true);
    expect(await services.requestRollback(by(ASHA), TARGET, null)).toMatchObject({
      ...{ from: 25, stable: 'blue', candidate: 'green' },
    });
  });
});

describe('what was done without the store', () => {
  it('is recorded when it is back: the order, in the name of who gave it, at its time', async () => {
    const { stores, services } = await stand();
    stores.setDown(true);
    await services.requestRollback(by(ASHA), TARGET, 'errors');
    await services.recordLate();
    stores.setDown(false);
    stores.clock.advance(MINUTE);
    await services.recordLate();
    await services.recordLate();
    const stored = await stores.rollouts.load(ROLLOUT.id);
    expect(stored?.rollout.asks).toMatchObject([{ kind: 'rollback', by: ASHA, reason: 'errors' }]);
    expect(await stores.rollouts.readAudit(ROLLOUT.id)).toMatchObject([
      {
        action: 'rollout.ask',
        actor: ASHA,
        at: T0 + 6 * MINUTE,
        origin: { via: 'command' },
        data: { late: true },
      },
    ]);
  });

  it('is an order also where the candidate had no traffic yet', async () => {
    const { stores, router, services } = await stand({ percent: 0 });
    stores.setDown(true);
    expect(await services.requestRollback(by(ASHA), TARGET, null)).toMatchObject({ from: 0 });
    expect(router.writes).toEqual([]);
    stores.setDown(false);
    await services.recordLate();
    expect((await stores.rollouts.load(ROLLOUT.id))?.rollout.asks).toMatchObject([{ kind: 'rollback' }]);
  });

  it('is in the record of a rollout that has ended meanwhile', async () => {
    const { stores, services } = await stand();
    stores.setDown(true);
    await services.requestRollback(by(ASHA), TARGET, null);
    stores.setDown(false);
    const ended = { ...ROLLOUT, phase: 'rolled-back' as const, endedAt: T0 };
    const change = { next: ended, expectedRev: 1, token: null, lines: [], audit: [], isDirty: false };
    await stores.rollouts.save(ROLLOUT.id, change);
    await services.recordLate();
    expect(await stores.rollouts.readAudit(ROLLOUT.id)).toMatchObject([
      { action: 'rollback.request', actor: ASHA, outcome: 'done' },
    ]);
  });

  it('waits for a lost record, and goes to the chain of the target when none comes', async () => {
    const { stores, services } = await stand();
    stores.setDown(true);
    await services.requestRollback(by(ASHA), TARGET, null);
    stores.setDown(false);
    stores.wipe();
    await services.recordLate();
    expect(await stores.targets.readAudit(TARGET)).toEqual([]);
    stores.clock.advance(2 * MINUTE);
    await services.recordLate();
    expect(await stores.targets.readAudit(TARGET)).toMatchObject([
      { action: 'rollback.request', actor: ASHA },
    ]);
  });
});

describe('a record that was just lost', () => {
  it('does not stand in the way of a rollback', async () => {
    const { stores, router, services } = await stand();
    stores.wipe();
    expect(await services.requestRollback(by(ASHA), TARGET, null)).toMatchObject({
      kind: 'by-route',
      from: 25,
    });
    expect((await router.read(PLAN.route)).percent.green).toBe(0);
  });

  it('nor of the button', async () => {
    const { stores, services } = await stand();
    stores.wipe();
    expect(await services.rollBackRollout(by(ASHA), ROLLOUT.id, null)).toMatchObject({ kind: 'by-route' });
  });

  it('of one that has ended is no way back by its old button', async () => {
    const { router, services } = await stand();
    await router.release(PLAN.route);
    await expect(services.rollBackRollout(by(ASHA), 'r-000000000001', null)).rejects.toMatchObject({
      code: 'no_rollout',
    });
    expect(router.writes).toEqual([]);
  });
});
