import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MeshMetrics } from '../../../sandbox/mesh/metrics.ts';
import { createPodRuntime, type Pods } from '../../../sandbox/mesh/pods.ts';
import { until } from '../../../sandbox/processes/until.ts';
import { DIGESTS, podSpec } from './pod-spec.ts';

const NAME = 'tiffin/payment-gateway';
let metrics: MeshMetrics;
let pods: Pods;

beforeEach(() => {
  metrics = new MeshMetrics();
  pods = createPodRuntime({
    digests: DIGESTS,
    metrics,
    drain: { leastMs: 100, quietMs: 50 },
    crashAfterMs: 100,
  });
});
afterEach(() => pods.reset());

const pay = async (port: number, count: number) => {
  const answers: { status: number; fault: string | null; payment: string | undefined }[] = [];
  for (let n = 0; n < count; n += 1) {
    const response = await fetch(`http://127.0.0.1:${port}/pay`, { method: 'POST' });
    const body = (await response.json()) as { status?: string };
    answers.push({
      status: response.status,
      fault: response.headers.get('x-sandbox-fault'),
      payment: body.status,
    });
  }
  return answers;
};

describe('a pod', () => {
  it('answers as its version and is ready', async () => {
    const spec = podSpec('blue', 'v2.3.0', 1);
    const { port } = await pods.start(spec);

    const paths = ['/health', '/health/db', '/health/deps', '/ready', '/pay', '/nothing'];
    const answers = await Promise.all(paths.map((path) => fetch(`http://127.0.0.1:${port}${path}`)));
    expect(answers.map((answer) => answer.status)).toEqual([200, 200, 200, 200, 200, 404]);
    expect(answers[0]?.headers.get('x-sandbox-version')).toBe('v2.3.0');
    expect(await answers[0]?.json()).toMatchObject({ status: 'UP', version: 'v2.3.0', pod: spec.name });
    expect(await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()).toContain('status="success"} 1');
    expect(await pods.isReady(spec)).toBe(true);
  });

  it.each([
    ['an unknown digest', `127.0.0.1:5000/${NAME}@sha256:${'f'.repeat(64)}`],
    ['another repository', `127.0.0.1:5000/tiffin/ledger@sha256:${'1'.repeat(64)}`],
    ['an unknown tag', `127.0.0.1:5000/${NAME}:v9.9.9`],
    ['no image at all', ''],
  ])('cannot be pulled with %s', async (_, image) => {
    const start = pods.start({ ...podSpec('blue', 'v2.3.0', 1), image });

    await expect(start).rejects.toMatchObject({ name: 'ErrImagePull' });
  });

  it('starts by tag too, from any registry', async () => {
    const spec = { ...podSpec('blue', 'v2.3.0', 1), image: `registry.tiffin.example/${NAME}:v2.3.1` };
    const { port } = await pods.start(spec);

    expect((await fetch(`http://127.0.0.1:${port}/health`)).headers.get('x-sandbox-version')).toBe('v2.3.1');
  });
});

describe('faults', () => {
  it('hit the percentage of payments that was set, and health stays good', async () => {
    const { port } = await pods.start(podSpec('blue', 'v2.3.1', 1));
    pods.setBehaviour(NAME, 'v2.3.1', { errorPercent: 10, paymentFailPercent: 20 });
    const answers = await pay(port, 100);

    expect(answers.filter((answer) => answer.status === 500 && answer.fault === '1').length).toBe(10);
    expect(answers.filter((answer) => answer.payment === 'FAILED').length).toBe(18);
    expect((await fetch(`http://127.0.0.1:${port}/ready`)).status).toBe(200);
    const text = await metrics.expose();
    expect(text).toMatch(
      /payments_total\{destination_workload="payment-gateway-blue",.*status="failed"\} 18/,
    );
    expect(text).toMatch(
      /payments_total\{destination_workload="payment-gateway-blue",.*status="success"\} 72/,
    );
  });

  it('end when they are taken back, and are refused for a version that nobody has', async () => {
    const { port } = await pods.start(podSpec('blue', 'v2.3.1', 1));
    pods.setBehaviour(NAME, 'v2.3.1', { errorPercent: 100 });
    expect((await pay(port, 1))[0]?.status).toBe(500);

    pods.setBehaviour(NAME, 'v2.3.1', null);

    expect((await pay(port, 1))[0]?.status).toBe(200);
    expect(() => pods.setBehaviour(NAME, 'v0.0.1', {})).toThrow(/no tiffin\/payment-gateway:v0.0.1/);
  });

  it('slow payments down', async () => {
    const { port } = await pods.start(podSpec('blue', 'v2.3.1', 1));
    pods.setBehaviour(NAME, 'v2.3.1', { delayMs: 300 });
    const start = performance.now();
    await pay(port, 1);

    expect(performance.now() - start).toBeGreaterThan(295);
  });

  it('crash every pod of the version, never ready, after each start again', async () => {
    const exits: string[] = [];
    pods.onExit((spec, code) => exits.push(`${spec.name} ${code}`));
    const spec = podSpec('blue', 'v2.3.1', 1);
    pods.setBehaviour(NAME, 'v2.3.1', { crashes: true });
    const { port } = await pods.start(spec);
    expect(await pods.isReady(spec)).toBe(false);
    await until(async () => exits.length === 1, { what: 'the first crash', timeoutMs: 3000 });
    await expect(fetch(`http://127.0.0.1:${port}/health`)).rejects.toThrow();
    await pods.start(spec);
    await until(async () => exits.length === 2, { what: 'the second crash', timeoutMs: 3000 });
    pods.setBehaviour(NAME, 'v2.3.1', { crashes: false });
    await pods.start(spec);

    expect(exits[0]).toBe(`${spec.name} 1`);
    expect(await pods.isReady(spec)).toBe(true);
  });
});

