/** What an alert, a storm and an incident look like, by name: for the limits, the pictures and the eye. */
import type { AlertGroup } from '../../src/core/alert/alert-group.ts';
import { type Digest, entryOf } from '../../src/core/alert/digest.ts';
import { declareIncident } from '../../src/core/incident/incident.ts';
import type { Message } from '../../src/ports/chat.ts';
import { alertCard } from '../../src/views/alert-card.ts';
import { digestCard } from '../../src/views/digest-card.ts';
import { incidentCard } from '../../src/views/incident-card.ts';
import { ALERT_T0, makeEvent, makeGroup, makeMember, makePost } from './alert-fixtures.ts';
import { ASHA, MINUTE, TARGET } from './rollout-fixtures.ts';

const payments = makePost(
  'PaymentErrors',
  ['payment-gateway-green-7d9f8b6c5d-x2x4z', 'payment-gateway-green-7d9f8b6c5d-k8l2p'].map((pod) =>
    makeMember(pod, { labels: { alertname: 'PaymentErrors', severity: 'critical', pod } }),
  ),
  {
    commonLabels: {
      alertname: 'PaymentErrors',
      service: TARGET.service,
      namespace: 'payments',
      severity: 'critical',
    },
    commonAnnotations: {
      summary: 'More than 0.5 % of the payments through payment-gateway fail',
      runbook_url: 'https://runbooks.example/payment-errors',
    },
  },
);

const afterDeploy: Partial<AlertGroup> = {
  changes: [
    {
      ...{ rolloutId: 'r-000000000001', target: TARGET, kind: 'deploy', from: 'v2.3.0', to: 'v2.3.1' },
      ...{ state: 'running', percent: 25, requester: ASHA, mayGoBack: true },
      ...{ startedAt: ALERT_T0 - 9 * MINUTE, endedAt: null },
    },
  ],
  chart: {
    ...{ at: ALERT_T0 + 4 * MINUTE, query: '100 * failed / all payments', limit: 0.5 },
    times: Array.from({ length: 20 }, (_, index) => ALERT_T0 + (index - 15) * MINUTE),
    series: [
      {
        name: 'measured',
        values: [0, 0, 0.1, 0, 0, 0, 0.1, 0, 0.2, 0.4, 0.9, 1.8, 2.6, 3.1, 3.3, 3.2, 3.4, 3.3, 3.5, 3.4],
      },
    ],
  },
};

const alert = (group: AlertGroup): Message =>
  alertCard({
    ...{ group, rev: 7, callees: ['S0ONCALL'], linkHosts: ['runbooks.example'] },
    can: { silence: true, expect: true },
  });

const storm = (): Digest => ({
  ...{ schemaVersion: 1, id: 'd-000000000001', channel: 'C0WARROOM' },
  ...{ createdAt: ALERT_T0, namedAt: ALERT_T0 + 2000 },
  entries: Array.from({ length: 24 }, (_, index) => {
    const labels = { service: index % 2 === 0 ? 'ledger' : 'upi-switch', instance: `node-${index}:9100` };
    const severity = index < 4 ? 'critical' : index < 12 ? 'error' : 'warning';
    const isOver = index % 5 === 4;
    const group = makeGroup(
      { labels, severity, ...(isOver ? { state: 'resolved', resolvedAt: ALERT_T0 + MINUTE } : {}) },
      makePost(['HighLatency', 'DiskFilling', 'QueueDepth'][index % 3] ?? 'HighLatency'),
    );
    return entryOf({ ...group, id: `a-${String(index).padStart(16, '0')}` }, 1);
  }),
});

export const alertGallery = (): { readonly name: string; readonly message: Message }[] => [
  { name: 'alert-after-deploy', message: alert(makeGroup(afterDeploy, payments)) },
  {
    name: 'alert-acknowledged',
    message: alert(makeGroup({ acknowledged: { by: ASHA, at: ALERT_T0 + MINUTE } }, payments)),
  },
  {
    name: 'alert-falco',
    message: alert({
      ...makeGroup({}, makeEvent({ fields: { 'proc.name': 'sh' } }) as never),
      hosts: { 'node-3': 4, 'node-1': 2, 'node-7': 1 },
      pods: { 'ledger-blue-676b6c5bbc-4xc6t': 6, 'ledger-blue-676b6c5bbc-5xc6t': 1 },
      events: 7,
    }),
  },
  {
    name: 'alert-ended',
    message: alert(
      makeGroup(
        { ...afterDeploy, state: 'resolved', resolvedAt: ALERT_T0 + 12 * MINUTE, firing: 0 },
        payments,
      ),
    ),
  },
  { name: 'alert-storm', message: digestCard({ digest: storm(), callees: ['S0ONCALL'] }) },
  {
    name: 'incident-open',
    message: incidentCard({
      clocks: [],
      incident: declareIncident('INC-12', ALERT_T0 + 2 * MINUTE, {
        ...{
          title: 'Payments fail after v2.3.1',
          severity: 1,
          services: [TARGET.service],
          environment: 'prod',
        },
        ...{ commander: ASHA, declaredBy: ASHA, detectedAt: ALERT_T0, channel: 'C0WARROOM' },
        ...{ alertGroup: null, key: null },
      }),
      ...{ rev: 3, onCall: ['S0ONCALL'], root: '/dabba' },
    }),
  },
];
