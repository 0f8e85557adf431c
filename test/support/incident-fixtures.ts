import { declareIncident, type Incident } from '../../src/core/incident/incident.ts';
import { ASHA, T0 } from './rollout-fixtures.ts';

/** An open SEV2 of the payment gateway that Asha leads. */
export const makeIncident = (more: Partial<Incident> = {}): Incident => ({
  ...declareIncident('INC-1', T0, {
    title: 'Payments fail',
    severity: 2,
    services: ['payment-gateway'],
    environment: null,
    commander: ASHA,
    declaredBy: ASHA,
    detectedAt: T0,
    channel: 'C0WARROOM',
    alertGroup: null,
    key: null,
  }),
  ...more,
});
