import { describe, expect, it } from 'vitest';
import { parseAlertmanager } from '../../../src/adapters/webhooks/alertmanager-payload.ts';
import { parseFalco } from '../../../src/adapters/webhooks/falco-payload.ts';
import { isDabbawalaError } from '../../../src/lib/errors.ts';

const NOW = Date.UTC(2026, 10, 25);

const alert = (more: object = {}) => ({
  status: 'firing',
  labels: { alertname: 'InstanceDown', severity: 'critical' },
  annotations: { summary: 'down' },
  startsAt: '2026-11-24T08:24:38.326123456Z',
  endsAt: '0001-01-01T00:00:00Z',
  generatorURL: 'http://prometheus.example/graph',
  fingerprint: 'f404ecabc8dd5cd7',
  ...more,
});
const message = (more: object = {}) => ({
  version: '4',
  status: 'firing',
  receiver: 'war-room',
  groupKey: '{}:{alertname="InstanceDown"}',
  groupLabels: { alertname: 'InstanceDown' },
  commonLabels: {},
  commonAnnotations: {},
  externalURL: 'http://alertmanager.example',
  truncatedAlerts: 0,
  alerts: [alert()],
  ...more,
});
const event = (more: object = {}) => ({
  hostname: 'node-1',
  output: '09:29:46.302906000: Notice Attach/Exec to pod (user=<NA> pod=nginx)',
  output_fields: {
    'evt.time': 1739179786302906000,
    'ka.target.name': 'nginx-676b6c5bbc-4xc6t',
    'ka.target.namespace': 'hello',
    'ka.target.resource': 'pods',
    'ka.uri.param[command]': 'cat',
  },
  priority: 'Notice',
  rule: 'Attach/Exec Pod',
  source: 'k8s_audit',
  tags: ['k8s'],
  time: '2025-02-10T09:29:46.302906000Z',
  ...more,
});

const refusal = (act: () => unknown): string => {
  try {
    act();
  } catch (error) {
    if (isDabbawalaError(error, 'invalid_payload')) return error.message;
    throw error;
  }
  return 'accepted';
};

