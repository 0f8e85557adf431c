import { describe, expect, it } from 'vitest';
import type { Target } from '../../src/core/target.ts';
import { createRestJob } from '../../src/jobs/look-at-rest.ts';
import { createFakeLog } from '../fakes/fake-log.ts';
import { createMemoryStores } from '../fakes/memory-store.ts';

const TARGETS = Array.from(
  { length: 60 },
  (_, index): Target => ({ service: `service-${index}`, environment: 'prod', region: null }),
);
const EVERY_MS = 30_000;

/** Two replicas on one store, a second at a time; what was looked at in each second. */
function open(targets: readonly Target[] = TARGETS) {
  const stores = createMemoryStores();
  const log = createFakeLog();
  let seen: string[] = [];
  let look: (target: Target) => Promise<boolean> = async () => true;
  const replica = () =>
    createRestJob({
      clock: stores.clock,
      deliveries: stores.deliveries,
      restEveryMs: EVERY_MS,
      targets: () => targets,
      lookAtRest: async (target) => {
        seen.push(target.service);
        return look(target);
      },
      log,
    });
  const replicas = [replica(), replica()];
  return {
    stores,
    log,
    setLook: (next: typeof look) => {
      look = next;
    },
    second: async (running = replicas): Promise<readonly string[]> => {
      stores.clock.advance(1000);
      seen = [];
      await Promise.all(running.map((run) => run()));
      await new Promise((resolve) => setImmediate(resolve));
      return seen;
    },
    replicas,
  };
}

describe('the look at rest', () => {
  it('comes to each service once in 30 s, whatever the number of replicas, and never to all at once', async () => {
    const { second } = open();
    const counts = new Map<string, number>();
    let most = 0;
    await second();
    for (let at = 0; at < 90; at++) {
      const seen = await second();
      most = Math.max(most, seen.length);
      for (const service of seen) counts.set(service, (counts.get(service) ?? 0) + 1);
    }
    expect([...counts.values()].every((count) => count === 3)).toBe(true);
    expect(counts.size).toBe(60);
    expect(most).toBeLessThan(10);
  });

  it('goes on when one replica dies', async () => {
    const { second, replicas } = open(TARGETS.slice(0, 1));
    const [, survivor] = replicas;
    if (!survivor) throw new Error('no replica');
    let looks = 0;
    for (let at = 0; at < 45; at++) looks += (await second()).length;
    for (let at = 0; at < 45; at++) looks += (await second([survivor])).length;
    expect(looks).toBe(3);
  });

  it('comes back after 5 s where something is still to be said', async () => {
    const world = open(TARGETS.slice(0, 1));
    let looks = 0;
    world.setLook(async () => looks > 1);
    for (let at = 0; at < 36; at++) looks += (await world.second()).length;
    expect(looks).toBeGreaterThanOrEqual(2);
  });

  it('one look that hangs or fails keeps no other waiting', async () => {
    const world = open(TARGETS.slice(0, 3));
    world.setLook(async ({ service }) => {
      if (service === 'service-0') return new Promise(() => {});
      if (service === 'service-1') throw new Error('broken');
      return true;
    });
    const counts = new Map<string, number>();
    for (let at = 0; at < 90; at++)
      for (const service of await world.second()) counts.set(service, (counts.get(service) ?? 0) + 1);
    // The one that hangs is tried by each replica once, and by none again.
    expect(counts.get('service-0')).toBe(2);
    expect(counts.get('service-1')).toBe(3);
    expect(counts.get('service-2')).toBe(3);
  });

  it('does nothing while the store is away', async () => {
    const world = open(TARGETS.slice(0, 1));
    world.stores.setDown(true);
    for (let at = 0; at < 40; at++) expect(await world.second()).toEqual([]);
  });
});
