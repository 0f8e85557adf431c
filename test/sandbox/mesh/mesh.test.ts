import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PodSpecSeen } from '../../../sandbox/contract.ts';
import { freePort } from '../../../sandbox/processes/port.ts';
import { until } from '../../../sandbox/processes/until.ts';
import { BLUE, GREEN, NAME, startMeshOnFake } from './mesh-on-fake.ts';
import { podSpec } from './pod-spec.ts';

let world: Awaited<ReturnType<typeof startMeshOnFake>>;
beforeAll(async () => {
  world = await startMeshOnFake();
});
afterAll(() => world?.close());

describe('traffic', () => {
  it('runs at the rate that was set and follows the weights, without a failure', async () => {
    await world.sendMore(1000);
    const sums = await world.requestsByWorkload('source');
    const [blue = 0, green = 0] = [sums[`${NAME}-blue`], sums[`${NAME}-green`]];
    const share = (100 * green) / (blue + green);
    const counters = await world.counted();

    expect(share).toBeGreaterThan(6);
    expect(share).toBeLessThan(14);
    expect(counters.rps).toBeGreaterThan(150);
    expect(counters.rps).toBeLessThan(230);
    expect([counters.failed, counters.faulty]).toEqual([0, 0]);
    expect(await world.mesh.failures()).toEqual([]);
  });

  it('stops for a colour whose weight becomes 0', async () => {
    world.setWeights(100, 0);
    await world.sendMore(50);
    const before = await world.requestsByWorkload('destination');
    await world.sendMore(400);
    const after = await world.requestsByWorkload('destination');

    expect(after[`${NAME}-green`]).toBe(before[`${NAME}-green`]);
    expect(after[`${NAME}-blue`]).toBeGreaterThan(before[`${NAME}-blue`] ?? 0);
  });

  it('counts errors that were ordered as faulty, not as failed', async () => {
    await world.mesh.setBehaviour('tiffin/payment-gateway', 'v2.3.0', { errorPercent: 50 });
    await until(async () => (await world.counted()).faulty >= 20, { what: 'faults', timeoutMs: 5000 });
    await world.mesh.setBehaviour('tiffin/payment-gateway', 'v2.3.0', null);

    expect((await world.counted()).failed).toBe(0);
  });

  it('loses nothing when a colour takes over and the other one is ended under load', async () => {
    world.setWeights(50, 50);
    await world.sendMore(100);
    world.setWeights(0, 100);
    await world.stopPods(BLUE);
    await world.sendMore(200);

    expect((await world.counted()).failed).toBe(0);
    await world.startPods(BLUE);
  });

  it('loses nothing when single pods of the colour under load are ended', async () => {
    await world.stopPods(GREEN.slice(0, 1));
    await world.stopPods(GREEN.slice(1, 2));
    await world.sendMore(100);

    expect([await world.counted(), await world.mesh.failures()]).toMatchObject([{ failed: 0 }, []]);
    await world.startPods(GREEN.slice(0, 2));
  });

  it('tries another pod when one refuses the connection', async () => {
    world.setDeadPod(await freePort());
    await world.sendMore(150);
    world.setDeadPod(null);

    expect((await world.counted()).failed).toBe(0);
  });
});

describe('what a mesh cannot route', () => {
  it('is 503 with its flag, counted as failed', async () => {
    world.setSubsets('blue');
    await until(async () => (await world.counted()).failed > 0, { what: 'NC', timeoutMs: 5000 });
    world.setSubsets('blue', 'green');
    const added = performance.now();
    const answer = () => fetch(`${world.mesh.proxyUrl}/pay`, { headers: { 'x-canary': '1' } });
    expect((await answer()).status).toBe(404);
    const { failed } = await world.counted();
    await until(
      async () => {
        const before = (await world.counted()).failed;
        await world.sendMore(20);
        return (await world.counted()).failed === before;
      },
      { what: 'the subset to be known', timeoutMs: 10_000 },
    );

    expect(performance.now() - added).toBeGreaterThan(900);
    expect((await world.counted()).failed).toBeGreaterThan(failed);
    expect(new Set((await world.mesh.failures()).map((failure) => failure.reason))).toEqual(
      new Set(['503 NC']),
    );

    await world.stopPods(GREEN);
    await until(async () => (await world.mesh.failures()).some(({ reason }) => reason === '503 UH'), {
      what: 'UH',
      timeoutMs: 5000,
    });
    await world.mesh.resetCounters();
    await world.startPods(GREEN);
  });

  it('is pulled by nobody: the reason crosses the channel', async () => {
    const start = world.mesh.runtime.start({ ...podSpec('blue', 'v2.3.0', 9), image: 'x/y:1' });

    await expect(start).rejects.toMatchObject({ name: 'ErrImagePull' });
  });
});

describe('the runtime over the channel', () => {
  it('runs Jobs and tells of crashes', async () => {
    const job = await world.mesh.runtime.run(podSpec('probe', 'v2.3.1', 0), ['/app/probe', 'smoke']);
    expect(JSON.parse(job.log.split('\n').at(-1) ?? '')).toMatchObject({ ok: true });

    const exits: string[] = [];
    world.mesh.runtime.onExit((pod) => exits.push(pod.name));
    world.setWeights(100, 0);
    await world.mesh.setBehaviour('tiffin/payment-gateway', 'v2.3.1', { crashes: true });
    await until(async () => exits.length === 3, { what: 'three crashes', timeoutMs: 5000 });
    await world.mesh.setBehaviour('tiffin/payment-gateway', 'v2.3.1', null);

    expect(exits.sort()).toEqual(GREEN.map((pod) => pod.name).sort());
    await world.startPods(GREEN);
  });
});

it('ends load and pods at a reset, and the process at close', async () => {
  await world.mesh.stopLoad();
  await world.mesh.reset();
  expect(await world.mesh.counters()).toEqual({});
  expect(await world.mesh.runtime.isReady(BLUE[0] as PodSpecSeen)).toBe(false);

  await world.mesh.close();

  expect(() => process.kill(world.mesh.pid, 0)).toThrow();
  await expect(world.mesh.counters()).rejects.toThrow(/has ended/);
});
