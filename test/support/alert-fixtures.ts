import type {
  AlertGroup,
  AlertMember,
  IncomingEvent,
  IncomingGroup,
} from '../../src/core/alert/alert-group.ts';
import { fold } from '../../src/core/alert/fold.ts';

export const ALERT_T0 = Date.UTC(2026, 10, 25, 3, 0, 0);

export const makeMember = (instance: string, more: Partial<AlertMember> = {}): AlertMember => ({
  key: `f-${instance}`,
  state: 'firing',
  labels: { alertname: 'InstanceDown', instance, job: 'node', severity: 'critical' },
  annotations: {},
  startsAt: ALERT_T0,
  endsAt: null,
  generatorUrl: '',
  ...more,
});

/** A message of Alertmanager about the group `name`. */
export const makePost = (
  name: string,
  members: readonly AlertMember[] = [makeMember('a')],
  more: Partial<IncomingGroup> = {},
): IncomingGroup => ({
  source: 'alertmanager',
  receiver: 'war-room',
  groupKey: `{}:{alertname="${name}"}`,
  groupLabels: { alertname: name },
  commonLabels: {},
  commonAnnotations: {},
  externalUrl: '',
  truncated: 0,
  members,
  ...more,
});

export const makeEvent = (more: Partial<IncomingEvent> = {}): IncomingEvent => ({
  source: 'falco',
  rule: 'Terminal shell in container',
  priority: 'Critical',
  kind: 'syscall',
  hostname: 'node-1',
  output: 'A shell was spawned in a container with an attached terminal',
  namespace: 'payments',
  pod: 'ledger-676b6c5bbc-4xc6t',
  at: ALERT_T0,
  time: '2026-11-25T03:00:00.100000000Z',
  tags: ['container', 'shell'],
  fields: {},
  ...more,
});

/** A group that fires: one message folded. */
export const makeGroup = (
  more: Partial<AlertGroup> = {},
  message = makePost('InstanceDown'),
): AlertGroup => ({
  ...fold(null, message, { now: ALERT_T0 + 1000, channel: 'C0WARROOM', severities: {}, reopenMs: 600_000 })
    .next,
  ...more,
});
