import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RedisClock } from '../../../src/adapters/redis/clock.ts';
import type { RedisConnections } from '../../../src/adapters/redis/connect.ts';
import { judgeDurability, readDurability } from '../../../src/adapters/redis/durability.ts';
import {
  keys,
  parseClaimMember,
  parseTargetKey,
  targetOfClaimKey,
} from '../../../src/adapters/redis/keys.ts';
import {
  readScript,
  SCRIPTS,
  SCRIPTS_DIRECTORY,
  type ScriptName,
} from '../../../src/adapters/redis/scripts.ts';
import {
  decodeLine,
  decodeLock,
  decodeRollout,
  encodeRollout,
} from '../../../src/adapters/redis/state-codec.ts';
import { toStoreError } from '../../../src/adapters/redis/store-error.ts';
import { createRedisStores, type RedisStores } from '../../../src/adapters/redis/stores.ts';
import { openConnections } from '../../contract/redis-target.ts';
import { change, draft, newRollout, nextRolloutId, nextTarget } from '../../contract/store-fixtures.ts';
import { type RedisServer, rawClient, startRedis } from '../../support/redis.ts';
import { until } from '../../support/until.ts';

describe('keys and scripts', () => {
  it('key names stand in keys.ts alone', () => {
    const folder = new URL('../', SCRIPTS_DIRECTORY);
    const offenders = readdirSync(folder)
      .filter((name) => name.endsWith('.ts') && name !== 'keys.ts')
      .filter((name) => /['"`][^'"`\n]*(db:|db-q)/.test(readFileSync(new URL(name, folder), 'utf8')));
    expect(offenders).toEqual([]);
    const scripts = readdirSync(SCRIPTS_DIRECTORY).filter((name) =>
      readFileSync(new URL(name, SCRIPTS_DIRECTORY), 'utf8').includes('db:'),
    );
    expect(scripts).toEqual([]);
  });

  it('every script file is known and every known script is there', () => {
    const files = readdirSync(SCRIPTS_DIRECTORY).map((name) => name.replace(/\.lua$/, ''));
    expect(files.toSorted()).toEqual(['audit', ...Object.keys(SCRIPTS)].toSorted());
    for (const name of Object.keys(SCRIPTS) as ScriptName[]) expect(readScript(name)).toContain('redis.call');
  });

  it('a target is found again in its keys', () => {
    const target = { service: 'payment', environment: 'prod', region: null };
    expect(keys.claim(target)).toBe('db:{svc:payment/prod/-}:claim');
    expect(targetOfClaimKey(keys.claim(target))).toEqual(target);
    expect(parseTargetKey('a/b')).toBeNull();
    expect(parseClaimMember('payment/prod/mumbai r-1')).toEqual({
      target: { ...target, region: 'mumbai' },
      rolloutId: 'r-1',
    });
    expect(parseClaimMember('nonsense')).toBeNull();
  });
});

describe('state codec', () => {
  const rollout = newRollout();
  it.each<[string, string]>([
    ['no JSON', '{"schemaVersion":1'],
    ['nothing', ''],
    ['a later schema', JSON.stringify({ ...rollout, schemaVersion: 2 })],
    ['another rollout', JSON.stringify({ ...rollout, id: 'r-other' })],
    ['an unknown phase', JSON.stringify({ ...rollout, phase: 'flying' })],
    ['a weight of 120', JSON.stringify({ ...rollout, desiredPercent: 120 })],
    ['a missing field', JSON.stringify({ ...rollout, asks: undefined })],
    ['a number as text', JSON.stringify({ ...rollout, step: '1' })],
    ['a half plan', JSON.stringify({ ...rollout, plan: { schemaVersion: 1 } })],
    ['an array', '[]'],
  ])('%s is refused by the id', (_, text) => {
    expect(() => decodeRollout(rollout.id, text)).toThrow(rollout.id);
  });

  it('what could not be read back is not stored', () => {
    expect(() => encodeRollout(newRollout({ desiredPercent: Number.NaN }))).toThrow('cannot be stored');
  });

  it('an unreadable line is delivered as such, an unreadable lock still locks', () => {
    expect(decodeLine('r-1-2-1 {"text":')).toMatchObject({ id: 'r-1-2-1', mentions: [] });
    expect(decodeLock('U1', 'nonsense')).toMatchObject({ owner: { id: 'U1' } });
  });
});

describe('what ioredis throws', () => {
  const reply = (message: string): Error => Object.assign(new Error(message), { name: 'ReplyError' });
  it.each<[string, Error, string]>([
    ['still loading', reply('LOADING Redis is loading the dataset in memory'), 'store_unavailable'],
    ['disk trouble', reply('MISCONF Redis is configured to save RDB snapshots'), 'store_unavailable'],
    ['cluster down', reply('CLUSTERDOWN Hash slot not served'), 'store_unavailable'],
    ['no right', reply('NOPERM User bot has no permissions'), 'store_unavailable'],
    ['old wording', reply('ERR Error running script: -OOM command not allowed'), 'store_unavailable'],
    ['closed', new Error('Connection is closed.'), 'store_unavailable'],
    ['two slots', reply("CROSSSLOT Keys in request don't hash to the same slot"), 'internal'],
    ['a bad script', reply('ERR user_script:3: attempt to compare nil with number'), 'internal'],
    ['our own mistake', new TypeError('x is not a function'), 'internal'],
  ])('%s', (_, error, code) => {
    expect(toStoreError(error, 'test').code).toBe(code);
  });
});

describe('durability', () => {
  const always = { appendonly: 'yes', appendfsync: 'always', policy: 'noeviction', maxmemory: 0 };
  it.each([
    [always, true, 'loses nothing'],
    [{ ...always, appendfsync: 'everysec' }, false, '2 seconds'],
    [{ ...always, appendfsync: 'no' }, false, 'half a minute'],
    [{ ...always, appendonly: 'no' }, false, 'since the last snapshot'],
    [{ ...always, policy: 'allkeys-lru', maxmemory: 1 }, false, 'allkeys-lru'],
    [{ ...always, policy: 'allkeys-lru' }, true, 'loses nothing'],
  ])('%j', (settings, isDurable, words) => {
    const durability = judgeDurability(settings);
    expect(durability.isDurable).toBe(isDurable);
    expect(durability.sentence).toContain(words);
  });
});

describe('on a real server', () => {
  let server: RedisServer;
  let connections: RedisConnections;
  let stores: RedisStores;
  beforeAll(async () => {
    server = await startRedis();
    connections = await openConnections(server);
    stores = createRedisStores(connections);
  });
  afterAll(async () => {
    connections?.close();
    await server?.stop();
  });

  it('durability is read from the server, and a refusal is said', async () => {
    expect((await stores.durability()).isDurable).toBe(true);
    await connections.commands.config('SET', 'appendfsync', 'everysec');
    expect((await readDurability(connections.commands)).sentence).toContain('2 seconds');
    await connections.commands.config('SET', 'appendfsync', 'always');
    const admin = rawClient(server.port);
    await admin.acl('SETUSER', 'default', '-config');
    expect(await stores.durability()).toMatchObject({ isDurable: false });
    expect((await stores.durability()).sentence).toContain('denied');
    await admin.acl('SETUSER', 'default', '+config');
    admin.disconnect();
  });

  it('works under an ACL that knows our keys and channel alone', async () => {
    const admin = rawClient(server.port);
    await admin.call(
      'ACL',
      'SETUSER',
      'bot',
      'on',
      '>secret',
      '~db:*',
      '~{db-q}:*',
      '&db:*',
      '+@all',
      '-@admin',
      '-@dangerous',
      '+info',
      '+config|get',
      '+client|setname',
    );
    const limited = await openConnections(server, { url: `redis://bot:secret@127.0.0.1:${server.port}` });
    try {
      const limitedStores = createRedisStores(limited);
      const rollout = newRollout();
      await limitedStores.rollouts.create(rollout, [draft()]);
      await limitedStores.rollouts.save(rollout.id, change(rollout, 1, { audit: [draft()] }));
      await limitedStores.targets.takeClaim(nextTarget(), rollout.id);
      expect(await limitedStores.deliveries.isFirst(rollout.id, 1000)).toBe(true);
    } finally {
      limited.close();
      await admin.acl('DELUSER', 'bot');
      admin.disconnect();
    }
  });

  it('a flipped, deleted or inserted record in the stream is found', async () => {
    const { id } = await stores.rollouts
      .create(newRollout(), [draft(), draft(), draft()])
      .then(({ rollout }) => rollout);
    const { verifyChain } = await import('../../../src/core/audit-chain.ts');
    const stream = keys.rolloutAudit(id);
    const [, second] = await connections.commands.xrange(stream, '-', '+');
    await connections.commands.xdel(stream, second?.[0] ?? '');
    expect(verifyChain(await stores.rollouts.readAudit(id))).toMatchObject({ index: 1, kind: 'broken_link' });
    await connections.commands.xadd(stream, '*', 'seq', '9', 'hash', 'x', 'rec', '{broken');
    expect(await stores.rollouts.readAudit(id)).toHaveLength(3);
    await stores.rollouts.appendAudit(id, [draft()]);
    expect(await stores.rollouts.readAudit(id)).toHaveLength(4);
  });

  it('lost indexes are written again', async () => {
    const rollout = newRollout();
    const delivered = newRollout({ phase: 'failed', endedAt: 1 });
    const target = nextTarget();
    for (const each of [rollout, delivered]) await stores.rollouts.create(each, []);
    await stores.outbox.markPosted(delivered.id, 1, '1.1');
    await stores.targets.takeClaim(target, rollout.id);
    await connections.commands.del(keys.active);
    await connections.commands.del(keys.claims);
    expect(await stores.repairIndexes()).toBeGreaterThanOrEqual(2);
    expect(await stores.repairIndexes()).toBe(0);
    expect(await stores.rollouts.active()).toContain(rollout.id);
    expect(await stores.rollouts.active()).not.toContain(delivered.id);
    expect((await stores.targets.claims()).map((claim) => claim.target)).toContainEqual(target);
  });

  it('a claim whose index entry was never written comes to light when it stands in the way', async () => {
    const target = nextTarget();
    const dead = nextRolloutId();
    await connections.commands.set(keys.claim(target), `${dead} 1700000000000`);
    expect(await stores.targets.takeClaim(target, nextRolloutId())).toEqual({
      kind: 'held',
      rolloutId: dead,
    });
    expect(await stores.targets.claims()).toContainEqual({
      target,
      rolloutId: dead,
      takenAt: 1_700_000_000_000,
    });
  });

  it('a name on the active list without a rollout is swept when it is old, not while it may be under way', async () => {
    const [old, fresh] = [nextRolloutId(), nextRolloutId()];
    await connections.commands.zadd(keys.active, Date.now() - 120_000, old, Date.now(), fresh);
    await stores.outbox.dirty();
    expect(await stores.rollouts.active()).not.toContain(old);
    await stores.rollouts.forgetActive(fresh);
    expect(await stores.rollouts.active()).toContain(fresh);
  });

  it('the clock asks Redis at most once per 200 ms', async () => {
    let calls = 0;
    const clock = new RedisClock({
      status: 'ready',
      time: async () => {
        calls += 1;
        return (await connections.commands.time()) as never;
      },
    } as never);
    const started = performance.now();
    let reads = 0;
    await until('a second has passed', async () => {
      await Promise.all([clock.now(), clock.now(), clock.now()]);
      reads += 3;
      return performance.now() - started > 1000;
    });
    expect(calls).toBeLessThanOrEqual(6);
    expect(calls).toBeGreaterThanOrEqual(3);
    expect(reads).toBeGreaterThan(30);
    expect(Math.abs((await clock.now()) - Date.now())).toBeLessThan(500);
  });
});

describe('the cluster node of the contract suite', () => {
  it('refuses what touches two slots, so that a passing suite means something', async () => {
    const server = await startRedis({ cluster: true });
    const client = rawClient(server.port);
    try {
      await expect(client.mset('db:{a}', '1', 'db:{b}', '2')).rejects.toThrow('CROSSSLOT');
    } finally {
      client.disconnect();
      await server.stop();
    }
  });

  it('a missing redis-server is said with the way to get it', async () => {
    const before = process.env.REDIS_SERVER;
    process.env.REDIS_SERVER = '/nowhere/redis-server';
    try {
      await expect(startRedis()).rejects.toThrow('install it');
    } finally {
      if (before === undefined) delete process.env.REDIS_SERVER;
      else process.env.REDIS_SERVER = before;
    }
  });
});
