/** A service without a rollout: looked at, put back where it must be, and said once. */
import { describe, expect, it } from 'vitest';
import type { Colour } from '../../src/core/colour.ts';
import { isDriven } from '../../src/core/rollout/agenda.ts';
import { DabbawalaError } from '../../src/lib/errors.ts';
import { silentLog } from '../../src/lib/log.ts';
import { lookAtRest } from '../../src/services/look-at-rest.ts';
import { planSettings } from '../../src/services/plan-settings.ts';
import { createRestWatch } from '../../src/services/watch-at-rest.ts';
import { restNotice } from '../../src/views/rest-notice.ts';
import { FakeChat } from '../fakes/fake-chat.ts';
import { FakeRouter } from '../fakes/fake-router.ts';
import { FakeWorkloads } from '../fakes/fake-workloads.ts';
import { createMemoryStores } from '../fakes/memory-store.ts';
import { makePlan, makeRollout, SECOND, TARGET } from '../support/rollout-fixtures.ts';
import { configWith } from './use-case-config.ts';

const LAST = 'r-aaaaaaaaaaaa';

async function open({ isMarked = true } = {}) {
  const config = configWith('registry.example/payments/payment-gateway', 'U0ASHA');
  const stores = createMemoryStores();
  const router = new FakeRouter();
  const workloads = new FakeWorkloads();
  const chat = new FakeChat(() => stores.clock.nowMs);
  const settings = planSettings(config, TARGET, 'deploy');
  const { route } = settings;
  const place = { cluster: settings.cluster, namespace: settings.namespace };
  const name = (colour: Colour) => `${TARGET.service}-${colour}`;
  const seed = (colour: Colour, replicas: number, version: string) =>
    workloads.seed(place, name(colour), { colour, rolloutId: LAST, replicas, version });
  seed('blue', 3, 'v2.3.0');
  seed('green', 0, 'v2.3.1');
  router.seed(route, { blue: 100, green: 0 });
  const plan = makePlan({ stableColour: 'green', candidateColour: 'blue' });
  await stores.rollouts.create(makeRollout({ id: LAST, phase: 'promoted', endedAt: 1, plan }), []);
  await stores.targets.appendHistory(TARGET, LAST, 1);
  if (isMarked) {
    const marks = { rolloutId: LAST, planDigest: 'd', step: 1, token: 7, stableColour: 'blue' as const };
    await router.takeOver(route, marks, await router.read(route));
    await router.release(route);
  }
  const looks: string[] = [];
  const ports = {
    ...{ config, router, workloads, chat, log: silentLog, clock: stores.clock },
    ...{ store: stores.rollouts, targets: stores.targets, deliveries: stores.deliveries },
    newId: () => 'bbbbbbbbbbbb',
    render: (target: typeof TARGET, notice: Parameters<typeof restNotice>[0]['notice']) =>
      restNotice({ target, notice, onCall: ['S0ONCALL'] }),
    takeBudget: async () => 0,
    onLook: (_service: string, _environment: string, outcome: string) => void looks.push(outcome),
    onFailed: () => undefined,
  };
  const watch = createRestWatch(ports);
  const turn = async (): Promise<boolean> => {
    stores.clock.advance(30 * SECOND);
    return watch(TARGET);
  };
  const weights = async () => (await router.read(route)).weight;
  const said = (): readonly string[] => chat.messages.map(({ text }) => text);
  const ready = (colour: Colour, count: number): void => workloads.setReady(place, name(colour), count);
  const scale = async (colour: Colour, replicas: number): Promise<void> => {
    const state = await workloads.readDeployment(place, name(colour));
    await workloads.scale(place, name(colour), state?.uid ?? '', replicas);
  };
  const actions = async (): Promise<readonly string[]> =>
    (await stores.targets.readAudit(TARGET)).map(({ action }) => action);
  return { stores, router, workloads, chat, route, ports, looks, turn, weights, said, ready, scale, actions };
}

/** Somebody moved all traffic to green by hand, and then green lost its pods. */
async function lostByHand(world: Awaited<ReturnType<typeof open>>): Promise<void> {
  await world.scale('green', 3);
  world.router.edit(world.route, { blue: 0, green: 100 });
  await world.turn();
  world.ready('green', 0);
}

