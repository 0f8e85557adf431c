import { describe, expect, it } from 'vitest';
import type { AlertGroup, Incoming } from '../../src/core/alert/alert-group.ts';
import type { RelatedRollout } from '../../src/core/alert/correlation.ts';
import { fold } from '../../src/core/alert/fold.ts';
import { alertCard } from '../../src/views/alert-card.ts';
import { limitFaults } from '../../src/views/limits.ts';
import { ALERT_T0, makeEvent, makeMember, makePost } from '../support/alert-fixtures.ts';
import { ASHA, TARGET } from '../support/rollout-fixtures.ts';

const HOUR = 3_600_000;
const settings = { now: ALERT_T0, channel: 'C0WARROOM', severities: {}, reopenMs: 600_000 };
const groupOf = (...messages: readonly Incoming[]): AlertGroup =>
  messages.reduce<AlertGroup | null>(
    (group, message) => fold(group, message, settings).next,
    null,
  ) as AlertGroup;
const draw = (group: AlertGroup, more: object = {}) => {
  const message = alertCard({ group, rev: 3, callees: [], linkHosts: [], ...more });
  expect(limitFaults(message.blocks)).toEqual([]);
  expect(limitFaults(message.classic)).toEqual([]);
  return { ...message, all: JSON.stringify(message.blocks) };
};
const NASTY = '<!channel> <@U1> & <NA> `x` <http://x|y> \u202e';

describe('the card of an alert group', () => {
  it('says what, how bad and since when, in its text too', () => {
    const { text, all } = draw(groupOf(makePost('InstanceDown', [makeMember('a'), makeMember('b')])));
    expect(text).toBe('🔴 InstanceDown · 2 firing\ncritical');
    expect(all).toContain('*critical* since');
    expect(all).toContain('• instance=a');
  });

  it('names the service that all its alerts are about', () => {
    const post = makePost('PaymentErrors', [makeMember('a')], { commonLabels: { service: 'ledger' } });
    expect(draw(groupOf(post)).text).toContain('🔴 PaymentErrors · ledger · 1 firing');
  });

  it('turns green with how long it lasted', () => {
    const group = groupOf(makePost('InstanceDown'));
    const { text, all } = draw(
      { ...group, state: 'resolved', resolvedAt: group.since + HOUR + 300_000 },
      { callees: ['U0ONCALL'] },
    );
    expect(text).toBe('🟢 InstanceDown · ended\nended after 1 h 5 min');
    expect(all).toContain('after 1 h 5 min');
    expect(all).not.toContain('U0ONCALL');
  });

  it('of 200 alerts shows ten and counts the rest, within Slack’s limits', () => {
    const members = Array.from({ length: 200 }, (_, index) =>
      makeMember(`host-${index}`, {
        annotations: { description: 'x'.repeat(2000) },
        labels: { ...makeMember('a').labels, instance: `host-${index}`, long: 'y'.repeat(2000) },
      }),
    );
    const { all } = draw(groupOf(makePost('InstanceDown', members, { truncated: 5 })));
    expect(all.match(/instance=host-/g)).toHaveLength(10);
    expect(all).toContain('_and 195 more_');
  });

  it('shows whatever others wrote as it is, and notifies nobody by it', () => {
    const hostile = makePost(
      NASTY,
      [
        makeMember('a', {
          labels: { alertname: NASTY, [NASTY]: NASTY },
          annotations: { summary: NASTY, runbook_url: `javascript:${NASTY}` },
        }),
        makeMember('b'),
      ],
      {
        groupLabels: { alertname: NASTY },
        commonLabels: { [NASTY]: NASTY },
        commonAnnotations: { summary: NASTY },
        externalUrl: 'http://evil.example/',
      },
    );
    for (const { text, all } of [
      draw(groupOf(hostile)),
      draw(groupOf(makeEvent({ rule: NASTY, output: NASTY, hostname: NASTY, pod: NASTY, namespace: NASTY }))),
    ]) {
      for (const shown of [text, all]) expect(shown).not.toMatch(/<!channel|<@U1|<http|\u202e|<javascript/);
      expect(all).toContain('channel');
    }
  });

  it('mentions whom the configuration names while it fires and nobody looks at it', () => {
    const group = groupOf(makePost('InstanceDown'));
    const callees = ['S0ONCALL', 'not an id'];
    expect(draw(group, { callees }).text).toContain('<!subteam^S0ONCALL>');
    const seen = {
      ...group,
      acknowledged: { by: { id: 'U0ASHA', name: 'Asha', email: null }, at: ALERT_T0 },
    };
    const { text, all } = draw(seen, { callees });
    expect(text).not.toContain('S0ONCALL');
    expect(all).toContain('<@U0ASHA> looks at it since');
  });

  it('says which level was called since when, and mentions it while nobody looks at it', () => {
    const escalation = { level: 2, since: ALERT_T0, remindedAt: null, reminders: 0, called: ['U0SECOND'] };
    const group = { ...groupOf(makePost('InstanceDown')), escalation };
    const { all } = draw(group, { callees: escalation.called });
    expect(all).toContain('Level 2 since');
    expect(all).toContain('<@U0SECOND>');
    const acknowledged = { by: { id: 'U0ASHA', name: 'Asha', email: null }, at: ALERT_T0 };
    const seen = draw({ ...group, acknowledged }, { callees: escalation.called });
    expect(seen.all).toContain('Level 2 since');
    expect(seen.all).not.toContain('U0SECOND');
    expect(seen.all).toContain('"text":"Escalate"');
    expect(draw({ ...group, state: 'resolved', resolvedAt: ALERT_T0 }).all).not.toContain('Escalate');
  });

  it('says that it is muted, by what and until when', () => {
    const muted = { name: `db ${NASTY}`, until: ALERT_T0 + HOUR };
    const { all, text } = draw({ ...groupOf(makePost('InstanceDown')), muted }, { callees: ['U0ONCALL'] });
    expect(text + all).not.toContain('U0ONCALL');
    expect(all).toMatch(/Muted by _db .*until <!date\^.*nobody is called/);
    expect(all).not.toMatch(/<!channel|<@U1/);
  });

  it('links to hosts that the configuration names alone; another runbook is text', () => {
    const post = makePost(
      'InstanceDown',
      [makeMember('a', { generatorUrl: 'http://prometheus.example/graph?g0.expr=up' })],
      {
        commonAnnotations: {
          runbook_url: 'https://wiki.example/down',
          dashboard_url: 'https://grafana.example/d/1',
        },
      },
    );
    const { all } = draw(groupOf(post), { linkHosts: ['wiki.example', 'prometheus.example'] });
    expect(all).toContain('<https://wiki.example/down|Runbook>');
    expect(all).toContain('|Expression>');
    expect(all).toContain('Dashboard: https://grafana.example/d/1');
    expect(all).not.toContain('<https://grafana.example');
  });

  it('of Falco says where it was seen, the most frequent first', () => {
    const events = [1, 2, 2].map((node, index) => makeEvent({ hostname: `node-${node}`, time: `t${index}` }));
    const { text, all } = draw(groupOf(...events));
    expect(text).toContain('🔴 Terminal shell in container · payments · seen 3×');
    expect(all).toContain('*Nodes* node-2 2×, node-1');
    expect(all).toContain('A shell was spawned');
  });
});

