import { Cluster, type Redis } from 'ioredis';
import { END_PHASES } from '../../core/rollout/rollout.ts';
import { CLAIM_PATTERN, claimMember, keys, rolloutIdOf, STATE_PATTERN, targetOfClaimKey } from './keys.ts';
import type { StoreClient } from './store-client.ts';
import { parseClaim } from './target-store.ts';

const scanKeys = async (client: StoreClient, pattern: string): Promise<readonly string[]> => {
  const nodes: readonly Redis[] =
    client.redis instanceof Cluster ? client.redis.nodes('master') : [client.redis];
  const found = new Set<string>();
  for (const node of nodes) {
    let cursor = '0';
    do {
      const [next, batch] = await node.scan(cursor, 'MATCH', pattern, 'COUNT', 1000);
      for (const key of batch) found.add(key);
      cursor = next;
    } while (cursor !== '0');
  }
  return [...found];
};

/**
 * Finds the aggregates whose index entry is missing (an index key was deleted, a restore was partial) and writes it
 * again. At start and now and then; correct at any moment, as entries of what is gone are swept elsewhere. Counts what
 * was added.
 */
export const repairIndexes = async (client: StoreClient): Promise<number> => {
  let added = 0;
  for (const key of await client.call('scan rollouts', () => scanKeys(client, STATE_PATTERN))) {
    const id = rolloutIdOf(key);
    if (id === null) continue;
    added += await client.call('repair an index', async () => {
      const [answer] = await client.run('is-settled', [key, keys.lines(id)], END_PHASES);
      if (answer !== 'live') return 0;
      const [seconds] = await client.redis.time();
      // Its time of creation stands in a document that may be corrupt; "now" only delays the sweeping of orphans.
      return Number(await client.redis.zadd(keys.active, 'NX', Number(seconds) * 1000, id));
    });
  }
  for (const key of await client.call('scan claims', () => scanKeys(client, CLAIM_PATTERN))) {
    const target = targetOfClaimKey(key);
    if (target === null) continue;
    added += await client.call('repair an index', async () => {
      const stored = await client.redis.get(key);
      if (stored === null) return 0;
      const claim = parseClaim(stored);
      return Number(
        await client.redis.zadd(keys.claims, 'NX', claim.takenAt, claimMember(target, claim.rolloutId)),
      );
    });
  }
  return added;
};
