import { describe, expect, it } from 'vitest';
import { clocksOf } from '../../src/core/incident/clocks.ts';
import type { Incident } from '../../src/core/incident/incident.ts';
import { incidentCard } from '../../src/views/incident-card.ts';
import { declareModal, resolveModal, updateModal } from '../../src/views/incident-modals.ts';
import { limitFaults, viewFaults } from '../../src/views/limits.ts';
import { makeIncident } from '../support/incident-fixtures.ts';
import { ASHA, T0 } from '../support/rollout-fixtures.ts';

const draw = (incident: Incident) =>
  incidentCard({ incident, rev: 3, clocks: clocksOf(incident), onCall: ['S0ONCALL'], root: '/dabba' });
const wordsOf = (incident: Incident): string => JSON.stringify(draw(incident).blocks);

describe('the card of an incident', () => {
  it('says what is wrong, how bad, who leads, and what it keeps away, and calls whoever is on call', () => {
    const { text } = draw(makeIncident());
    expect(text).toBe('🟠 INC-1 · SEV2 · Payments fail\ninvestigating, Asha leads\n<!subteam^S0ONCALL>');
    expect(wordsOf(makeIncident())).toContain(
      'Deploys of these are kept away until it is resolved; a rollback never is',
    );
  });

  it.each<[string, Partial<Incident>, string]>([
    ['SEV3', { severity: 3 }, 'It keeps no deploy away: it is SEV3'],
    ['no service', { services: [] }, 'It keeps no deploy away: name services with'],
    ['over', { state: 'resolved', resolvedAt: T0 + 60_000 }, 'It keeps no deploy away any more'],
  ])('says that it keeps nothing away: %s', (_, more, words) => {
    expect(wordsOf(makeIncident(more))).toContain(words);
  });

  it('has no buttons and calls nobody when it is over', () => {
    const { text, blocks } = draw(makeIncident({ state: 'resolved', resolvedAt: T0 + 60_000 }));
    expect(text).not.toContain('S0ONCALL');
    expect(blocks.some(({ type }) => type === 'actions')).toBe(false);
  });

  it('shows what others wrote as it is, within the limits of Slack', () => {
    const hostile = '<!channel> & <@U1> `x` '.repeat(40);
    const incident = makeIncident({
      title: hostile.slice(0, 120),
      updates: Array.from({ length: 40 }, (_, at) => ({
        ...{ at: T0 + at, by: { ...ASHA, name: hostile }, state: 'identified' as const, text: hostile },
      })),
    });
    const { blocks, text } = draw(incident);
    expect(limitFaults(blocks)).toEqual([]);
    expect(`${JSON.stringify(blocks)}${text}`).not.toMatch(/<!channel>|<@U1>/);
    for (const view of [
      declareModal({
        ...{ channel: 'C0WARROOM', alertGroup: 'a-0123456789abcdef' },
        services: Array.from({ length: 150 }, (_, index) => `service-${index}`),
        initial: { title: hostile, severity: 1, services: ['service-1'] },
      }),
      updateModal(incident, 'C0WARROOM'),
      resolveModal(incident, 'C0WARROOM'),
    ])
      expect(viewFaults(view)).toEqual([]);
  });
});

describe('the regulators’ clocks', () => {
  it('stand on the card of a SEV1 or SEV2 until they are filed, with who and when', () => {
    expect(wordsOf(makeIncident())).toMatch(/RBI\*: to be filed until .*CERT-In\*: to be filed until/);
    expect(wordsOf(makeIncident({ severity: 3 }))).not.toContain('RBI');
    const filings = { rbi: { by: ASHA, at: T0 + 60_000, reference: 'R-1' } };
    expect(wordsOf(makeIncident({ severity: 3, filings }))).toMatch(/RBI\*: filed by Asha .*: R-1/);
  });
});
