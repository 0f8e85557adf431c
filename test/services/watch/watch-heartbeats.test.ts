import { beforeEach, describe, expect, it } from 'vitest';
import type { Incoming } from '../../../src/core/alert/alert-group.ts';
import { fold } from '../../../src/core/alert/fold.ts';
import { DabbawalaError } from '../../../src/lib/errors.ts';
import { createIngest } from '../../../src/services/ingest-alert.ts';
import { raiseAsAlert } from '../../../src/services/watch/alarm.ts';
import { type HeartbeatPorts, watchHeartbeats } from '../../../src/services/watch/watch-heartbeats.ts';
import { createFakeLog } from '../../fakes/fake-log.ts';
import { MemoryClock } from '../../fakes/memory-store.ts';
import { MemoryWatch } from '../../fakes/memory-watch.ts';
import { makeMember, makePost } from '../../support/alert-fixtures.ts';

const heartbeats = [{ name: 'prometheus', match: { alertname: 'Watchdog' }, every: 60_000 }];
const watchdog = makePost('Watchdog', [makeMember('w', { labels: { alertname: 'Watchdog' } })]);

let clock: MemoryClock;
let accepted: Incoming[];
let isStoreDown: boolean;
let ingest: ReturnType<typeof createIngest>;
let replicas: readonly HeartbeatPorts[];
let ages: (number | null)[];

beforeEach(() => {
  clock = new MemoryClock(1_000_000);
  accepted = [];
  ages = [];
  isStoreDown = false;
  const watch = new MemoryWatch();
  const accept = async (incoming: Incoming): Promise<void> => {
    if (isStoreDown) throw new DabbawalaError('store_unavailable', 'away');
    accepted.push(incoming);
  };
  ingest = createIngest({
    ...{ alerts: { accept }, heartbeats, wake: () => undefined },
    beat: async (name) => watch.beat(name, await clock.now()),
  });
  replicas = [1, 2].map(() => ({
    ...{ heartbeats, watch, clock, raise: raiseAsAlert(ingest), log: createFakeLog() },
    onAge: (_: string, ms: number | null) => ages.push(ms),
  }));
});
const lookFor = async (seconds: number): Promise<void> => {
  for (let second = 0; second < seconds; second += 5) {
    clock.advance(5000);
    await Promise.all(replicas.map(watchHeartbeats));
  }
};
const cardAfter = async () => {
  const settings = { now: await clock.now(), channel: 'C0ROOM', severities: {}, reopenMs: 600_000 };
  return accepted.reduce<Parameters<typeof fold>[0]>((group, one) => fold(group, one, settings).next, null);
};

describe('a heartbeat', () => {
  it('makes no card, and its silence one that is critical and turns green when it is back', async () => {
    await ingest(watchdog);
    await lookFor(60);
    expect(accepted).toEqual([]);
    expect(ages.at(-1)).toBe(60_000);
    await lookFor(30);
    expect(await cardAfter()).toMatchObject({
      title: 'HeartbeatMissing',
      severity: 'critical',
      state: 'firing',
      labels: { heartbeat: 'prometheus' },
      firing: 1,
    });
    const raised = accepted.length;
    await lookFor(120);
    expect(accepted).toHaveLength(raised);
    await ingest(watchdog);
    await lookFor(10);
    expect(await cardAfter()).toMatchObject({ state: 'resolved', episode: 1 });
  });

  it('is raised later where it could not be stored', async () => {
    await lookFor(50);
    isStoreDown = true;
    await lookFor(30);
    isStoreDown = false;
    await lookFor(5);
    expect(await cardAfter()).toMatchObject({ title: 'HeartbeatMissing', state: 'firing', events: 1 });
  });
});
