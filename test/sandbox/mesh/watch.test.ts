import { afterEach, beforeEach, expect, it } from 'vitest';
import { watchKind } from '../../../sandbox/mesh/watch.ts';
import { until } from '../../../sandbox/processes/until.ts';
import { type FakeCluster, startFakeCluster } from './fake-cluster.ts';

let cluster: FakeCluster;
let stop: AbortController;
let seen: Set<string>;
let lists: number;

beforeEach(async () => {
  cluster = await startFakeCluster();
  stop = new AbortController();
  seen = new Set();
  lists = 0;
  cluster.put('pods', { metadata: { name: 'a' } });
  void watchKind({
    ...cluster,
    path: '/api/v1/pods',
    signal: stop.signal,
    onList: (objects) => {
      lists += 1;
      seen = new Set(objects.map((object) => object.metadata.name));
    },
    onEvent: (type, { metadata: { name } }) => void (type === 'DELETED' ? seen.delete(name) : seen.add(name)),
  });
  await watching();
});
afterEach(async () => {
  stop.abort();
  await cluster.close();
});

const watching = () =>
  until(async () => cluster.watcherCount('pods') === 1, { what: 'a watch', timeoutMs: 5000, everyMs: 5 });
const sees = (...names: string[]) =>
  until(async () => [...seen].sort().join() === names.join(), { what: names.join(), timeoutMs: 5000 });

it('lists, then hears of what is added, changed and deleted', async () => {
  await sees('a');
  cluster.put('pods', { metadata: { name: 'b' } });
  await sees('a', 'b');
  cluster.remove('pods', 'a');
  await sees('b');

  expect(lists).toBe(1);
});

it('goes on from the last version when a watch just ends', async () => {
  cluster.put('pods', { metadata: { name: 'b' } });
  await sees('a', 'b');

  cluster.endWatches();
  await until(async () => cluster.requests.length >= 3, { what: 'the next watch', timeoutMs: 5000 });

  expect(cluster.requests[2]).toContain('resourceVersion=102');
  expect(lists).toBe(1);
});

it.each([
  ['the version is too old', () => cluster.sendError('pods')],
  ['the connection breaks', () => cluster.cutWatches()],
])('reads the list again when %s', async (_, breakIt) => {
  cluster.forget('pods', 'a');
  cluster.put('pods', { metadata: { name: 'c' } });
  await sees('a', 'c');

  breakIt();

  await sees('c');
});

it('keeps what it saw while the server is away', async () => {
  cluster.setBroken(true);
  cluster.cutWatches();
  await until(async () => cluster.requests.length >= 4, { what: 'some tries', timeoutMs: 5000 });
  expect([...seen]).toEqual(['a']);

  cluster.setBroken(false);
  await watching();
  cluster.put('pods', { metadata: { name: 'd' } });

  await sees('a', 'd');
});
