import { existsSync } from 'node:fs';
import { Redis as Client, Cluster } from 'ioredis';
import { describe, expect, it } from 'vitest';
import { startRedis } from '../../../sandbox/processes/redis.ts';

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

describe('redis-server', () => {
  it('answers, keeps its data over a crash and a restart, and is gone after close', async () => {
    const redis = await startRedis();
    const client = new Client(redis.url, { lazyConnect: true });
    client.on('error', () => {});
    await client.set('a', '1');
    const config = await client.config('GET', 'append*', 'maxmemory-policy', 'save');
    const firstPid = redis.pid;

    await redis.stop('SIGKILL');
    expect(isAlive(firstPid)).toBe(false);
    await redis.restart();

    expect(await client.get('a')).toBe('1');
    expect(redis.pid).not.toBe(firstPid);
    expect(JSON.stringify(config)).toContain('"always"');
    expect(JSON.stringify(config)).toContain('"noeviction"');
    client.disconnect();
    await redis.close();
    await redis.close();
    expect(isAlive(redis.pid)).toBe(false);
    expect(existsSync(redis.dir)).toBe(false);
  });

  it('holds all slots as a cluster of one, before and after a restart, and refuses keys of two slots', async () => {
    const redis = await startRedis({ clusterEnabled: true });
    await redis.restart();
    const client = new Cluster([{ host: '127.0.0.1', port: redis.port }]);
    try {
      await client.set('{x}:1', 'a');
      expect(await client.get('{x}:1')).toBe('a');
      await expect(client.eval('return 1', 2, '{x}:1', '{y}:1')).rejects.toThrow(/CROSSSLOT|same slot/);
    } finally {
      client.disconnect();
      await redis.close();
    }
  });

  it('says so when its port is taken', async () => {
    const first = await startRedis();
    try {
      await expect(startRedis({ port: first.port })).rejects.toThrow(/in use/i);
    } finally {
      await first.close();
    }
  });
});
