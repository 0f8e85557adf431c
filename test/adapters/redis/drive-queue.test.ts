import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { RedisConnections } from '../../../src/adapters/redis/connect.ts';
import { BullDriveQueue } from '../../../src/adapters/redis/drive-queue.ts';
import { openConnections } from '../../contract/redis-target.ts';
import { nextRolloutId } from '../../contract/store-fixtures.ts';
import { type RedisServer, rawClient, startRedis } from '../../support/redis.ts';
import { until } from '../../support/until.ts';

describe.each([
  ['one Redis', false],
  ['a cluster', true],
])('drive queue on %s', (_, cluster) => {
  let server: RedisServer;
  let opened: { connections: RedisConnections; queue: BullDriveQueue }[] = [];
  let here: BullDriveQueue;
  let there: BullDriveQueue;

  const openQueue = async (): Promise<BullDriveQueue> => {
    const connections = await openConnections(server);
    const queue = new BullDriveQueue(connections);
    opened.push({ connections, queue });
    return queue;
  };

  beforeAll(async () => {
    server = await startRedis({ cluster });
  });
  afterAll(async () => {
    await server?.stop();
  });
  beforeEach(async () => {
    here = await openQueue();
    there = await openQueue();
  });
  afterEach(async () => {
    await Promise.all(opened.map(({ queue }) => queue.close(2000)));
    for (const { connections } of opened) connections.close();
    opened = [];
    const admin = rawClient(server.port);
    await admin.flushall();
    admin.disconnect();
  });

  it('a wake drives its rollout, on whichever replica', async () => {
    const driven: string[] = [];
    there.startDriveWorker({ concurrency: 10, drive: async (id) => void driven.push(id) });
    const ids = [nextRolloutId(), nextRolloutId(), nextRolloutId()];
    await Promise.all(ids.map((id) => here.wake(id)));
    await until('all are driven', () => driven.length >= 3);
    expect(new Set(driven)).toEqual(new Set(ids));
  });

  it('a hundred wakes never drive one rollout twice at a time', async () => {
    const id = nextRolloutId();
    let running = 0;
    let most = 0;
    let jobs = 0;
    for (const queue of [here, there])
      queue.startDriveWorker({
        concurrency: 10,
        drive: async (_id, _signal, wakeups) => {
          running += 1;
          jobs += 1;
          most = Math.max(most, running);
          while ((await wakeups.sleep(100)) === 'woken');
          running -= 1;
        },
      });
    await Promise.all(Array.from({ length: 100 }, (_, i) => (i % 2 ? here : there).wake(id)));
    await until('the rollout was driven', () => jobs > 0 && running === 0);
    expect(most).toBe(1);
    expect(jobs).toBeLessThan(5);
  });

  it('a wake cuts the sleep of a loop on another replica', async () => {
    const id = nextRolloutId();
    const ends: string[] = [];
    let isAsleep = false;
    there.startDriveWorker({
      concurrency: 1,
      drive: async (_id, _signal, wakeups) => {
        isAsleep = true;
        ends.push(await wakeups.sleep(60_000));
      },
    });
    await here.wake(id);
    await until('the loop sleeps', () => isAsleep);
    await here.wake(id);
    await until('the sleep ended', () => ends.length > 0);
    expect(ends[0]).toBe('woken');
  });

  it('a wake for soon leaves the loop that drives already alone', async () => {
    const id = nextRolloutId();
    const ends: string[] = [];
    let runs = 0;
    const asleep = Promise.withResolvers<void>();
    here.startDriveWorker({
      concurrency: 1,
      drive: async (_id, _signal, wakeups) => {
        runs += 1;
        if (runs > 1) return;
        wakeups.nextWake();
        const sleep = wakeups.sleep(60_000);
        asleep.resolve();
        ends.push(await sleep);
      },
    });
    await here.wake(id, 'soon');
    await asleep.promise;
    await here.wake(id, 'soon');
    expect(ends).toEqual([]);
    await here.wake(id);
    await until('the loop was driven once more', () => runs === 2);
    expect(ends).toEqual(['woken']);
  });

  it('a wake while the loop is busy ends its next sleep at once, once', async () => {
    const id = nextRolloutId();
    const ends: string[] = [];
    const busy = Promise.withResolvers<void>();
    let isBusy = false;
    here.startDriveWorker({
      concurrency: 1,
      drive: async (_id, _signal, wakeups) => {
        if (isBusy) return;
        isBusy = true;
        await busy.promise;
        ends.push(await wakeups.sleep(60_000), await wakeups.sleep(10));
      },
    });
    await here.wake(id);
    await until('the loop is busy', () => isBusy);
    await here.wake(id);
    await here.wake(id);
    busy.resolve();
    await until('both sleeps ended', () => ends.length === 2);
    expect(ends).toEqual(['woken', 'elapsed']);
  });

  it('a wake that meets a loop in its last line makes one more job', async () => {
    const id = nextRolloutId();
    let jobs = 0;
    const last = Promise.withResolvers<void>();
    there.startDriveWorker({
      concurrency: 1,
      drive: async () => {
        jobs += 1;
        if (jobs === 1) await last.promise;
      },
    });
    await here.wake(id);
    await until('the first job runs', () => jobs === 1);
    await here.wake(id);
    last.resolve();
    await until('a second job ran', () => jobs === 2);
  });

  it('a drive that throws is driven again by the next wake', async () => {
    const id = nextRolloutId();
    let jobs = 0;
    here.startDriveWorker({
      concurrency: 1,
      drive: async () => {
        jobs += 1;
        if (jobs === 1) throw new Error('bug');
      },
    });
    await here.wake(id);
    await until('it failed', () => jobs === 1);
    await until('it ran again', async () => {
      await here.wake(id);
      return jobs > 1;
    });
  });

  it('closing stops the loop and gives its job to another replica at once', async () => {
    const id = nextRolloutId();
    const drivers: string[] = [];
    const drive =
      (name: string) =>
      async (_id: string, _signal: AbortSignal, wakeups: { sleep(ms: number): Promise<string> }) => {
        drivers.push(name);
        while ((await wakeups.sleep(60_000)) !== 'stopped');
      };
    here.startDriveWorker({ concurrency: 1, drive: drive('here') });
    await here.wake(id);
    await until('it is driven here', () => drivers.length === 1);
    there.startDriveWorker({ concurrency: 1, drive: drive('there') });
    const started = performance.now();
    await here.close();
    expect(performance.now() - started).toBeLessThan(5000);
    await until('it is driven there', () => drivers.includes('there'), 5000);
  });

  it('closing ends within its bound though a drive does not', async () => {
    const never = Promise.withResolvers<void>();
    let isBusy = false;
    here.startDriveWorker({
      concurrency: 1,
      drive: () => {
        isBusy = true;
        return never.promise;
      },
    });
    await here.wake(nextRolloutId());
    await until('the loop is busy', () => isBusy);
    const started = performance.now();
    await here.close(300);
    expect(performance.now() - started).toBeLessThan(2500);
    never.resolve();
  });

  it('one job per channel at a time; a wake meanwhile delivers once more', async () => {
    const delivered: string[] = [];
    const first = Promise.withResolvers<void>();
    there.startChannelWorker({
      deliver: async (channel) => {
        delivered.push(channel);
        if (delivered.length === 1) await first.promise;
      },
    });
    await here.wakeChannel('C0WAR');
    await until('it is delivering', () => delivered.length === 1);
    await Promise.all(Array.from({ length: 20 }, () => here.wakeChannel('C0WAR')));
    await here.wakeChannel('C0OTHER');
    await until('the other channel did not wait', () => delivered.includes('C0OTHER'));
    first.resolve();
    await until('it delivered once more', () => delivered.filter((c) => c === 'C0WAR').length === 2);
  });

  it('all of BullMQ may be deleted: the next wake drives', async () => {
    let jobs = 0;
    here.startDriveWorker({
      concurrency: 5,
      drive: async () => {
        jobs += 1;
      },
    });
    await here.wake(nextRolloutId());
    await until('the first is driven', () => jobs === 1);
    const admin = rawClient(server.port);
    await admin.flushall();
    admin.disconnect();
    await until('driven again', async () => {
      await there.wake(nextRolloutId());
      return jobs > 1;
    });
  });

  it('with Redis down a wake returns and reaches loops of this process; after the restart all goes on', async () => {
    const id = nextRolloutId();
    const ends: string[] = [];
    const driven: string[] = [];
    here.startDriveWorker({
      concurrency: 5,
      drive: async (rolloutId, signal, wakeups) => {
        driven.push(rolloutId);
        if (rolloutId !== id) return;
        while (!signal.aborted && ends.length < 1) ends.push(await wakeups.sleep(60_000));
      },
    });
    await here.wake(id);
    await until('the loop sleeps', () => driven.length === 1);
    await server.signal('SIGKILL');
    const started = performance.now();
    await here.wake(id);
    await here.wakeChannel('C0WAR');
    expect(performance.now() - started).toBeLessThan(3000);
    expect(ends).toEqual(['woken']);
    await server.restart();
    await until(
      'driven after the restart',
      async () => {
        await there.wake(nextRolloutId());
        return driven.some((rolloutId) => rolloutId !== id);
      },
      15_000,
    );
    const heard: string[] = [];
    there.onWake((rolloutId) => heard.push(rolloutId));
    await until('wakes are heard again', async () => {
      await here.wake('r-again');
      return heard.includes('r-again');
    });
  });

  it('the loop goes on when its lock is lost, and another replica takes the job', async () => {
    const id = nextRolloutId();
    const drivers: string[] = [];
    const ends: string[] = [];
    const drive =
      (name: string) =>
      async (_id: string, signal: AbortSignal, wakeups: { sleep(ms: number): Promise<string> }) => {
        drivers.push(name);
        await until(`${name} goes on`, () => drivers.length === 2 || signal.aborted, 15_000);
        ends.push(`${name} ${signal.aborted} ${await wakeups.sleep(0)}`);
      };
    here.startDriveWorker({ concurrency: 1, drive: drive('here') });
    await here.wake(id);
    await until('it is driven here', () => drivers.length === 1);
    there.startDriveWorker({ concurrency: 1, drive: drive('there') });
    const admin = rawClient(server.port);
    const [lock] = await admin.keys('{db-q}:drive:*:lock');
    await admin.del(lock ?? '');
    admin.disconnect();
    await until('both ended by themselves', () => ends.length === 2, 15_000);
    expect(ends.toSorted()).toEqual(['here false elapsed', 'there false elapsed']);
  });
});
