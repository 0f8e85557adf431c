import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BullDriveQueue } from '../../../src/adapters/redis/drive-queue.ts';
import { openConnections, settingsFor } from '../../contract/redis-target.ts';
import { nextRolloutId } from '../../contract/store-fixtures.ts';
import { type RedisServer, startRedis } from '../../support/redis.ts';
import { until } from '../../support/until.ts';

const TAKEOVER_WITHIN_MS = 12_000;

describe('a killed replica', () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await startRedis();
  });
  afterAll(async () => {
    await server?.stop();
  });

  it('leaves its rollout to another within 12 s, though nobody wakes it', { timeout: 40_000 }, async () => {
    const id = nextRolloutId();
    const connections = await openConnections(server);
    const queue = new BullDriveQueue(connections);
    const child = spawn(
      process.execPath,
      [fileURLToPath(new URL('./drive-child.ts', import.meta.url)), JSON.stringify(settingsFor(server))],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    try {
      let output = '';
      child.stdout.on('data', (chunk: Buffer) => {
        output += chunk.toString();
      });
      await queue.wake(id);
      await until('the child drives', () => output.includes(`driving ${id}`), 15_000);
      const driven: string[] = [];
      queue.startDriveWorker({ concurrency: 1, drive: async (rolloutId) => void driven.push(rolloutId) });
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await gone;
      const killedAt = performance.now();
      await until('the rollout is driven here', () => driven.includes(id), TAKEOVER_WITHIN_MS);
      expect(performance.now() - killedAt).toBeLessThan(TAKEOVER_WITHIN_MS);
    } finally {
      child.kill('SIGKILL');
      await queue.close();
      connections.close();
    }
  });
});