describe('a service at rest', () => {
  it.each([{ isMarked: true }, { isMarked: false }])(
    'gets its traffic back from a colour without a ready endpoint, by mark or history: $isMarked',
    async (options) => {
      const world = await open(options);
      await lostByHand(world);
      expect(world.said()).toHaveLength(1);
      await world.turn();
      expect(await world.weights()).toEqual({ blue: 100, green: 0 });
      expect(world.said()[1]).toMatch(
        /^🚨 payment-gateway · prod · PUT BACK TO BLUE\ngreen \(v2\.3\.1\) had traffic and no ready pod\. blue \(v2\.3\.0\), recorded as stable, has 100 % again and 3 ready pods\..*\n<!subteam\^S0ONCALL>$/s,
      );
      const { marks, isHeld } = await world.router.read(world.route);
      expect(marks?.token).toBe(options.isMarked ? 8 : 1);
      expect(isHeld).toBe(false);
      expect(await world.stores.targets.readClaim(TARGET)).toBeNull();
      expect(await world.actions()).toEqual(['rest.moved', 'rest.put_back', 'rest.put_back']);
      await world.turn();
      expect(world.said()).toHaveLength(2);
      expect(world.looks).toEqual(['moved', 'put-back', 'sound']);
    },
  );

  it('is told to people alone when the colour that died is stable itself, though the other has pods', async () => {
    const world = await open();
    await world.scale('green', 3);
    world.ready('blue', 0);
    for (let round = 0; round < 3; round++) await world.turn();
    expect(await world.weights()).toEqual({ blue: 100, green: 0 });
    expect(world.said()).toHaveLength(1);
    expect(world.said()[0]).toMatch(/NO READY POD[\s\S]*green \(v2\.3\.1\) has 3 ready pods/);
    world.ready('blue', 3);
    await world.turn();
    expect(world.said()[1]).toMatch(/^🟢 payment-gateway · prod · AS IT SHOULD BE/);
    expect(world.router.writes).toEqual([]);
  });

  it('is left alone on anything unknown: cluster away, pods unseen', async () => {
    const world = await open();
    await lostByHand(world);
    const away = new DabbawalaError('cluster_unavailable', 'The API server did not answer.');
    world.workloads.failWith(away);
    await world.turn();
    world.workloads.failWith(null);
    world.router.failWith(away);
    await world.turn();
    world.router.failWith(null);
    expect(world.looks.slice(1)).toEqual(['unknown', 'unknown']);
    expect(world.router.writes).toEqual([]);
    expect(world.said()).toHaveLength(1);
  });

  it('is left to a rollout that has the claim, also when it comes between look and deed', async () => {
    const world = await open();
    await lostByHand(world);
    await world.stores.targets.takeClaim(TARGET, 'r-cccccccccccc');
    await world.turn();
    expect(world.looks.at(-1)).toBe('busy');
    await world.stores.targets.releaseClaim(TARGET, 'r-cccccccccccc');
    const { targets } = world.stores;
    const raced = {
      ...world.ports,
      targets: {
        ...targets,
        takeClaim: async (...args: Parameters<typeof targets.takeClaim>) => {
          await targets.takeClaim(TARGET, 'r-cccccccccccc');
          return targets.takeClaim(...args);
        },
      },
    };
    expect((await lookAtRest(raced, TARGET)).outcome).toBe('busy');
    expect(world.router.writes).toEqual([]);
    expect(await targets.readClaim(TARGET)).toBe('r-cccccccccccc');
  });

  it('is left to a rollout that still owns the route though its claim is lost', async () => {
    const world = await open();
    await lostByHand(world);
    const state = await world.router.read(world.route);
    if (!state.marks) throw new Error('no marks');
    const marks = { ...state.marks, token: 9, rolloutId: 'r-dddddddddddd' };
    await world.router.takeOver(world.route, marks, state);
    await world.turn();
    expect(world.looks.at(-1)).toBe('busy');
    expect(world.router.writes).toEqual([]);
  });

  it('writes again after somebody wrote in between, and takes a token that its owner lacks', async () => {
    const world = await open();
    await lostByHand(world);
    world.router.beforeWrite = () => world.router.edit(world.route, { blue: 10, green: 90 });
    await world.turn();
    expect(await world.weights()).toEqual({ blue: 100, green: 0 });
    const stale = await world.router.read(world.route);
    const old = { rolloutId: LAST, planDigest: 'd', step: 1, token: 7, stableColour: 'blue' as const };
    const change = { candidate: 'green' as const, percent: 50, marks: old, seen: stale };
    await expect(world.router.setWeight(world.route, change)).rejects.toMatchObject({ code: 'fenced' });
  });

  it('says that it could not be put back, once, and goes on trying', async () => {
    const world = await open();
    await lostByHand(world);
    const setWeight = world.router.setWeight.bind(world.router);
    world.router.setWeight = async () => {
      throw new DabbawalaError('forbidden', 'The bot may not patch virtualservices.');
    };
    await world.turn();
    await world.turn();
    expect(world.said()).toHaveLength(2);
    expect(world.said()[1]).toMatch(/NOT PUT BACK YET[\s\S]*may not patch virtualservices/);
    world.router.setWeight = setWeight;
    await world.turn();
    expect(await world.weights()).toEqual({ blue: 100, green: 0 });
    expect(world.said()[2]).toMatch(/PUT BACK TO BLUE/);
  });

  it('is finished by whoever looks next when a process died after the write', async () => {
    const world = await open();
    await lostByHand(world);
    const setWeight = world.router.setWeight.bind(world.router);
    world.router.setWeight = async (...args) => {
      await setWeight(...args);
      world.stores.setDown(true);
      throw new DabbawalaError('cluster_unavailable', 'The answer was lost.');
    };
    await expect(world.turn()).rejects.toMatchObject({ code: 'store_unavailable' });
    world.stores.setDown(false);
    world.router.setWeight = setWeight;
    await world.stores.targets.releaseClaim(TARGET, 'rest-bbbbbbbbbbbb');
    expect(world.said()).toHaveLength(1);
    await world.turn();
    expect(world.said()[1]).toMatch(/PUT BACK TO BLUE/);
    expect(world.router.managers(world.route)).not.toContain('dabbawala');
  });

  it('reaches the war room once, though Slack fails and its answer is lost', async () => {
    const world = await open();
    world.ready('blue', 0);
    world.chat.failNext('post', { kind: 'ratelimited', retryAfterMs: 1000 });
    expect(await world.turn()).toBe(false);
    world.chat.failNext('post', { kind: 'lost', isDone: true });
    expect(await world.turn()).toBe(false);
    expect(await world.turn()).toBe(true);
    expect(world.said()).toHaveLength(1);
    expect((await world.stores.targets.readRest(TARGET))?.unsaid).toEqual([]);
  });

  it('is not looked at while its route names no colours', async () => {
    const world = await open();
    world.router.seed(world.route, { blue: 100, green: 0, isPlain: true });
    world.ready('blue', 0);
    await world.turn();
    world.router.remove(world.route);
    await world.turn();
    expect(world.looks).toEqual(['not-adopted', 'not-adopted']);
    expect(world.said()).toEqual([]);
  });
});