describe('what changed', () => {
  const change = (more: Partial<RelatedRollout> = {}): RelatedRollout => ({
    rolloutId: 'r-000000000001',
    target: TARGET,
    kind: 'deploy',
    from: 'v2.3.0',
    to: 'v2.3.1 <!here>',
    state: 'running',
    percent: 25,
    requester: ASHA,
    startedAt: ALERT_T0 - 540_000,
    endedAt: null,
    mayGoBack: true,
    ...more,
  });

  it('says version, weight, who and how long before, with the way back that names both versions', () => {
    const { all } = draw({ ...groupOf(makePost('PaymentErrors')), changes: [change()] });
    expect(all).toContain('*What changed*');
    expect(all).toContain('Running, 25 % of traffic. Asked by Asha');
    expect(all).toContain('9 min before it began');
    expect(all).toContain('alert_rollback');
    expect(all).toContain('back to v2.3.0?');
    expect(all).not.toContain('<!here>');
  });

  it('offers no way back where there is none, nor on an alert that ended', () => {
    const group = groupOf(makePost('PaymentErrors'));
    expect(draw({ ...group, changes: [change({ mayGoBack: false })] }).all).not.toContain('alert_rollback');
    const ended = { ...group, state: 'resolved' as const, resolvedAt: ALERT_T0, changes: [change()] };
    expect(draw(ended).all).not.toContain('alert_rollback');
  });
});

describe('the course of its expression', () => {
  const chart = {
    ...{ at: ALERT_T0, query: 'errors', limit: 5 },
    times: Array.from({ length: 20 }, (_, index) => ALERT_T0 + (index - 10) * 1000),
    series: [
      { name: 'measured', values: Array.from({ length: 20 }, (_, index) => (index === 3 ? null : index)) },
    ],
  };

  it('is a chart with its limit, and where charts are not known a line of bars', () => {
    const drawn = draw({ ...groupOf(makePost('PaymentErrors')), chart });
    expect(drawn.all).toContain('data_visualization');
    expect(drawn.all).toContain('"name":"limit"');
    const classic = JSON.stringify(drawn.classic);
    expect(classic).not.toContain('data_visualization');
    expect(classic).toMatch(/▁▁▂ [▁-█]{16}` measured 19, limit 5/);
  });
});
