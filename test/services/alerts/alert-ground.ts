/** What the acts on alerts stand on, in memory. */
import { configSchema } from '../../../src/config/schema.ts';
import type { Person } from '../../../src/core/target.ts';
import type { AlertPorts } from '../../../src/services/alerts/alert-ports.ts';
import type { WayBack } from '../../../src/services/alerts/roll-back-cause.ts';
import type { Actor } from '../../../src/services/services.ts';
import { FakeAlertmanager } from '../../fakes/fake-alertmanager.ts';
import { FakeContainment } from '../../fakes/fake-containment.ts';
import { createFakeLog } from '../../fakes/fake-log.ts';
import { MemoryAlerts } from '../../fakes/memory-alerts.ts';
import { MemoryErrands } from '../../fakes/memory-errands.ts';
import { MemoryOnCall } from '../../fakes/memory-on-call.ts';
import { createMemoryStores, MemoryClock } from '../../fakes/memory-store.ts';
import { ALERT_T0 } from '../../support/alert-fixtures.ts';
import { configWith } from '../use-case-config.ts';

export interface AlertGround {
  readonly ports: AlertPorts;
  readonly alerts: MemoryAlerts;
  readonly clock: MemoryClock;
  /** Channels whose cards are to be drawn, in order. */
  readonly woken: string[];
  readonly now: number;
  readonly alertmanager: FakeAlertmanager;
  readonly errands: MemoryErrands;
  readonly containment: FakeContainment;
}

/** Where no rollout may be touched. */
export const NO_WAY: WayBack = {
  rollBackRollout: async () => Promise.reject(new Error('nothing goes back here')),
  requestRollback: async () => Promise.reject(new Error('nothing goes back here')),
};

export const actorOf = (person: Person): Actor => ({
  person,
  origin: { via: 'button', team: 'T0DABBA', channel: 'C0WARROOM' },
});

/** @param settings of the section `alerts`, and who is on call */
export function createAlertGround({
  onCall = [],
  alerts: own = {},
}: {
  readonly onCall?: readonly string[];
  readonly alerts?: object;
}): AlertGround {
  const now = ALERT_T0 + 60_000;
  const clock = new MemoryClock(now);
  const stores = createMemoryStores(clock);
  const alerts = new MemoryAlerts();
  const onCallStore = new MemoryOnCall();
  const woken: string[] = [];
  const alertmanager = new FakeAlertmanager(() => clock.nowMs);
  const errands = new MemoryErrands();
  const containment = new FakeContainment();
  let ids = 0;
  const base = configWith('registry.example/payments/payment-gateway', onCall[0] ?? 'U0ASHA');
  const config = {
    ...base,
    slack: { ...base.slack, onCall: { users: [...onCall], groups: [] } },
    alerts: configSchema.shape.alerts.unwrap().parse(own),
  };
  return {
    ...{ alerts, clock, woken, now, alertmanager, errands, containment },
    ports: {
      config,
      ...{ alerts, onCall: onCallStore },
      ...{ store: stores.rollouts, targets: stores.targets, audit: stores.audit, clock },
      queue: {
        wake: async () => undefined,
        wakeChannel: async (channel) => {
          woken.push(channel);
        },
      },
      directory: {
        members: async () => [],
        person: async () => ({ name: null, email: null, isBot: false }),
      },
      cardLink: async ({ id }) => `https://slack.example/${id}`,
      hands: { alertmanager, containment, errands, deliveries: stores.deliveries },
      newId: () => String(++ids).padStart(12, '0'),
      log: createFakeLog(),
    },
  };
}
