import { Cluster } from 'ioredis';
import type { RedisClient } from './connect.ts';

export interface Durability {
  /** true: whatever Redis acknowledged survives the loss of its machine's power. */
  readonly isDurable: boolean;
  /** What a crash of Redis would lose, for /readyz. */
  readonly sentence: string;
}

interface Settings {
  readonly appendonly: string;
  readonly appendfsync: string;
  readonly policy: string;
  readonly maxmemory: number;
}

const SURVIVES =
  'Redis writes every change to disk before it answers (appendonly, appendfsync always): a crash loses nothing that was acknowledged.';

/** The recovery point in words, from the settings alone. */
export const judgeDurability = ({ appendonly, appendfsync, policy, maxmemory }: Settings): Durability => {
  if (maxmemory > 0 && policy !== 'noeviction')
    return {
      isDurable: false,
      sentence: `Redis may throw state away when its memory is full (maxmemory-policy ${policy}): set noeviction.`,
    };
  if (appendonly !== 'yes')
    return {
      isDurable: false,
      sentence:
        'Redis keeps no append-only file: a crash loses everything since the last snapshot. Set appendonly yes.',
    };
  if (appendfsync === 'always') return { isDurable: true, sentence: SURVIVES };
  return appendfsync === 'everysec'
    ? {
        isDurable: false,
        sentence: 'A power loss of Redis loses up to the last 2 seconds of changes (appendfsync everysec).',
      }
    : {
        isDurable: false,
        sentence: `A power loss of Redis loses up to half a minute of changes (appendfsync ${appendfsync}).`,
      };
};

const UNKNOWN: Durability = {
  isDurable: false,
  sentence:
    'Redis does not tell how it stores changes (CONFIG GET is denied): what a crash loses is unknown.',
};

const readNode = async (node: Pick<RedisClient, 'config'>): Promise<Durability> => {
  const read = async (name: string): Promise<string> => {
    const answer = (await node.config('GET', name)) as string[];
    return answer[1] ?? '';
  };
  try {
    const [appendonly = '', appendfsync = '', policy = '', maxmemory = '0'] = await Promise.all(
      ['appendonly', 'appendfsync', 'maxmemory-policy', 'maxmemory'].map(read),
    );
    return appendonly === ''
      ? UNKNOWN
      : judgeDurability({ appendonly, appendfsync, policy, maxmemory: Number(maxmemory) });
  } catch {
    return UNKNOWN;
  }
};

/** Of a store whose master may change: what it acknowledged and no replica has yet is lost then. */
export const judgeFailover = (durability: Durability, minReplicas: number): Durability => {
  if (minReplicas > 0)
    return {
      // Replicas follow behind: fewer changes are at stake, not none.
      isDurable: false,
      sentence: `${durability.sentence} A failover loses at most what its ${minReplicas} replica(s) had not taken yet (min-replicas-to-write ${minReplicas}).`,
    };
  return {
    isDurable: false,
    sentence: `${durability.sentence} A failover may lose the last changes that were acknowledged: set min-replicas-to-write 1.`,
  };
};

/** The same where sentinels name the master. Never throws. */
export const readFailoverDurability = async (redis: RedisClient): Promise<Durability> => {
  const durability = await readDurability(redis);
  const answer = (await redis.config('GET', 'min-replicas-to-write').catch(() => [])) as string[];
  return judgeFailover(durability, Number(answer[1] ?? 0));
};

/** Of a Cluster, whose masters fail over by themselves. Never throws. */
export const readClusterDurability = async (redis: RedisClient): Promise<Durability> => ({
  isDurable: false,
  sentence: `${(await readDurability(redis)).sentence} A failover within the Cluster may lose the last changes that were acknowledged.`,
});

/** Never throws. In a cluster the weakest master speaks for all. */
export const readDurability = async (redis: RedisClient): Promise<Durability> => {
  const nodes = redis instanceof Cluster ? redis.nodes('master') : [redis];
  const answers = await Promise.all(nodes.map(readNode));
  return answers.find((answer) => !answer.isDurable) ?? answers[0] ?? UNKNOWN;
};
