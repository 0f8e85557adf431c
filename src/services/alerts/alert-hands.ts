/** What the acts on alerts reach beyond our own store. */
import { DabbawalaError } from '../../lib/errors.ts';
import type { Alertmanager, Errands } from '../../ports/alertmanager.ts';
import type { Containment } from '../../ports/containment.ts';
import type { Deliveries } from '../../ports/rollout-store.ts';
import type { AlertPorts } from './alert-ports.ts';

export interface AlertHands {
  /** null: the configuration names none. */
  readonly alertmanager: Alertmanager | null;
  /** null: no pod can be touched. */
  readonly containment: Containment | null;
  readonly errands: Errands;
  readonly deliveries: Deliveries;
}

export function handsOf({ hands }: Pick<AlertPorts, 'hands'>): AlertHands {
  if (!hands)
    throw new DabbawalaError('not_configured', 'No alerts are taken: there is no section `alerts`.');
  return hands;
}

/** Throws `not_configured`. */
export function alertmanagerOf(ports: Pick<AlertPorts, 'hands'>): Alertmanager {
  const { alertmanager } = handsOf(ports);
  if (alertmanager) return alertmanager;
  throw new DabbawalaError('not_configured', 'The bot knows no Alertmanager that it could silence.', {
    hint: 'Add `alerts.alertmanager.url` to the configuration and start again.',
  });
}
