import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Cluster, startCluster } from '../../../sandbox/cluster/cluster.ts';
import { CORE, call, FakeRuntime, patch, TOKEN, WatchReader } from './support.ts';

let cluster: Cluster;
let readers: WatchReader[];

beforeEach(async () => {
  readers = [];
  cluster = await startCluster({ token: TOKEN, runtime: new FakeRuntime(), historyLimit: 50 });
  cluster.seed([configMap('first', { tier: 'gold' })]);
});
afterEach(async () => {
  for (const reader of readers) reader.close();
  await Promise.all(readers.map((reader) => reader.done));
  await cluster.close();
});

const configMap = (name: string, labels: Record<string, string> = {}) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace: 'payments', labels },
});
const watch = (query: string): WatchReader => {
  const reader = new WatchReader(`${cluster.url}${CORE}/configmaps?watch=1&${query}`);
  readers.push(reader);
  return reader;
};
const create = (name: string, labels?: Record<string, string>) =>
  call(cluster.url, 'POST', `${CORE}/configmaps`, { body: configMap(name, labels) });
const relabel = (name: string, tier: string) =>
  patch(cluster.url, `${CORE}/configmaps/${name}`, [
    { op: 'add', path: '/metadata/labels/tier', value: tier },
  ]);
const remove = (name: string) => call(cluster.url, 'DELETE', `${CORE}/configmaps/${name}`);

describe('a watch', () => {
  it('goes on after a list without a gap, in the order of versions', async () => {
    const list = await call(cluster.url, 'GET', `${CORE}/configmaps`);
    await create('second');
    const reader = watch(`resourceVersion=${list.body.metadata.resourceVersion}`);
    await reader.until(() => reader.events.length === 1);
    await create('third', { a: 'b' });
    await relabel('third', 'gold');
    await remove('third');
    await reader.until(() => reader.events.length === 4);

    expect(reader.types).toEqual(['ADDED second', 'ADDED third', 'MODIFIED third', 'DELETED third']);
    const versions = reader.events.map((event) => Number(event.object.metadata.resourceVersion));
    expect(versions).toEqual([...versions].sort((a, b) => a - b));
    expect(new Set(versions).size).toBe(4);
    expect(reader.events[0].object).toMatchObject({ apiVersion: 'v1', kind: 'ConfigMap' });
  });

  it.each(['', 'resourceVersion=0', 'resourceVersion=1'])(
    'with %j begins with what is there',
    async (query) => {
      const reader = watch(query);
      await reader.until(() => reader.events.length === 1);
      expect(reader.types).toEqual(['ADDED first']);
    },
  );

  it('with a selector sees objects enter and leave it', async () => {
    const reader = watch('labelSelector=tier%3Dgold');
    await reader.until(() => reader.events.length === 1);
    await create('second', { tier: 'silver' });
    await relabel('second', 'gold');
    await relabel('second', 'bronze');
    await reader.until(() => reader.events.length === 3);
    expect(reader.types).toEqual(['ADDED first', 'ADDED second', 'DELETED second']);
  });

  it('of one name sees that one alone', async () => {
    const reader = watch('fieldSelector=metadata.name%3Dsecond');
    await create('other');
    await create('second');
    await reader.until(() => reader.events.length === 1);
    expect(reader.types).toEqual(['ADDED second']);
  });

  it('sees nothing of a dry run', async () => {
    const reader = watch('');
    await reader.until(() => reader.events.length === 1);
    await call(cluster.url, 'POST', `${CORE}/configmaps?dryRun=All`, { body: configMap('ghost') });
    await create('real');
    await reader.until(() => reader.events.length === 2);
    expect(reader.types).toEqual(['ADDED first', 'ADDED real']);
  });

  it('from a forgotten version gets 410 Gone and ends', async () => {
    cluster.compact();
    const reader = watch('resourceVersion=1');
    await reader.done;
    expect(reader.events).toEqual([
      {
        type: 'ERROR',
        object: expect.objectContaining({
          kind: 'Status',
          code: 410,
          reason: 'Expired',
          message: expect.stringMatching(/^too old resource version: 1 \(\d+\)$/),
        }),
      },
    ]);
  });

  it('is forgotten by a history that is full', async () => {
    for (let i = 0; i < 60; i += 1) cluster.seed([configMap('busy', { turn: String(i) })]);
    const reader = watch('resourceVersion=2');
    await reader.done;
    expect(reader.events[0].object.code).toBe(410);
  });

  it('ends by itself after timeoutSeconds, with a bookmark where they are allowed', async () => {
    const reader = watch('timeoutSeconds=1&allowWatchBookmarks=true');
    await reader.done;
    expect(reader.events.at(-1)).toMatchObject({
      type: 'BOOKMARK',
      object: {
        kind: 'ConfigMap',
        apiVersion: 'v1',
        metadata: { resourceVersion: expect.stringMatching(/^\d+$/) },
      },
    });
  });

  it('with sendInitialEvents says when it is through with them', async () => {
    const reader = watch('sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true');
    await reader.until(() => reader.events.length === 2);
    expect(reader.events.map((event) => event.type)).toEqual(['ADDED', 'BOOKMARK']);
    expect(reader.events[1].object.metadata.annotations).toEqual({ 'k8s.io/initial-events-end': 'true' });
  });

  it('that the server ends can be taken up where it stood', async () => {
    const reader = watch('');
    await reader.until(() => reader.events.length === 1);
    cluster.endWatches();
    await reader.done;
    await create('second');
    const again = watch(`resourceVersion=${reader.events[0].object.metadata.resourceVersion}`);
    await again.until(() => again.events.length === 1);
    expect(again.types).toEqual(['ADDED second']);
  });

  it('of a version that is yet to come waits for it', async () => {
    const path = `${CORE}/configmaps?watch=1&resourceVersion=999999&timeoutSeconds=1`;
    const reply = await fetch(`${cluster.url}${path}`, { headers: { authorization: `Bearer ${TOKEN}` } });
    expect([reply.status, await reply.text()]).toEqual([200, '']);
  });
});
