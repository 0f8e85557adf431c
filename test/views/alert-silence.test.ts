import { describe, expect, it } from 'vitest';
import { openRequest, withRequest } from '../../src/core/alert/alert-request.ts';
import type { GroupSilence } from '../../src/core/alert/silence.ts';
import { alertCard } from '../../src/views/alert-card.ts';
import { silenceModal } from '../../src/views/alert-modals.ts';
import { limitFaults, viewFaults } from '../../src/views/limits.ts';
import { ALERT_T0, makeGroup } from '../support/alert-fixtures.ts';
import { ASHA, BHARAT, MINUTE, POLICY } from '../support/rollout-fixtures.ts';

const HOUR = 60 * MINUTE;
const SILENCE: GroupSilence = {
  ...{ key: 's-1', state: 'open', silenceId: 'be76b702', by: ASHA, approvedBy: null },
  ...{ matchers: [{ name: 'alertname', value: 'InstanceDown' }], reason: '<!channel> & `x`' },
  ...{ startsAt: ALERT_T0, endsAt: ALERT_T0 + HOUR, firing: 2, clearSince: null },
  ...{ endedAt: null, ended: null, endedBy: null, failure: null },
};
const drawn = (more: Partial<GroupSilence>, group: Parameters<typeof makeGroup>[0] = {}): string => {
  const card = alertCard({
    group: makeGroup({ silence: { ...SILENCE, ...more }, ...group }),
    ...{ rev: 1, callees: ['U0ONCALL'], linkHosts: [], can: { silence: true } },
  });
  expect(limitFaults(card.blocks)).toEqual([]);
  return JSON.stringify(card.blocks);
};

describe('a silence on the card', () => {
  it('says until when, by whom, its id and what fires behind it, offers its end, and calls nobody', () => {
    const card = drawn({ approvedBy: BHARAT });
    expect(card).toMatch(/Silenced until .* by Asha .*, approved by Bharat: &lt;!channel&gt; &amp; 'x'/);
    expect(card).toContain('2 alerts fire behind it. Silence be76b702');
    expect(card).toContain('end_silence');
    expect(card).not.toMatch(/"silence"|U0ONCALL/);
  });

  const states: [string, Partial<GroupSilence>, RegExp, boolean][] = [
    ['not confirmed', { state: 'creating', silenceId: null }, /\*not confirmed\*/, false],
    ['of which nothing is known', { firing: null }, /whether it fires is not known/, false],
    [
      'ended by a person',
      { state: 'ended', ended: 'by-person', endedBy: BHARAT, endedAt: ALERT_T0 + MINUTE },
      /Bharat ended the silence/,
      true,
    ],
    [
      'ended elsewhere',
      { state: 'ended', ended: 'elsewhere', endedAt: ALERT_T0 + MINUTE },
      /Ended in Alertmanager/,
      true,
    ],
    [
      'refused',
      { state: 'refused', failure: 'answered 400' },
      /Not silenced, as Asha wanted: answered 400/,
      true,
    ],
  ];
  it.each(states)('%s says so', (_, more, pattern, isOffered) => {
    const card = drawn(more);
    expect(card).toMatch(pattern);
    expect(card.includes('"silence"')).toBe(isOffered);
    expect(card.includes('end_silence')).toBe(more.state === undefined);
  });

  it('of an alert that has ended can still be ended', () => {
    expect(drawn({}, { state: 'resolved', resolvedAt: ALERT_T0 + MINUTE })).toContain('end_silence');
  });
});

describe('a request on the card', () => {
  it('shows all that an approver decides on, and two buttons bound to it', () => {
    const group = makeGroup();
    const request = openRequest(
      group,
      {
        ...{ kind: 'silence', durationMs: 5 * HOUR, reason: 'node is replaced' },
        matchers: SILENCE.matchers,
        matching: {
          ...{ alerts: 3, severity: 'critical' },
          services: [
            { name: 'ledger', alerts: 2 },
            { name: 'wallet', alerts: 1 },
          ],
        },
      },
      ASHA,
      POLICY,
      ALERT_T0,
    );
    const card = alertCard({ group: withRequest(group, request), rev: 1, callees: [], linkHosts: [] });
    const all = JSON.stringify(card.blocks);
    expect(all).toContain('Approval wanted: silence for 5 h');
    expect(all).toContain('*3 alerts of 2 services* now: ledger (2), wallet (1)');
    expect(all).toMatch(/Asked by Asha .*: node is replaced/);
    expect(all).toContain(`|q1.${request.planDigest.slice(0, 12)}|1`);
    expect(limitFaults(card.blocks)).toEqual([]);
  });
});

describe('the form of a silence', () => {
  it('begins with what it would hold back', () => {
    const view = silenceModal({
      ...{ card: 'a-0000000000000000|-|1', channel: 'C0WARROOM', group: makeGroup() },
      matchers: Array.from({ length: 30 }, (_, index) => ({ name: `l${index}`, value: 'v'.repeat(500) })),
      matching: {
        ...{ alerts: 900, severity: 'critical' },
        services: Array.from({ length: 300 }, (_, index) => ({ name: `service-${index}`, alerts: 3 })),
      },
    });
    expect(viewFaults(view)).toEqual([]);
    expect(JSON.stringify(view.blocks[0])).toMatch(/900 alerts of 300 services.*and 292 more.*second person/);
  });
});