describe('a rollout that is paused at weight 0', () => {
  const begin = async (overrides: object = {}) => {
    const world = await open();
    const at = { step: -1, desiredPercent: 0, confirmedPercent: 0, peakPercent: 0 };
    const plan = makePlan({ route: world.route, stableColour: 'blue', candidateColour: 'green' });
    const paused = { phase: 'paused' as const, pausedFrom: 'probing' as const };
    await world.stores.rollouts.create(
      makeRollout({ id: RUNNING, plan, ...paused, ...at, ...overrides }),
      [],
    );
    await world.stores.targets.takeClaim(TARGET, RUNNING);
    const rollout = async () => (await world.stores.rollouts.load(RUNNING))?.rollout;
    return { ...world, rollout };
  };
  const RUNNING = 'r-cccccccccccc';

  it('learns within one look that somebody gave its candidate traffic, and is watched from then on', async () => {
    const world = await begin();
    await world.turn();
    expect(await world.rollout()).toMatchObject({ confirmedPercent: 0 });
    world.router.edit(world.route, { blue: 60, green: 40 });
    await world.turn();
    const now = await world.rollout();
    expect(now).toMatchObject({ phase: 'paused', confirmedPercent: 40, desiredPercent: 40, peakPercent: 40 });
    expect(now && isDriven(now)).toBe(true);
    expect(await world.weights()).toMatchObject({ green: 40 });
    const { length } = await world.stores.rollouts.readAudit(RUNNING);
    await world.turn();
    expect(await world.stores.rollouts.readAudit(RUNNING)).toHaveLength(length);
  });

  it('and one that has a loop of its own is left to it', async () => {
    const world = await begin({ phase: 'shifting', desiredPercent: 10 });
    world.router.edit(world.route, { blue: 60, green: 40 });
    await world.turn();
    expect(await world.rollout()).toMatchObject({ confirmedPercent: 0, desiredPercent: 10 });
  });
});
