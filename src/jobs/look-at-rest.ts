/** Every service that no rollout moves is looked at in turn, by whichever replica comes first. */
import { type Target, targetKey } from '../core/target.ts';
import { isDabbawalaError } from '../lib/errors.ts';
import type { Log } from '../lib/log.ts';
import type { Clock } from '../ports/clock.ts';
import type { Deliveries } from '../ports/rollout-store.ts';

export const LOOK_AT_REST = { name: 'look-at-rest', pattern: '* * * * * *' } as const;

export interface RestJobDeps {
  readonly clock: Clock;
  readonly deliveries: Deliveries;
  readonly restEveryMs: number;
  readonly targets: () => readonly Target[];
  /** Looks, acts and says; false: something is still to be said. */
  readonly lookAtRest: (target: Target) => Promise<boolean>;
  readonly log: Log;
}

/** What could not be said is tried again after this. */
const SAY_AGAIN_MS = 5000;

/** Where in the round a target has its turn, so that not all ask the API server at once; the same on every replica. */
function offsetOf(target: Target, everyMs: number): number {
  let sum = 0;
  for (const character of targetKey(target)) sum = (sum * 31 + (character.codePointAt(0) ?? 0)) % 1_000_003;
  return (sum * 7919) % Math.max(1, everyMs);
}

/** Runs once a second and starts what is due. Never throws, and waits for nothing that hangs. */
export function createRestJob(deps: RestJobDeps): () => Promise<void> {
  const rounds = new Map<string, number>();
  const again = new Map<string, number>();
  const busy = new Set<string>();

  const turn = async (target: Target, key: string, round: number, now: number): Promise<void> => {
    try {
      const isOwed = (again.get(key) ?? Number.POSITIVE_INFINITY) <= now;
      rounds.set(key, round);
      if (!isOwed && !(await deps.deliveries.isFirst(`rest:${key}:${round}`, 4 * deps.restEveryMs))) return;
      again.delete(key);
      if (!(await deps.lookAtRest(target))) again.set(key, now + SAY_AGAIN_MS);
    } catch (error) {
      if (isDabbawalaError(error, 'store_unavailable'))
        deps.log.debug({ service: target.service }, 'not looked at: the state store is away');
      else deps.log.error({ service: target.service, err: error }, 'the look at rest failed');
    } finally {
      busy.delete(key);
    }
  };

  return async () => {
    const now = await deps.clock.now();
    for (const target of deps.targets()) {
      const key = targetKey(target);
      const round = Math.floor((now + offsetOf(target, deps.restEveryMs)) / deps.restEveryMs);
      const isDue = round > (rounds.get(key) ?? round) || (again.get(key) ?? Number.POSITIVE_INFINITY) <= now;
      // The first round after a start is the one that begins next: a restart of all replicas asks nothing at once.
      if (!rounds.has(key)) rounds.set(key, round);
      if (!isDue || busy.has(key)) continue;
      busy.add(key);
      void turn(target, key, round, now);
    }
  };
}
