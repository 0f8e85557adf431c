import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Cluster, startCluster } from '../../../sandbox/cluster/cluster.ts';
import { BATCH, CORE, call, FakeRuntime, TOKEN } from './support.ts';

let cluster: Cluster;
let runtime: FakeRuntime;
const JOB = `${BATCH}/jobs/probe`;
const IMAGE = 'registry.example/ledger:v5.1.0';

beforeEach(async () => {
  runtime = new FakeRuntime();
  cluster = await startCluster({ token: TOKEN, runtime });
  cluster.seed([{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'payments' } }]);
});
afterEach(() => cluster.close());

// biome-ignore lint/suspicious/noExplicitAny: fields of many kinds.
const loose = (object: unknown): any => object;
const pods = () => cluster.list(`${CORE}/pods`).map(loose);
const create = (spec: object = {}) =>
  call(cluster.url, 'POST', `${BATCH}/jobs`, {
    body: {
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { name: 'probe' },
      spec: {
        backoffLimit: 0,
        ...spec,
        template: {
          spec: {
            restartPolicy: 'Never',
            containers: [{ name: 'app', image: IMAGE, command: ['/probe'], args: ['--deep'] }],
          },
        },
      },
    },
  });
const until = (type: string) =>
  cluster.until(JOB, (job) =>
    loose(job)?.status?.conditions?.some((entry: { type: string }) => entry.type === type),
  );

describe('a Job', () => {
  it('runs its command and is complete, with a log', async () => {
    await create();
    const job = loose(await until('Complete'));
    expect(job.status).toMatchObject({ succeeded: 1, completionTime: expect.any(String) });
    expect(job.status.active).toBeUndefined();
    expect(runtime.commands).toEqual([['/probe', '--deep']]);

    const [pod] = pods();
    expect(pod.metadata.name).toMatch(/^probe-[a-z0-9]{5}$/);
    expect(pod.metadata.labels).toMatchObject({
      'job-name': 'probe',
      'batch.kubernetes.io/job-name': 'probe',
    });
    expect(pod.status).toMatchObject({
      phase: 'Succeeded',
      containerStatuses: [{ state: { terminated: { exitCode: 0, reason: 'Completed' } } }],
    });
    const log = await call(cluster.url, 'GET', `${CORE}/pods/${pod.metadata.name}/log`);
    const tail = await call(cluster.url, 'GET', `${CORE}/pods/${pod.metadata.name}/log?tailLines=2`);
    expect([log.text, tail.text]).toEqual(['one\ntwo\nthree\n', 'two\nthree\n']);
    expect(log.contentType).toMatch(/^text\/plain/);
  });

  it('that fails says so once backoffLimit is reached', async () => {
    runtime.results.set(IMAGE, Promise.resolve({ exitCode: 2, log: 'no\n' }));
    await create();
    const job = loose(await until('Failed'));
    expect(job.status).toMatchObject({ failed: 1 });
    expect(job.status.conditions).toContainEqual(
      expect.objectContaining({ type: 'Failed', status: 'True', reason: 'BackoffLimitExceeded' }),
    );
    expect(pods()[0].status.containerStatuses[0].state.terminated.exitCode).toBe(2);
  });

  it('is tried again while backoffLimit allows', async () => {
    runtime.results.set(IMAGE, Promise.resolve({ exitCode: 2, log: 'no\n' }));
    await create({ backoffLimit: 1 });
    await until('Failed');
    expect(pods()).toHaveLength(2);
  });

  it('that takes too long fails with DeadlineExceeded and its pod goes', async () => {
    let finish: (result: { exitCode: number; log: string }) => void = () => undefined;
    runtime.results.set(
      IMAGE,
      new Promise((resolve) => {
        finish = resolve;
      }),
    );
    await create({ activeDeadlineSeconds: 1 });
    await cluster.until(JOB, (job) => loose(job).status?.active === 1);
    const job = loose(await until('Failed'));
    expect(job.status.conditions).toContainEqual(
      expect.objectContaining({ type: 'Failed', reason: 'DeadlineExceeded' }),
    );
    await cluster.until(`${CORE}/pods`, () => pods().length === 0);
    expect(runtime.stopped).toHaveLength(1);
    finish({ exitCode: 0, log: '' });
  });

  it('deleted without a policy leaves its pods, with one takes them along', async () => {
    await create();
    await until('Complete');
    await call(cluster.url, 'DELETE', JOB);
    await cluster.until(JOB, (job) => job === undefined);
    expect(pods()).toHaveLength(1);

    await create();
    await until('Complete');
    await call(cluster.url, 'DELETE', `${JOB}?propagationPolicy=Background`);
    await cluster.until(`${CORE}/pods`, () => pods().length === 1);
  });

  it('has no log before its pod has started', async () => {
    runtime.run = async () => {
      const error = new Error('not found');
      error.name = 'ErrImagePull';
      throw error;
    };
    await create();
    await cluster.until(`${CORE}/pods`, () => pods()[0]?.status.containerStatuses?.[0].state.waiting);
    const log = await call(cluster.url, 'GET', `${CORE}/pods/${pods()[0].metadata.name}/log`);
    expect(log.body).toMatchObject({ code: 400, message: expect.stringContaining('is waiting to start') });
  });
});