describe('a message of Alertmanager', () => {
  it('is taken whole', () => {
    expect(parseAlertmanager(message(), NOW)).toMatchObject({
      receiver: 'war-room',
      groupKey: '{}:{alertname="InstanceDown"}',
      members: [
        {
          key: 'f404ecabc8dd5cd7',
          state: 'firing',
          startsAt: Date.UTC(2026, 10, 24, 8, 24, 38, 326),
          endsAt: null,
        },
      ],
    });
  });

  it.each([
    [
      'unknown fields',
      message({ numFiring: 2, orgId: 7, alerts: [alert({ values: { A: 1 }, silenceURL: '' })] }),
    ],
    ['no groupKey', message({ groupKey: undefined })],
    [
      'no labels of the group',
      message({ groupLabels: null, commonLabels: undefined, commonAnnotations: null }),
    ],
    ['version 1', message({ version: '1' })],
    ['no alerts', message({ alerts: [] })],
    [
      'a notification reason',
      message({ notification_reason: 'repeat interval elapsed', routeLabels: { a: 'b' } }),
    ],
  ])('with %s is accepted', (_, body) => {
    expect(parseAlertmanager(body, NOW).source).toBe('alertmanager');
  });

  it('without fingerprints tells its alerts apart by their labels', () => {
    const { members } = parseAlertmanager(
      message({
        alerts: [
          alert({ fingerprint: undefined }),
          alert({ fingerprint: undefined, labels: { alertname: 'Other' } }),
          alert({ fingerprint: undefined }),
        ],
      }),
      NOW,
    );
    expect(new Set(members.map(({ key }) => key)).size).toBe(2);
  });

  it.each([
    ['its own', alert({ status: 'resolved', endsAt: '2026-11-24T09:00:00Z' }), 'firing', 'resolved'],
    ['the group’s where it has none', alert({ status: undefined }), 'resolved', 'resolved'],
    ['firing where nobody says', alert({ status: undefined }), undefined, 'firing'],
    ['its own in spite of a future end', alert({ endsAt: '2999-01-01T00:00:00Z' }), 'firing', 'firing'],
  ])('has alerts whose status is %s', (_, one, status, state) => {
    const [member] = parseAlertmanager(message({ status, alerts: [one] }), NOW).members;
    expect(member?.state).toBe(state);
    if (state === 'firing') expect(member?.endsAt).toBeNull();
  });

  it('undoes the escapes of a receiver, and takes now for a start that is missing', () => {
    const group = parseAlertmanager(
      message({ receiver: 'web\\.hook', alerts: [alert({ startsAt: undefined })] }),
      NOW,
    );
    expect(group.receiver).toBe('web.hook');
    expect(group.members[0]?.startsAt).toBe(NOW);
  });

  it.each([
    ['a list', [], 'the body must be object'],
    ['nothing', null, 'the body must be object'],
    ['alerts of a wrong type', message({ alerts: 'x' }), 'alerts must be array'],
    [
      'a label that is no text',
      message({ alerts: [alert({ labels: { a: { b: 1 } } })] }),
      'alerts.0.labels.a must be string',
    ],
    [
      'a time that is none',
      message({ alerts: [alert({ startsAt: 'yesterday' })] }),
      'alerts.0.startsAt is no RFC 3339 time',
    ],
    [
      'a label of a megabyte',
      message({ alerts: [alert({ labels: { a: 'x'.repeat(1_000_000) } })] }),
      'alerts.0.labels.a is longer than 65536 characters',
    ],
  ])('that is %s is refused by its path', (_, body, words) => {
    expect(refusal(() => parseAlertmanager(body, NOW))).toBe(`This is no message of Alertmanager: ${words}.`);
  });

  it('keeps long values short, halves of characters whole, and strange names for what they are', () => {
    const body = JSON.parse(
      '{"alerts":[{"labels":{"__proto__":"p","constructor":"c","long":"","half":"\\ud83d"},"status":"firing"}]}',
    ) as { alerts: { labels: Record<string, string> }[] };
    Object.assign(body.alerts[0]?.labels ?? {}, { long: 'x'.repeat(5000) });
    const labels = parseAlertmanager(body, NOW).members[0]?.labels ?? {};
    expect(labels['long']).toHaveLength(2000);
    expect(labels['half']).toBe('\ufffd');
    expect(labels['constructor']).toBe('c');
    expect(Object.getPrototypeOf(labels)).toBe(Object.prototype);
  });
});

describe('an event of Falco', () => {
  it('is taken whole, without the time and priority that its output repeats', () => {
    expect(parseFalco(event())).toMatchObject({
      rule: 'Attach/Exec Pod',
      kind: 'k8s_audit',
      output: 'Attach/Exec to pod (user=<NA> pod=nginx)',
      namespace: 'hello',
      pod: 'nginx-676b6c5bbc-4xc6t',
      at: Date.UTC(2025, 1, 10, 9, 29, 46, 302),
    });
  });

  it.each([
    [
      'without source, tags and fields, as an old Falco',
      { source: undefined, tags: undefined, output_fields: undefined },
    ],
    ['with a random uuid, as Falcosidekick', { uuid: 'c0f4' }],
    ['with fields that are no text', { output_fields: { a: 1, b: null, c: { d: [] }, e: true } }],
    ['without output', { output: undefined, message: 'A shell was spawned' }],
    [
      'of its own health',
      { rule: 'Falco internal: metrics snapshot', source: 'internal', output_fields: { drops: '7' } },
    ],
  ])('%s is accepted', (_, more) => {
    expect(parseFalco(event(more)).source).toBe('falco');
  });

  it('has no pod where Falco says <NA>', () => {
    expect(
      parseFalco(event({ output_fields: { 'k8s.pod.name': '<NA>', 'k8s.ns.name': null } })),
    ).toMatchObject({
      pod: '',
      namespace: '',
    });
  });

  it.each([
    ['null fields', { output_fields: null }, 'output_fields must be record'],
    ['no rule', { rule: undefined }, 'rule must be string'],
    ['an empty rule', { rule: '' }, 'rule is empty'],
    ['a number for a priority', { priority: 3 }, 'priority must be string'],
    ['no time', { time: undefined }, 'time must be string'],
    ['a time that is none', { time: 'now' }, 'time is no RFC 3339 time'],
  ])('with %s is refused by its path', (_, more, words) => {
    expect(refusal(() => parseFalco(event(more)))).toBe(`This is no message of Falco: ${words}.`);
  });
});
