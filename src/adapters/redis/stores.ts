import { type Log, silentLog } from '../../lib/log.ts';
import { RedisAlertOutbox } from './alert-outbox.ts';
import { RedisAlertStore } from './alert-store.ts';
import { RedisAuditLog } from './audit-log.ts';
import { ChainWriter } from './chain-writer.ts';
import { RedisClock } from './clock.ts';
import type { RedisConnections } from './connect.ts';
import { RedisDeliveries } from './deliveries.ts';
import { RedisDigestStore } from './digest-store.ts';
import {
  type Durability,
  readClusterDurability,
  readDurability,
  readFailoverDurability,
} from './durability.ts';
import { RedisEpoch } from './epoch.ts';
import { RedisErrands } from './errand-store.ts';
import { RedisIncidentOutbox } from './incident-outbox.ts';
import { RedisIncidentStore } from './incident-store.ts';
import { repairIndexes } from './index-repair.ts';
import { RedisOnCallStore } from './on-call-store.ts';
import { RedisOutbox } from './outbox.ts';
import { RedisPageStore } from './page-store.ts';
import { ReadRollouts } from './read-rollouts.ts';
import { RedisRolloutStore } from './rollout-store.ts';
import { StoreClient } from './store-client.ts';
import { RedisTargetStore } from './target-store.ts';
import { RedisWatchStore } from './watch-store.ts';

/** Every port that Redis stands behind, on one connection. */
export interface RedisStores {
  readonly rollouts: RedisRolloutStore;
  readonly targets: RedisTargetStore;
  readonly outbox: RedisOutbox;
  readonly alerts: RedisAlertStore;
  readonly alertOutbox: RedisAlertOutbox;
  readonly onCall: RedisOnCallStore;
  readonly incidents: RedisIncidentStore;
  readonly incidentOutbox: RedisIncidentOutbox;
  readonly pages: RedisPageStore;
  readonly watch: RedisWatchStore;
  readonly errands: RedisErrands;
  readonly digests: RedisDigestStore;
  readonly deliveries: RedisDeliveries;
  readonly audit: RedisAuditLog;
  readonly clock: RedisClock;
  readonly epoch: RedisEpoch;
  readonly durability: () => Promise<Durability>;
  /** Writes missing index entries again; returns how many. Throws store_unavailable. */
  readonly repairIndexes: () => Promise<number>;
}

/** @param onDropped told of what was accepted and cannot be read, so that it is not shown */
export const createRedisStores = (
  connections: RedisConnections,
  log: Log = silentLog,
  onDropped: (what: 'message' | 'card') => void = () => undefined,
): RedisStores => {
  const client = new StoreClient(connections);
  const chains = new ChainWriter();
  const rollouts = new ReadRollouts();
  return {
    rollouts: new RedisRolloutStore(client, chains, rollouts),
    targets: new RedisTargetStore(client, chains),
    outbox: new RedisOutbox(client, rollouts, log),
    alerts: new RedisAlertStore(client, chains, log, () => onDropped('message')),
    alertOutbox: new RedisAlertOutbox(client, log, () => onDropped('card')),
    onCall: new RedisOnCallStore(client, chains, log),
    incidents: new RedisIncidentStore(client, chains, log),
    incidentOutbox: new RedisIncidentOutbox(client, log, () => onDropped('card')),
    pages: new RedisPageStore(client, log),
    watch: new RedisWatchStore(client),
    errands: new RedisErrands(client),
    digests: new RedisDigestStore(client, log),
    deliveries: new RedisDeliveries(client),
    audit: new RedisAuditLog(client, chains),
    clock: new RedisClock(connections.commands),
    epoch: new RedisEpoch(client),
    durability: () =>
      connections.settings.sentinel
        ? readFailoverDurability(connections.commands)
        : connections.settings.cluster
          ? readClusterDurability(connections.commands)
          : readDurability(connections.commands),
    repairIndexes: () => repairIndexes(client),
  };
};