describe('the end of a pod', () => {
  it('lets requests in flight finish, is unready at once and asks for new connections', async () => {
    const spec = podSpec('blue', 'v2.3.1', 1);
    const { port } = await pods.start(spec);
    pods.setBehaviour(NAME, 'v2.3.1', { delayMs: 400 });
    const slow = pay(port, 1);
    await until(async () => (await fetch(`http://127.0.0.1:${port}/health`)).ok, {
      what: 'pod',
      timeoutMs: 999,
    });
    const stopped = pods.stop(spec);
    const late = await fetch(`http://127.0.0.1:${port}/health`);

    expect(late.headers.get('connection')).toBe('close');
    expect(await pods.isReady(spec)).toBe(false);
    expect((await slow)[0]?.status).toBe(200);
    await stopped;
    await expect(fetch(`http://127.0.0.1:${port}/health`)).rejects.toThrow();
    await pods.stop(spec);
  });
});

describe('a Job', () => {
  const lastLine = (log: string) =>
    JSON.parse(log.split('\n').at(-1) ?? '') as { ok: boolean; checks: { name: string; ok: boolean }[] };
  const job = podSpec('probe', 'v2.3.1', 1);

  it.each([['health'], ['ready'], ['db-ping'], ['deps'], ['smoke'], ['payment'], ['latency']])(
    'passes %s on a healthy version',
    async (name) => {
      const { exitCode, log } = await pods.run(job, ['/app/probe', name]);

      expect([exitCode, lastLine(log).ok]).toEqual([0, true]);
      expect(lastLine(log).checks.length).toBeGreaterThan(0);
    },
  );

  it('fails smoke on a version that is plainly broken, and passes one that fails three percent', async () => {
    pods.setBehaviour(NAME, 'v2.3.1', { errorPercent: 3, paymentFailPercent: 5 });
    expect((await pods.run(job, ['/app/probe', 'smoke'])).exitCode).toBe(0);

    pods.setBehaviour(NAME, 'v2.3.1', { errorPercent: 50 });
    const broken = await pods.run(job, ['/app/probe', 'smoke', 'db-ping']);

    expect([broken.exitCode, lastLine(broken.log).ok]).toEqual([1, false]);
    expect(lastLine(broken.log).checks.map((check) => check.ok)).toEqual([false, false, true]);
  });

  it('judges latency by the limit it was given', async () => {
    pods.setBehaviour(NAME, 'v2.3.1', { delayMs: 60 });

    expect((await pods.run(job, ['/app/probe', 'latency', '--max-ms=50'])).exitCode).toBe(1);
  });

  it.each([
    ['a program that is not there', ['/bin/sh'], 127],
    ['a check that is not there', ['/app/probe', 'constructor'], 2],
  ])('fails on %s', async (_, command, exitCode) => {
    expect((await pods.run(job, command)).exitCode).toBe(exitCode);
  });

  it('fails when the version crashes, counts nothing, and ends when it is stopped', async () => {
    const hanging = pods.run(job, ['/app/probe', 'hang']);
    await pods.stop(job);
    expect((await hanging).exitCode).toBe(137);
    pods.setBehaviour(NAME, 'v2.3.1', { crashes: true });

    expect((await pods.run(job, ['/app/probe', 'smoke'])).exitCode).toBe(1);
    expect(await metrics.expose()).not.toContain('payment-gateway-probe');
  });
});
