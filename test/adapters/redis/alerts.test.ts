/** Accepted messages to groups and their cards, on a real Redis; with Cluster's own eye on what a script touches. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { RedisConnections } from '../../../src/adapters/redis/connect.ts';
import { keys } from '../../../src/adapters/redis/keys.ts';
import { createRedisStores, type RedisStores } from '../../../src/adapters/redis/stores.ts';
import { configSchema } from '../../../src/config/schema.ts';
import { groupIdOf, shardOf } from '../../../src/core/alert/fingerprint.ts';
import { AlertFolder } from '../../../src/services/fold-alerts.ts';
import { openConnections } from '../../contract/redis-target.ts';
import { createFakeLog } from '../../fakes/fake-log.ts';
import { ALERT_T0, makeEvent, makeMember, makePost } from '../../support/alert-fixtures.ts';
import { type RedisServer, startRedis } from '../../support/redis.ts';
import { until } from '../../support/until.ts';

const settings = (more: object = {}) => {
  const parsed = configSchema.shape.alerts.unwrap().parse({ ...more });
  return parsed;
};

describe.each([
  ['a single server', false],
  ['a Cluster of one node', true],
])('alerts on %s', (_, cluster) => {
  let server: RedisServer;
  let connections: RedisConnections;
  let stores: RedisStores;
  let woken: string[];

  beforeAll(async () => {
    server = await startRedis({ cluster });
    connections = await openConnections(server);
  });
  afterAll(async () => {
    connections?.close();
    await server?.stop();
  });
  beforeEach(async () => {
    await connections.commands.flushall();
    stores = createRedisStores(connections);
    woken = [];
  });

  const folderOf = (own: RedisStores = stores, more: object = {}): AlertFolder =>
    new AlertFolder({
      alerts: own.alerts,
      clock: own.clock,
      queue: {
        wakeChannel: async (channel) => {
          woken.push(channel);
        },
      },
      settings: settings(more),
      warRoom: 'C0WARROOM',
      log: createFakeLog(),
    });
  const isFolded = async (): Promise<boolean> => (await stores.alerts.waiting()).messages === 0;
  const foldAll = async (folder: AlertFolder = folderOf()): Promise<void> => {
    for (const shard of (await stores.alerts.waiting()).shards) folder.wake(shard);
    await until('all is folded', isFolded);
  };
  const dirtyIds = async (): Promise<readonly string[]> =>
    (await stores.alertOutbox.dirty()).map(({ id }) => id);

  it('wait until they are folded, and are one dirty card then', async () => {
    const post = makePost('InstanceDown');
    await stores.alerts.accept(post);
    const waiting = await stores.alerts.waiting();
    expect(waiting).toMatchObject({ messages: 1, shards: [shardOf(groupIdOf(post))] });
    expect(Math.abs(Date.now() - (waiting.oldestAt ?? 0))).toBeLessThan(60_000);
    await foldAll();
    const [card] = await stores.alertOutbox.dirty('C0WARROOM');
    expect(card).toMatchObject({
      kind: 'alerts',
      id: groupIdOf(post),
      ts: null,
      cardRev: 1,
      postedRev: 0,
      lines: [],
    });
    expect(card?.group).toMatchObject({ title: 'InstanceDown', firing: 1, severity: 'critical' });
    expect(await stores.alerts.open()).toEqual([groupIdOf(post)]);
    expect(woken).toEqual(['C0WARROOM']);
  });

  it('of one group that two processes fold at once are one group, each message counted once', async () => {
    const events = Array.from({ length: 200 }, (_, index) =>
      makeEvent({ hostname: `node-${index % 7}`, time: `t${index}` }),
    );
    await Promise.all(events.map((event) => stores.alerts.accept(event)));
    const other = createRedisStores(connections);
    const folders = [folderOf(), folderOf(other)];
    for (const shard of (await stores.alerts.waiting()).shards)
      for (const folder of folders) folder.wake(shard);
    await until('all is folded', isFolded);
    await Promise.all(folders.map((folder) => folder.stop()));
    const [card, ...more] = await stores.alertOutbox.dirty();
    expect(more).toEqual([]);
    expect(card?.group.events).toBe(200);
    expect(Object.keys(card?.group.hosts ?? {})).toHaveLength(7);
  });

  it('are delivered when the card and all its lines are', async () => {
    const post = makePost('InstanceDown');
    const id = groupIdOf(post);
    await stores.alerts.accept(post);
    await foldAll();
    await stores.alertOutbox.markPosting(id);
    expect((await stores.alertOutbox.dirty())[0]?.isPosting).toBe(true);
    await stores.alertOutbox.markPosted(id, 1, '1.1');
    expect(await dirtyIds()).toEqual([]);

    await stores.alerts.accept(makePost('InstanceDown', [makeMember('a'), makeMember('b')]));
    await foldAll();
    const [card] = await stores.alertOutbox.dirty();
    expect(card).toMatchObject({ ts: '1.1', cardRev: 2, postedRev: 1 });
    expect(card?.lines.map(({ text }) => text)).toEqual(['1 more: 2 alerts fire now']);
    await stores.alertOutbox.markPosted(id, 2, '1.1');
    expect(await dirtyIds()).toEqual([id]);
    await stores.alertOutbox.markLineSent(id, card?.lines[0]?.id ?? '');
    expect(await dirtyIds()).toEqual([]);
    expect(await stores.alertOutbox.cardTs(id)).toBe('1.1');
  });

  it('whose card is gone are dirty again', async () => {
    const post = makePost('InstanceDown');
    const id = groupIdOf(post);
    await stores.alerts.accept(post);
    await foldAll();
    await stores.alertOutbox.markPosted(id, 0, null);
    expect((await stores.alertOutbox.dirty())[0]).toMatchObject({ ts: null, postedRev: 0 });
  });

  it('of a new episode have a card of their own, and a late delivery of the old one is none of this', async () => {
    const folder = folderOf(stores, { reopen: 0 });
    const post = makePost('InstanceDown');
    const id = groupIdOf(post);
    await stores.alerts.accept(post);
    await foldAll(folder);
    await stores.alertOutbox.markPosted(id, 1, '1.1');
    await stores.alerts.accept(
      makePost('InstanceDown', [makeMember('a', { state: 'resolved', endsAt: ALERT_T0 + 1 })]),
    );
    await foldAll(folder);
    expect(await stores.alerts.open()).toEqual([]);
    await until('time has passed since the end', async () => {
      const { group } = (await stores.alerts.load(id)) ?? {};
      return (await stores.clock.now()) > (group?.resolvedAt ?? Number.POSITIVE_INFINITY);
    });
    await stores.alerts.accept(post);
    await foldAll(folder);
    const [card] = await stores.alertOutbox.dirty();
    expect(card).toMatchObject({ ts: null, postedRev: 0, lines: [] });
    expect(card?.group.episode).toBe(2);
    await stores.alertOutbox.markPosted(id, 2, '1.1');
    expect((await stores.alertOutbox.dirty())[0]).toMatchObject({ ts: null, postedRev: 0 });
    expect(await stores.alerts.open()).toEqual([id]);
  });

  it('that told nothing new are gone without a trace on the card', async () => {
    await stores.alerts.accept(makePost('InstanceDown'));
    await foldAll();
    await stores.alerts.accept(makePost('InstanceDown'));
    await foldAll();
    expect((await stores.alertOutbox.dirty())[0]).toMatchObject({ cardRev: 1, rev: 1 });
  });

  it('go where their labels lead', async () => {
    await stores.alerts.accept(
      makePost('InstanceDown', [makeMember('a')], { commonLabels: { team: 'core' } }),
    );
    await stores.alerts.accept(makePost('Other'));
    await foldAll(folderOf(stores, { routes: [{ match: { team: '~core|web' }, channel: 'C0CORE' }] }));
    expect((await stores.alertOutbox.dirty('C0CORE')).map(({ group }) => group.title)).toEqual([
      'InstanceDown',
    ]);
    expect((await stores.alertOutbox.dirty('C0WARROOM')).map(({ group }) => group.title)).toEqual(['Other']);
    expect(new Set(woken)).toEqual(new Set(['C0CORE', 'C0WARROOM']));
  });

  it('that cannot be read are put aside and stop nobody, and neither does a group that cannot', async () => {
    const post = makePost('InstanceDown');
    const id = groupIdOf(post);
    const shard = shardOf(id);
    await connections.commands.xadd(keys.alertIntake(shard), '*', 'id', id, 'doc', '{"source":"pigeon"}');
    await connections.commands.hset(keys.alertState(shard, id), 'doc', '{"schemaVersion":1', 'rev', '7');
    await stores.alerts.accept(post);
    await foldAll();
    expect(await connections.commands.xlen(keys.alertAside(shard))).toBe(1);
    expect(await stores.alerts.load(id)).toMatchObject({ rev: 8, group: { firing: 1 } });
  });

  it('of Falco end when they are quiet, once', async () => {
    const event = makeEvent();
    await stores.alerts.accept(event);
    const folder = folderOf(stores, { quiet: 1 });
    await foldAll(folder);
    await until('it has been quiet', async () => {
      await folder.endQuiet();
      return (await stores.alerts.open()).length === 0;
    });
    const stored = await stores.alerts.load(groupIdOf(event));
    expect(stored?.group.state).toBe('resolved');
    await folder.endQuiet();
    expect((await stores.alerts.load(groupIdOf(event)))?.rev).toBe(stored?.rev);
    const audit = await stores.alerts.readAudit(groupIdOf(event));
    expect(audit.map(({ action }) => action)).toEqual(['alert.fired', 'alert.quiet']);
  });

  it('are looked at worst and newest first, however many wait', async () => {
    const posts = Array.from({ length: 700 }, (_, index) =>
      makePost(`Alert${index}`, [
        makeMember('a', {
          startsAt: ALERT_T0 + index,
          labels: { alertname: `Alert${index}`, severity: index === 5 ? 'critical' : 'warning' },
        }),
      ]),
    );
    await Promise.all(posts.map((post) => stores.alerts.accept(post)));
    await foldAll();
    const cards = await stores.alertOutbox.dirty();
    expect(cards.length).toBeLessThanOrEqual(64 * 8);
    expect(cards.some(({ group }) => group.title === 'Alert5')).toBe(true);
    expect(await stores.alerts.open()).toHaveLength(700);
  });
});
