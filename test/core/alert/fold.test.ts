import { describe, expect, it } from 'vitest';
import type {
  AlertGroup,
  AlertMember,
  Incoming,
  IncomingEvent,
  IncomingGroup,
} from '../../../src/core/alert/alert-group.ts';
import { MEMBERS_AT_MOST } from '../../../src/core/alert/alert-group.ts';
import { endQuiet, type Folded, fold } from '../../../src/core/alert/fold.ts';

const NOW = Date.UTC(2026, 10, 25, 3, 0, 0);
const settings = { now: NOW, channel: 'C0WARROOM', severities: {}, reopenMs: 600_000 };
const at = (minutes: number) => ({ ...settings, now: NOW + minutes * 60_000 });

const member = (instance: string, more: Partial<AlertMember> = {}): AlertMember => ({
  key: `f-${instance}`,
  state: 'firing',
  labels: { alertname: 'InstanceDown', instance, job: 'node', severity: 'error' },
  annotations: {},
  startsAt: NOW - 60_000,
  endsAt: null,
  generatorUrl: '',
  ...more,
});

const post = (members: readonly AlertMember[], more: Partial<IncomingGroup> = {}): IncomingGroup => ({
  source: 'alertmanager',
  receiver: 'war-room',
  groupKey: '{}:{alertname="InstanceDown"}',
  groupLabels: { alertname: 'InstanceDown' },
  commonLabels: {},
  commonAnnotations: {},
  externalUrl: '',
  truncated: 0,
  members,
  ...more,
});

const event = (more: Partial<IncomingEvent> = {}): IncomingEvent => ({
  source: 'falco',
  rule: 'Terminal shell in container',
  priority: 'Critical',
  kind: 'syscall',
  hostname: 'node-1',
  output: 'A shell was spawned',
  namespace: 'payments',
  pod: 'ledger-676b6c5bbc-4xc6t',
  at: NOW,
  time: '2026-11-25T03:00:00.100000000Z',
  tags: [],
  fields: {},
  ...more,
});

const play = (steps: readonly (readonly [Incoming, ReturnType<typeof at>])[]): Folded =>
  steps.reduce<Folded | null>(
    (before, [incoming, when]) => fold(before?.next ?? null, incoming, when),
    null,
  ) as Folded;
const codes = ({ events }: Folded) => events.map(({ code }) => code);
const resolved = (instance: string) => member(instance, { state: 'resolved', endsAt: NOW });

describe('a message of Alertmanager', () => {
  it('is a group with what its members share, since the first of them', () => {
    const { next, events } = fold(null, post([member('a'), member('b')]), settings);
    expect(next).toMatchObject({
      state: 'firing',
      severity: 'error',
      title: 'InstanceDown',
      labels: { alertname: 'InstanceDown', job: 'node', severity: 'error' },
      firing: 2,
      resolved: 0,
      since: NOW - 60_000,
      episode: 1,
    });
    expect(events).toEqual([]);
  });

  it('that comes twice changes nothing', () => {
    const first = post([member('a')]);
    const again = play([
      [first, at(0)],
      [first, at(1)],
    ]);
    expect(again).toMatchObject({ isChanged: false, events: [] });
    expect(again.next.events).toBe(1);
  });

  it.each([
    ['one more', [member('a'), member('b')], ['more'], 2],
    ['one less', [member('a', { state: 'resolved', endsAt: NOW })], ['resolved'], 0],
    ['one worse', [member('a', { labels: { ...member('a').labels, severity: 'critical' } })], ['worse'], 1],
    ['one gone, another new', [resolved('a'), member('b')], [], 1],
  ] as const)('with %s is told so', (_, members, told, firing) => {
    const change = play([
      [post([member('a')]), at(0)],
      [post([...members]), at(1)],
    ]);
    expect(codes(change)).toEqual(told);
    expect(change.next.firing).toBe(firing);
  });

  it('ends when nothing fires, and goes on on the same card when it fires again soon', () => {
    const ended = play([
      [post([member('a')]), at(0)],
      [post([resolved('a')]), at(5)],
    ]);
    expect(ended.next).toMatchObject({ state: 'resolved', resolvedAt: at(5).now, firing: 0, resolved: 1 });
    const soon = fold(ended.next, post([member('a', { startsAt: at(9).now })]), at(9));
    expect(codes(soon)).toEqual(['again']);
    expect(soon.next).toMatchObject({ episode: 1, state: 'firing', resolvedAt: null });
  });

  it('long after its end begins a new episode, without what was acknowledged', () => {
    const ended = play([
      [post([member('a')]), at(0)],
      [post([resolved('a')]), at(5)],
    ]).next;
    const acknowledged: AlertGroup = {
      ...ended,
      acknowledged: { by: { id: 'U1', name: null, email: null }, at: NOW },
    };
    const later = fold(acknowledged, post([member('a', { startsAt: at(60).now })]), at(60));
    expect(later.next).toMatchObject({
      episode: 2,
      state: 'firing',
      acknowledged: null,
      since: at(60).now,
      events: 1,
    });
    expect(codes(later)).toEqual([]);
  });

  it('about what ended before it was ever told is told once', () => {
    const told = fold(null, post([resolved('a')]), settings);
    expect(codes(told)).toEqual(['resolved']);
    expect(told.next.state).toBe('resolved');
    expect(fold(told.next, post([resolved('a')]), at(1)).isChanged).toBe(false);
  });

  it('is firing while one member is, whatever the others and their end times say', () => {
    const { next } = fold(null, post([resolved('b'), member('a', { endsAt: at(90).now })]), settings);
    expect(next).toMatchObject({ state: 'firing', firing: 1, resolved: 1 });
    expect(next.members[0]?.key).toBe('f-a');
  });

  it('with more members than are remembered keeps the firing ones and counts all', () => {
    const many = Array.from({ length: MEMBERS_AT_MOST + 50 }, (_, index) => resolved(`r${index}`));
    const { next } = fold(null, post([...many, member('a')], { truncated: 7 }), settings);
    expect(next.members).toHaveLength(MEMBERS_AT_MOST);
    expect(next.members[0]?.state).toBe('firing');
    expect(next).toMatchObject({ firing: 1, resolved: MEMBERS_AT_MOST + 50, truncated: 7 });
  });

  it.each([
    [
      'a group without labels',
      {},
      [member('a'), member('b', { labels: { alertname: 'Other' } })],
      'InstanceDown, Other',
    ],
    ['alerts without a name', {}, [member('a', { labels: {} })], 'Alert without a name'],
    ['a group with a name', { alertname: 'Named' }, [member('a')], 'Named'],
  ] as const)('names %s', (_, groupLabels, members, title) => {
    expect(fold(null, post([...members], { groupLabels }), settings).next.title).toBe(title);
  });
});

describe('events of Falco', () => {
  it('from seven nodes and many pods of one workload are one group with counts', () => {
    const nodes = Array.from({ length: 7 }, (_, index) =>
      event({ hostname: `node-${index}`, pod: `ledger-676b6c5bbc-4xc${index + 2}t` }),
    );
    const folded = play(nodes.map((one) => [one, settings]));
    expect(folded.next).toMatchObject({
      events: 7,
      severity: 'critical',
      title: 'Terminal shell in container',
    });
    expect(Object.keys(folded.next.hosts)).toHaveLength(7);
    expect(Object.keys(folded.next.pods)).toHaveLength(7);
    expect(codes(folded)).toEqual(['more']);
  });

  it('that come twice count once, also without the zeros that Falcosidekick drops', () => {
    const twice = play([
      [event(), settings],
      [event({ time: '2026-11-25T03:00:00.1Z' }), settings],
    ]);
    expect(twice).toMatchObject({ isChanged: false });
    expect(twice.next.events).toBe(1);
  });

  it('grow no document: hosts, pods and hashes have a limit', () => {
    const folded = play(
      Array.from({ length: 500 }, (_, index) => [
        event({ hostname: `node-${index}`, time: `t${index}` }),
        settings,
      ]),
    );
    expect(folded.next.events).toBe(500);
    expect(Object.keys(folded.next.hosts)).toHaveLength(MEMBERS_AT_MOST);
    expect(folded.next.recent.length).toBeLessThanOrEqual(100);
  });

  it('are over when none came for the quiet time, and begin anew long after', () => {
    const { next } = fold(null, event(), settings);
    expect(endQuiet(next, at(29).now, 30 * 60_000)).toBeNull();
    const ended = endQuiet(next, at(30).now, 30 * 60_000);
    expect(ended?.next).toMatchObject({ state: 'resolved', resolvedAt: at(30).now });
    const again = fold(ended?.next ?? null, event({ time: 'later', at: at(90).now }), at(90));
    expect(again.next).toMatchObject({ episode: 2, events: 1, hosts: { 'node-1': 1 } });
  });

  it('take a host named like a property of objects for what it is', () => {
    const { next } = fold(null, event({ hostname: '__proto__', pod: 'constructor' }), settings);
    expect(Object.entries(next.hosts)).toEqual([['__proto__', 1]]);
    expect(next.pods).toEqual({ constructor: 1 });
  });
});
